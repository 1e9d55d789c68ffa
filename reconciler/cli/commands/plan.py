"""toolreg plan."""

import sys
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import click

from reconciler.assets import load_contract
from reconciler.cli.exits import ExitCode
from reconciler.cli.group import Command
from reconciler.cli.options import (
    choose_source,
    database_option,
    environment_option,
    full_option,
    is_full,
    max_deletes_option,
    max_usage_option,
    merge_option,
    no_delete_option,
    out_option,
    output_option,
    source_options,
    version_reuse_option,
)
from reconciler.cli.output import choose_palette, note, put
from reconciler.cli.progress import show_count
from reconciler.cli.reviewing import FORMATS, make_review, put_review
from reconciler.cli.saving import prepare_saving
from reconciler.core.plan.consent import Consent
from reconciler.core.plan.origin import Origin
from reconciler.core.plan.proposal import Proposal
from reconciler.core.plan.refusal import Refusal
from reconciler.desired.source import Source
from reconciler.render import plan_text


@click.command(cls=Command)
@source_options
@merge_option
@environment_option
@database_option
@max_deletes_option
@max_usage_option
@version_reuse_option
@no_delete_option
@out_option
@click.option("--detailed-exitcode", is_flag=True, help="Exit with 2 if there are changes, 0 if there are none.")
@click.option(
    "--exit-as-apply", is_flag=True, help="Exit as apply would: 3 if a guard refuses, 4 if a guard cannot decide now."
)
@full_option
@output_option("text", "json", *FORMATS)
def plan(
    registry: Path,
    ref: str | None,
    worktree: bool,
    against: str | None,
    environment: str | None,
    database: str | None,
    max_deletes: int | None,
    max_usage: int | None,
    allow_version_reuse: bool,
    no_delete: bool,
    out: Path | None,
    detailed_exitcode: bool,
    exit_as_apply: bool,
    output: str,
) -> int:
    """Show the changes that apply would make.

    Reads the files in the work tree, or a commit with --ref. Leaves the database unchanged; a missing embedded server
    counts as an empty database, and is not made. Exits with 3 if a guard blocks a change.

    With --against, shows the changes that a merge into REF would make, those that break callers first. Reads no
    database, and compares with the merge base: work merged by others meanwhile is not shown.

    \b
    Examples:
        toolreg plan --ref origin/main -o json
        toolreg plan --against origin/main
    """
    if against is not None:
        _refuse_options(("--database", database), ("--out", out), ("--max-usage", max_usage))
        _refuse_options(("--allow-version-reuse", allow_version_reuse or None))
    source = choose_source(registry, ref, worktree=worktree, environment=environment)
    consent = Consent(max_deletes, delete=not no_delete, max_usage=max_usage, version_reuse=allow_version_reuse)
    with prepare_saving(out, ref, registry) as save:
        if against is not None:
            proposal = _propose_merge(source, against, consent)
        else:
            proposal = _propose(database, registry, source, consent)
        proposal = replace(proposal, refusals=tuple(map(_choose_plan_message, proposal.refusals)))
        for line in plan_text.render_first_refusals(proposal, choose_palette(sys.stderr)):
            note(line)
        if output in FORMATS:
            _put_plan_review(proposal, source, output)
        else:
            show_plan(proposal, source, output)
        (require_applicable if exit_as_apply else require_unblocked)(proposal)
        save(proposal, source, consent)
    has_changes = bool(proposal.plan) or any(other.plan for other in proposal.environments.values())
    return ExitCode.CHANGES if has_changes and detailed_exitcode else ExitCode.DONE


def _refuse_options(*options: tuple[str, object]) -> None:
    for name, value in options:
        if value is not None:
            raise click.UsageError(f"{name} contradicts --against, which reads no database; leave out one of them")


def _propose_merge(source: Source, against: str, consent: Consent) -> Proposal:
    # Only a plan of a merge compares commits.
    from reconciler.cli.comparison import find_merge_base  # noqa: PLC0415
    from reconciler.planning.environments import add_merges  # noqa: PLC0415
    from reconciler.planning.merge import propose_merge  # noqa: PLC0415

    base = find_merge_base(source, against)
    with show_count("files read") as advance:
        proposal = propose_merge(source, base, load_contract(), consent, advance)
        return add_merges(proposal, source, base, load_contract(), consent)


def _propose(database: str | None, registry: Path, source: Source, consent: Consent) -> Proposal:
    # The plan of a merge needs no database driver, whose import takes 80 ms.
    from reconciler.cli.proposing import propose  # noqa: PLC0415

    return propose(database, registry, source, consent)


def _choose_plan_message(refusal: Refusal) -> Refusal:
    return refusal._replace(message=refusal.in_plan or refusal.message)


def require_unblocked(proposal: Proposal) -> None:
    """Raise Refused if a guard blocks a change of a shown plan. Prints refusals of the whole plan on stderr."""
    for line in plan_text.render_refusals(proposal, choose_palette(sys.stderr)):
        note(line)
    _require_none([refusal for refusal in proposal.standing if refusal.refs])


def require_applicable(proposal: Proposal) -> None:
    """Raise Refused or NotNow if a guard would refuse to apply a shown plan."""
    _require_none(proposal.standing)


def _require_none(standing: Sequence[Refusal]) -> None:
    if standing:
        # Imports the database driver, which the plan of a merge does without.
        from reconciler.guards.judge import make_refused_error  # noqa: PLC0415

        error = make_refused_error(standing)
        error.is_shown = True
        raise error


def _put_plan_review(proposal: Proposal, source: Source, output: str) -> None:
    # Most plans are read by people or as JSON.
    from reconciler.render.plan_markdown import render_plan_comment  # noqa: PLC0415
    from reconciler.rules.remarks import make_plan_remarks  # noqa: PLC0415

    paths = sorted({change.resource.path or "" for change in proposal.plan.changes})
    summary = plan_text.format_plan_summary(proposal)
    details = plan_text.Details(is_full(), compare=load_contract().compare)
    review = make_review("plan", source, make_plan_remarks(source, proposal), paths, summary, output)
    put_review(review, output, partial(render_plan_comment, proposal, details))


def show_plan(proposal: Proposal, origin: Origin, output: str, revision: int | None = None) -> None:
    """Print a plan; JSON includes the number of the revision that applied the plan."""
    if output == "json":
        # Importing pydantic takes longer than making most plans.
        from reconciler.render import plan_json  # noqa: PLC0415

        put(plan_json.render_plan_json(proposal, origin, revision, compare=load_contract().compare))
        return
    details = plan_text.Details(is_full(), compare=load_contract().compare)
    put("\n".join(plan_text.render_plan(proposal, choose_palette(sys.stdout), details)))
