"""toolreg apply."""

from pathlib import Path

import click

from reconciler import reconcile
from reconciler.assets import contract
from reconciler.cli.commands import Command
from reconciler.cli.databases import target_of
from reconciler.cli.exits import ExitCode
from reconciler.cli.options import (
    database_option,
    lock_timeout_option,
    output_option,
    source_of,
    source_options,
)
from reconciler.cli.output import note, progress
from reconciler.cli.plan import show
from reconciler.draft import Draft
from reconciler.errors import ToolregError
from reconciler.load import Progress
from reconciler.source import Source
from reconciler.target import Connect


@click.command(cls=Command)
@source_options
@database_option
@click.option("--dry-run", is_flag=True, help="Stop before the writes.")
@click.option(
    "--detailed-exitcode", is_flag=True, help="Exit with 2 when something changed, 0 when there was nothing to do."
)
@lock_timeout_option
@output_option("text", "json")
def apply(
    registry: Path,
    ref: str | None,
    worktree: bool,
    database: str | None,
    dry_run: bool,
    detailed_exitcode: bool,
    lock_timeout: float,
    output: str,
) -> int:
    """Make the database match a commit, whole or not at all.

    Reads HEAD from git, or --ref, or the files as they lie with --worktree. Prints the plan, applies it in one
    transaction and records the revision.

    \b
    Example:
        toolreg apply --ref origin/main
    """
    source = source_of(registry, ref if ref or worktree else "HEAD", worktree=worktree)
    planned: list[Draft] = []

    def announce(found: Draft) -> None:
        planned.append(found)
        if output != "json":
            show(found, source, output)

    revision = None
    with target_of(database, registry).opened() as connect, progress("files read") as advance:
        if dry_run:
            with connect() as conn:
                announce(reconcile.plan(conn, source, contract(), advance))
            note("Dry run: nothing was written.")
        else:
            revision = _applied(connect, source, announce, lock_timeout, advance)
    if output == "json":
        show(planned[-1], source, output, revision.number if revision else None)
    return ExitCode.CHANGES if planned[-1].plan and detailed_exitcode else ExitCode.DONE


def _applied(
    connect: Connect, source: Source, announce: reconcile.Announce, lock_timeout: float, progress: Progress
) -> reconcile.Revision | None:
    try:
        revision = reconcile.apply(connect, reconcile.Attempt.of(source, contract()), announce, lock_timeout, progress)
    except (ToolregError, KeyboardInterrupt) as error:
        if not isinstance(error, reconcile.OutcomeUnknown):
            note("Nothing was changed in the database.")
        raise
    if revision:
        commit = f" from commit {revision.commit[:12]}" if revision.commit else ""
        note(f"Applied as revision {revision.number}{commit}, in {revision.seconds:.2f} s.")
    return revision
