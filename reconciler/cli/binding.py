"""Binds an apply to a saved plan, or to the digest of an approved plan."""

from pathlib import Path

import click

from reconciler.applying import approval
from reconciler.applying.reconcile import Attempt
from reconciler.cli.output import note
from reconciler.core.plan.origin import Origin
from reconciler.core.plan.proposal import Proposal
from reconciler.core.plan.saved import Planned
from reconciler.core.quote import quoted
from reconciler.render.terminal import safe


def read_saved_plan(path: Path | None, ref: str | None, *, shaped: bool) -> Planned | None:
    """Return the plan in a file, None without a file. Raises click.UsageError if options contradict the plan.

    `shaped` says whether the user gave options whose values are part of a saved plan.
    """
    if path is None:
        return None
    if shaped:
        raise click.UsageError(
            "--plan contradicts --worktree, --max-deletes and --no-delete: the file says what holds,"
            " also for --max-usage and --allow-version-reuse"
        )
    # Imports pydantic.
    from reconciler.applying import saved_plan  # noqa: PLC0415

    planned = saved_plan.read_plan_file(path)
    if ref is not None and planned.from_worktree:
        raise click.UsageError("--ref contradicts this plan, which was made of the files as they lie")
    if planned.max_deletes is not None:
        note(f"The plan was made with --max-deletes {planned.max_deletes}.")
    if not planned.delete:
        note("The plan was made with --no-delete.")
    if planned.max_usage is not None:
        note(f"The plan was made with --max-usage {planned.max_usage}.")
    if planned.version_reuse:
        note("The plan was made with --allow-version-reuse.")
    return planned


def choose_planned_environment(planned: Planned, environment: str | None) -> str | None:
    """Return the environment of a saved plan. Raises click.UsageError if --env names another one."""
    own = planned.basis.environment
    if environment is not None and environment != own:
        made = f"environment {quoted(own)}" if own else "no environment"
        raise click.UsageError(f"--env {safe(environment)} contradicts this plan, which was made for {made}")
    return own


def bind_attempt(attempt: Attempt, planned: Planned | None, digest: str | None) -> Attempt:
    """Return the attempt, refused unless its changes match the saved plan and its digest the approved digest."""
    if planned:
        attempt = approval.bind_to_plan(attempt, planned)
    return approval.bind_to_digest(attempt, digest) if digest else attempt


def say_if_applied(proposal: Proposal, origin: Origin, planned: Planned | None, digest: str | None) -> None:
    """Print a note if this plan is already applied."""
    wanted = planned.digest if planned else digest
    if wanted and proposal.head and approval.is_applied(proposal, origin, wanted):
        note(f"This plan is already applied, as revision {proposal.head.number}.")
