"""toolreg validate."""

import sys
from pathlib import Path

import click

from reconciler.cli.exits import ExitCode
from reconciler.cli.group import Command
from reconciler.cli.inspecting import inspect_paths, make_relative
from reconciler.cli.options import (
    choose_index,
    choose_source,
    environment_option,
    merge_option,
    output_option,
    policy_from_option,
    source_options,
)
from reconciler.cli.output import choose_palette, note, put
from reconciler.cli.reviewing import FORMATS, make_review, put_review
from reconciler.core.review import Remark
from reconciler.core.rule import Level
from reconciler.render import diagnostics


@click.command(cls=Command)
@click.argument("paths", nargs=-1, metavar="[PATH]...", type=click.Path(path_type=Path))
@source_options
@click.option("--staged", is_flag=True, help="Read git's index, which the next commit will hold: for hooks.")
@merge_option
@policy_from_option
@environment_option
@output_option("text", "json", *FORMATS)
def validate(
    paths: tuple[Path, ...],
    registry: Path,
    ref: str | None,
    worktree: bool,
    staged: bool,
    against: str | None,
    policy_from: str | None,
    environment: str | None,
    output: str,
) -> int:
    """Check every manifest, without a database.

    Reports all problems of all files and the findings of toolreg lint, one per line. Warnings do not fail. A PATH
    narrows the report, not the check. So does --env, which leaves out the patches of other environments.

    With --against, reads the files changed since the merge base with REF and the files that these can affect, and
    reports all problems and findings of changed files, and new problems of other files.

    \b
    Examples:
        toolreg validate registry/tools/payments
        toolreg validate --against origin/main
        toolreg validate --staged
    """
    if staged and (worktree or ref is not None):
        raise click.UsageError(
            "--staged contradicts --ref and --worktree: the index, a commit, or the files as they lie"
        )
    source = choose_index(registry) if staged else choose_source(registry, ref, worktree=worktree)
    report = inspect_paths(source, paths, registry, policy_from, against, environment)
    # Invalid files come first; advice on the others follows when they are mended.
    later = [finding for finding in report.findings if report.problems and finding.level is not Level.ERROR]
    findings = [finding for finding in report.findings if not later or finding.level is Level.ERROR]
    reported = sorted((*report.problems, *findings), key=lambda diagnostic: diagnostic[:5])
    invalid = {diagnostic.path for diagnostic in reported if diagnostic.level is Level.ERROR}
    numbers = len(report.files), len(invalid), report.ignored
    summary = diagnostics.summarize_validation(reported, *numbers)
    shown = make_relative(source, reported)
    if output == "json":
        put(diagnostics.render_validation_json(shown, *numbers))
    elif output == "text":
        paint = choose_palette(sys.stdout)
        lines = [diagnostics.render_diagnostic(diagnostic, paint) for diagnostic in shown]
        put("\n".join([*lines, summary]))
    else:
        remarks = map(Remark.of, reported)
        put_review(make_review("validate", source, remarks, report.files, summary, output), output)
    if later:
        counted = "1 warning or hint follows" if len(later) == 1 else f"{len(later):,} warnings and hints follow"
        note(f"Of lint, {counted} when these problems are mended; toolreg lint shows them now.")
    return ExitCode.FAILED if invalid else ExitCode.DONE
