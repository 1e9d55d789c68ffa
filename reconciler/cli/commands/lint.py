"""toolreg lint."""

import sys
from pathlib import Path

import click

from reconciler.cli.exits import ExitCode
from reconciler.cli.group import Command
from reconciler.cli.inspecting import inspect_paths, make_relative
from reconciler.cli.options import (
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
from reconciler.rules.validation import require_registry


@click.command(cls=Command)
@click.argument("paths", nargs=-1, metavar="[PATH]...", type=click.Path(path_type=Path))
@source_options
@merge_option
@policy_from_option
@environment_option
@output_option("text", "json", *FORMATS)
def lint(
    paths: tuple[Path, ...],
    registry: Path,
    ref: str | None,
    worktree: bool,
    against: str | None,
    policy_from: str | None,
    environment: str | None,
    output: str,
) -> int:
    """Show unwise and dangerous content of manifests.

    Reports the findings alone that toolreg validate shows beside its problems. Findings of level error fail;
    spec.lint in registry.yaml sets the levels, metadata.lint in a manifest ignores a rule for a reason. No finding
    stops an apply.

    \b
    Example:
        toolreg lint registry/tools/payments
    """
    source = choose_source(registry, ref, worktree=worktree)
    report = inspect_paths(source, paths, registry, policy_from, against, environment)
    require_registry(problem for problem in report.problems if problem.rule == "no-registry")
    if report.problems:
        files = len({problem.path for problem in report.problems})
        note(f"{files} {'file has' if files == 1 else 'files have'} problems, too; toolreg validate shows them.")
    summary = diagnostics.summarize_lint(report.findings, len(report.files), report.ignored)
    shown = make_relative(source, report.findings)
    if output == "json":
        put(diagnostics.render_lint_json(shown, len(report.files), report.ignored))
    elif output == "text":
        paint = choose_palette(sys.stdout)
        lines = [diagnostics.render_diagnostic(finding, paint) for finding in shown]
        put("\n".join([*lines, summary]))
    else:
        remarks = map(Remark.of, report.findings)
        put_review(make_review("lint", source, remarks, report.files, summary, output), output)
    failed = any(finding.level is Level.ERROR for finding in report.findings)
    return ExitCode.FAILED if failed else ExitCode.DONE
