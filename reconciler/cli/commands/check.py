"""toolreg check."""

import os
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import click

from reconciler.assets import load_contract
from reconciler.cli.comparison import find_base, find_policy, is_ci
from reconciler.cli.exits import ExitCode
from reconciler.cli.group import Command
from reconciler.cli.options import (
    against_option,
    author_option,
    choose_source,
    database_option,
    output_option,
    policy_from_option,
    source_options,
)
from reconciler.cli.output import choose_palette, put
from reconciler.cli.reviewing import FORMATS, make_review, put_review
from reconciler.core.compatibility.replay import Replay
from reconciler.core.compatibility.report import Report
from reconciler.desired.source import Source
from reconciler.render import check_text
from reconciler.rules.compatibility.check import find_breaks
from reconciler.rules.compatibility.policy import read_terms
from reconciler.rules.foreign_changes import find_foreign_changes


@click.command(cls=Command)
@source_options
@against_option
@policy_from_option
@author_option
@click.option("--strict", is_flag=True, help="Fail if a title or description changed, by which models choose a tool.")
@click.option(
    "--replay",
    type=click.IntRange(1, 10_000),
    metavar="N",
    help="Also try each new input schema on the last N recorded calls in the database.",
)
@database_option
@output_option("text", "json", *FORMATS)
def check(
    registry: Path,
    ref: str | None,
    worktree: bool,
    against: str | None,
    policy_from: str | None,
    author: str | None,
    strict: bool,
    replay: int | None,
    database: str | None,
    output: str,
) -> int:
    """Show what changed tools break for their callers.

    Compares every tool that changed since --against, without a database, and names the version that covers each
    change. Exits with 1 if a version does not cover its change. An exception in exceptions.yaml covers a finding until
    it expires. With --author, a changed file of another team also exits with 1.

    --replay also counts the recorded calls that a new input schema would reject, by rule and agent. Recorded values are
    never shown, and the exit code stays the same. The database role needs SELECT on recorded arguments.

    \b
    Examples:
        toolreg check --against origin/main
        toolreg check --against origin/main --policy-from origin/main --author payments
        toolreg check --replay 1000 --database postgresql://db/tools
    """
    if database is not None and replay is None:
        raise click.UsageError("--database needs --replay: without it, check reads no database")
    source, kinds, ci = choose_source(registry, ref, worktree=worktree), load_contract(), is_ci(os.environ)
    base = find_base(source, against, policy_from, kinds, ci=ci)
    policy = find_policy(source, base, policy_from, ci=ci)
    terms = read_terms(policy, kinds, datetime.now(UTC).date(), is_strict=strict)
    report = find_breaks(source, base, kinds, terms)
    if author is not None:
        foreign = tuple(find_foreign_changes(source, base, policy, kinds, author))
        report = report._replace(author=author, foreign=foreign)
    replays = _replay(report, source, replay, database, registry) if replay else {}
    if output == "json":
        put(check_text.render_report_json(report, replays))
    elif output in FORMATS:
        _put_check_review(report, source, output)
    else:
        put("\n".join(check_text.render_report(report, choose_palette(sys.stdout), replays)))
    return ExitCode.DONE if report.is_covered else ExitCode.FAILED


def _put_check_review(report: Report, source: Source, output: str) -> None:
    # Most checks are read by people or as JSON.
    from reconciler.render.check_markdown import render_check_comment  # noqa: PLC0415
    from reconciler.rules.remarks import make_check_remarks  # noqa: PLC0415

    paths, summary = [tool.path for tool in report.tools], check_text.summary(report)
    review = make_review("check", source, make_check_remarks(source, report), paths, summary, output)
    put_review(review, output, partial(render_check_comment, report))


def _replay(report: Report, source: Source, most: int, database: str | None, registry: Path) -> Mapping[str, Replay]:
    # Without --replay, check imports no database driver.
    from reconciler.cli.replaying import replay_calls  # noqa: PLC0415

    return replay_calls(report, source, load_contract(), most, database, registry)
