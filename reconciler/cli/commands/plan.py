"""toolreg plan."""

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import click

from reconciler.applying import reconcile
from reconciler.applying.files import Files
from reconciler.assets import contract
from reconciler.cli.databases import opened, target_of
from reconciler.cli.exits import ExitCode
from reconciler.cli.group import Command
from reconciler.cli.options import (
    database_option,
    full_option,
    is_full,
    max_deletes_option,
    no_delete_option,
    out_option,
    output_option,
    source_of,
    source_options,
)
from reconciler.cli.output import note, palette, put
from reconciler.cli.progress import counting
from reconciler.cli.saving import saving
from reconciler.core.plan.consent import Consent
from reconciler.core.plan.origin import Origin
from reconciler.core.plan.proposal import Proposal
from reconciler.core.plan.refusal import Refusal
from reconciler.guards.judge import refused
from reconciler.render import plan_text


@click.command(cls=Command)
@source_options
@database_option
@max_deletes_option
@no_delete_option
@out_option
@click.option("--detailed-exitcode", is_flag=True, help="Exit with 2 when there are changes, 0 when there are none.")
@click.option(
    "--exit-as-apply", is_flag=True, help="Exit as apply would: 3 where it is refused, 4 where nobody can tell."
)
@full_option
@output_option("text", "json")
def plan(
    registry: Path,
    ref: str | None,
    worktree: bool,
    database: str | None,
    max_deletes: int | None,
    no_delete: bool,
    out: Path | None,
    detailed_exitcode: bool,
    exit_as_apply: bool,
    output: str,
) -> int:
    """Show what apply would change.

    Reads the files as they lie, or --ref from git. Writes nothing. Exits with 3 where a guard blocks a change.

    \b
    Example:
        toolreg plan --ref origin/main -o json
    """
    source = source_of(registry, ref, worktree=worktree)
    consent = Consent(max_deletes, delete=not no_delete)
    with saving(out, ref, registry) as save:
        with opened(target_of(database, registry)) as connect, connect() as conn, counting("files read") as advance:
            found = reconcile.plan(conn, reconcile.Attempt(Files(source, contract(), consent, advance)))
        found = replace(found, refusals=tuple(map(_to_its_author, found.refusals)))
        for line in plan_text.told_first(found, palette(sys.stderr)):
            note(line)
        show(found, source, output)
        (require_applicable if exit_as_apply else require_unblocked)(found)
        save(found, source, consent)
    return ExitCode.CHANGES if found.plan and detailed_exitcode else ExitCode.DONE


def _to_its_author(refusal: Refusal) -> Refusal:
    return refusal._replace(message=refusal.in_plan or refusal.message)


def require_unblocked(found: Proposal) -> None:
    """Raise Refused where a guard blocks a change of a plan that was shown; say what else would refuse it now."""
    for line in plan_text.refusals(found, palette(sys.stderr)):
        note(line)
    _require_none([refusal for refusal in found.standing if refusal.refs])


def require_applicable(found: Proposal) -> None:
    """Raise Refused or NotNow where applying a plan that was shown would be refused."""
    _require_none(found.standing)


def _require_none(standing: Sequence[Refusal]) -> None:
    if standing:
        error = refused(standing)
        error.is_shown = True
        raise error


def show(found: Proposal, origin: Origin, output: str, revision: int | None = None) -> None:
    """Print a plan, and with JSON the number of the revision that applied it."""
    if output == "json":
        # pydantic takes longer to import than most plans to make.
        from reconciler.render import plan_json  # noqa: PLC0415

        put(plan_json.document(found, origin, revision))
        return
    put("\n".join(plan_text.lines(found, palette(sys.stdout), full=is_full())))
