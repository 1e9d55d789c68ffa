"""toolreg validate."""

import os
import sys
from pathlib import Path

import click

from reconciler.assets import load_contract
from reconciler.cli.exits import ExitCode
from reconciler.cli.group import Command
from reconciler.cli.options import choose_source, make_relative_path, output_option, source_options
from reconciler.cli.output import choose_palette, put
from reconciler.cli.progress import show_count
from reconciler.cli.reviewing import FORMATS, make_review, put_review
from reconciler.core.manifest.diagnostic import Diagnostic
from reconciler.core.manifest.layout import is_ignored
from reconciler.desired.source import Source
from reconciler.render import diagnostics
from reconciler.rules.remarks import make_remark
from reconciler.rules.validation import validate_registry


@click.command(cls=Command)
@click.argument("paths", nargs=-1, metavar="[PATH]...", type=click.Path(path_type=Path))
@source_options
@output_option("text", "json", *FORMATS)
def validate(paths: tuple[Path, ...], registry: Path, ref: str | None, worktree: bool, output: str) -> int:
    """Check every manifest, without a database.

    Reports all problems of all files, one per line. A PATH narrows the report, not the check.

    \b
    Example:
        toolreg validate registry/tools/payments
    """
    source = choose_source(registry, ref, worktree=worktree)
    with show_count("files checked") as advance:
        entries, problems = validate_registry(source, load_contract(), advance)
    asked = [make_relative_path(source.top, path) for path in paths]
    files = {entry.path for entry in entries if not is_ignored(entry) and _is_asked(entry.path, asked)}
    known = {*(entry.path for entry in entries), *(problem.path for problem in problems)}
    reported = [problem for problem in problems if _is_asked(problem.path, asked)]
    for path, place in zip(paths, asked, strict=True):
        if not any(_is_asked(file, [place]) for file in known):
            raise click.UsageError(f"{path} is no file or folder of the registry {registry}")
    invalid = {problem.path for problem in reported}
    # A missing registry.yaml counts as an invalid file, too.
    files |= invalid
    shown = [_make_relative(source, problem) for problem in reported]
    summary = (
        f"{len(files)} file{'' if len(files) == 1 else 's'}, {len(files) - len(invalid)} valid, {len(invalid)} invalid"
    )
    if output == "json":
        put(diagnostics.render_validation_json(shown, len(files), len(invalid)))
    elif output == "text":
        for problem in shown:
            put(diagnostics.render_diagnostic(problem, choose_palette(sys.stdout)))
        put(summary)
    else:
        remarks = map(make_remark, reported)
        put_review(make_review("validate", source, remarks, files, summary, output), output)
    return ExitCode.FAILED if reported else ExitCode.DONE


def _is_asked(path: str, asked: list[str]) -> bool:
    return not asked or any(place in (".", path) or path.startswith(f"{place}/") for place in asked)


def _make_relative(source: Source, diagnostic: Diagnostic) -> Diagnostic:
    """Return the diagnostic with a path relative to the current folder, for editors and clicks in a terminal."""
    return diagnostic._replace(path=os.path.relpath(source.top / diagnostic.path))
