"""toolreg check."""

import sys
from pathlib import Path

import click

from reconciler.assets import contract
from reconciler.cli.exits import ExitCode
from reconciler.cli.group import Command
from reconciler.cli.options import output_option, source_of, source_options
from reconciler.cli.output import palette, put
from reconciler.core.errors import ToolregError
from reconciler.desired.git.places import NoCommit
from reconciler.desired.source import GitTree, Source
from reconciler.render import check_text
from reconciler.rules.compatibility.check import check as find_breaks

_DEFAULT = "origin/HEAD"


@click.command(cls=Command)
@source_options
@click.option("--against", metavar="REF", help="The commit to compare with. [default: merge base with origin/HEAD]")
@output_option("text", "json")
def check(registry: Path, ref: str | None, worktree: bool, against: str | None, output: str) -> int:
    """Show what changed tools break for their callers.

    Compares every tool that changed since --against, without a database, and names the version that covers each
    change. Exits with 1 if a version does not cover its change.

    \b
    Example:
        toolreg check --against origin/main
    """
    source = source_of(registry, ref, worktree=worktree)
    report = find_breaks(source, _base(source, against), contract())
    if output == "json":
        put(check_text.document(report))
    else:
        put("\n".join(check_text.lines(report, palette(sys.stdout))))
    return ExitCode.DONE if report.is_covered else ExitCode.FAILED


def _base(source: Source, against: str | None) -> GitTree:
    """Return the commit to compare with."""
    repository = source.repository
    if repository is None:
        raise ToolregError("check compares with a commit, and there is no git repository here")
    if against is not None:
        return GitTree(repository, source.folder, against)
    try:
        branch = repository.commit(_DEFAULT)
    except NoCommit as error:
        raise ToolregError(f"there is no {_DEFAULT} here; say what to compare with: --against REF") from error
    base = repository.merge_base(branch.id, source.commit.id) if source.commit else None
    if base is None:
        raise ToolregError(f"{_DEFAULT} has no commit in common with this one; say what to compare with: --against REF")
    return GitTree(repository, source.folder, base)
