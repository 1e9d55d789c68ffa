"""Saves plans and reads saved plans. pydantic is imported only then: the import takes longer than most plans."""

import shlex
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from reconciler.applying import approval
from reconciler.applying.reconcile import Attempt
from reconciler.cli.output import note
from reconciler.cli.place import find_registry
from reconciler.core.errors import Refused, ToolregError
from reconciler.core.plan.consent import Consent
from reconciler.core.plan.origin import Origin
from reconciler.core.plan.proposal import Proposal
from reconciler.core.plan.saved import Planned
from reconciler.core.quote import quoted
from reconciler.render.terminal import safe

Save = Callable[[Proposal, Origin, Consent], None]


@contextmanager
def prepare_saving(path: Path | None, ref: str | None, registry: Path) -> Iterator[Save]:
    """Yield a function that writes a plan to the file and shows the command to apply it; a no-op without a file.

    Raises ToolregError at once if the file cannot be written.
    """
    if path is None:
        yield lambda *_: None
        return
    from reconciler.applying import saved_plan  # noqa: PLC0415

    with saved_plan.replace_file(path) as write:

        def save(proposal: Proposal, origin: Origin, consent: Consent) -> None:
            try:
                write(saved_plan.format_plan(proposal, origin, consent))
            except ToolregError as error:
                # The plan itself was shown.
                error.is_shown = True
                raise
            what = "" if origin.name == "commit" else ", of the files as they lie (--ref HEAD would plan the commit)"
            command = _format_command(path, ref, registry)
            note(f"The plan was written to {safe(str(path))}{what}. This applies exactly that: {command}")

        try:
            yield save
        except Refused:
            note(f"{safe(str(path))} was not written: apply would refuse this plan.")
            raise


def _format_command(path: Path, ref: str | None, registry: Path) -> str:
    is_usual = registry == find_registry(Path.cwd())
    same = [*(("--ref", ref) if ref else ()), *(() if is_usual else ("--registry", str(registry)))]
    return safe(shlex.join(["toolreg", "apply", "--plan", str(path), *same]), 1000)


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
