"""toolreg apply."""

from contextlib import ExitStack
from pathlib import Path

import click

from reconciler import reconcile
from reconciler.assets import contract
from reconciler.cli.commands import Command
from reconciler.cli.databases import opened, target_of
from reconciler.cli.exits import ExitCode
from reconciler.cli.options import (
    database_option,
    lock_timeout_option,
    output_option,
    source_of,
    source_options,
)
from reconciler.cli.output import note
from reconciler.cli.plan import show
from reconciler.cli.progress import counting, waiting
from reconciler.draft import Draft
from reconciler.errors import ToolregError
from reconciler.load import Progress
from reconciler.render.terminal import safe
from reconciler.source import Source
from reconciler.target import Connect, Target


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
    target = target_of(database, registry)
    planned: list[Draft] = []
    revision = None
    with opened(target) as connect, counting("files read") as advance, ExitStack() as writing:

        def announce(found: Draft) -> None:
            planned.append(found)
            advance.close()
            if output != "json":
                show(found, source, output)
            writing.enter_context(waiting("writing the revision"))

        if dry_run:
            with connect() as conn:
                announce(reconcile.plan(conn, source, contract(), advance))
        else:
            revision = _applied(connect, source, announce, lock_timeout, advance)
    if dry_run:
        note("Dry run: nothing was written.")
    if revision:
        _say(revision, target)
    if output == "json":
        show(planned[-1], source, output, revision.number if revision else None)
    return ExitCode.CHANGES if planned[-1].plan and detailed_exitcode else ExitCode.DONE


def _applied(
    connect: Connect, source: Source, announce: reconcile.Announce, lock_timeout: float, progress: Progress
) -> reconcile.Revision | None:
    try:
        return reconcile.apply(connect, reconcile.Attempt.of(source, contract()), announce, lock_timeout, progress)
    except (ToolregError, KeyboardInterrupt) as error:
        if not isinstance(error, reconcile.OutcomeUnknown):
            note("Nothing was changed in the database.")
        raise


def _say(revision: reconcile.Revision, target: Target) -> None:
    commit = f" from commit {revision.commit[:12]}" if revision.commit else ""
    place = safe(target.place)
    note(f"Applied as revision {revision.number}{commit} to {place}, in {revision.seconds:.2f} s.")
