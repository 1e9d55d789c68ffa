"""Shows what a watch reports: a screen that is drawn anew, blocks in a pipe, or a JSON document a line."""

import os
import shutil
import sys
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Final

import click

from reconciler.assets import load_contract
from reconciler.cli.output import choose_palette, put
from reconciler.core.manifest.diagnostic import Diagnostic
from reconciler.render import plan_text, watch_json, watch_text
from reconciler.render.diagnostics import render_diagnostic
from reconciler.render.terminal import Paint, safe
from reconciler.serving.watch import PollingReport, TroubleReport, VerdictReport, WatchReport
from reconciler.serving.watched_target import PlanReport

_CLEAR: Final = "\x1b[H\x1b[2J"
_MOST_LINES: Final = 100
"""The number of diagnostics, and of lines of a plan, in a block."""
_FEWEST_ROWS: Final = 6
_LATER: Final = "Warnings and hints follow when these problems are mended; toolreg lint shows them now."
_FOOT: Final = "Ctrl-C ends."


class LineDrawing:
    """One JSON document a line."""

    before: Callable[[], None] = staticmethod(lambda: None)
    """Called before any output: removes a display of progress."""

    def tell(self, report: WatchReport) -> None:
        """Print a report."""
        self.before()
        match report:
            case VerdictReport():
                told = _list_told(report)
                put(watch_json.render_verdict_line(told, report.verdict.files, report.verdict.ignored, report.seconds))
            case PlanReport():
                number = report.revision.number if report.revision else None
                put(watch_json.render_plan_line(report.proposal, number, report.error, is_first=report.is_first))
            case TroubleReport():
                put(watch_json.render_trouble_line(report.error))
            case PollingReport():
                put(watch_json.render_polling_line(report.note))

    def end(self) -> None:
        """Leave the terminal as it was."""


class TextDrawing:
    """A block for each change. A plan is printed if it differs from the plan printed before."""

    before: Callable[[], None] = staticmethod(lambda: None)

    def __init__(self, top: Path) -> None:
        self._top = top
        self._paint = choose_palette(sys.stdout)
        self._verdict: list[str] = []
        self._plan: list[str] = []
        self._note: list[str] = []

    def tell(self, report: WatchReport) -> None:
        """Print what a report changes."""
        self.before()
        plan = self._plan
        match report:
            case VerdictReport():
                self._verdict = self._render_verdict(report)
                self._plan = [] if report.verdict.problems else plan
            case TroubleReport():
                self._verdict = [
                    f"{_now()}  {line}" for line in watch_text.render_failure("error", report.error, self._paint)
                ]
                self._plan = []
            case PlanReport():
                self._plan = self._render_plan(report)
            case PollingReport():
                self._note = (
                    [self._paint(f"Files are not watched: {safe(report.note, 1000)}", "yellow")] if report.note else []
                )
        self._draw(report, is_same_plan=plan == self._plan)

    def end(self) -> None:
        """Leave the terminal as it was."""

    def _draw(self, report: WatchReport, *, is_same_plan: bool) -> None:
        match report:
            case PlanReport():
                lines = [] if is_same_plan else self._plan
            case PollingReport():
                lines = self._note or ["Files are watched again."]
            case _:
                lines = self._verdict
        if lines:
            put("\n".join(lines))

    def _render_verdict(self, report: VerdictReport) -> list[str]:
        verdict, told = report.verdict, _list_told(report)
        head = watch_text.summarize_verdict(told, verdict.files, verdict.ignored, report.seconds)
        lines = [_render_known(self._make_relative(one), self._paint) for one in told[:_MOST_LINES]]
        more = len(told) - len(lines)
        if report.verdict.is_advice_later:
            lines.append(self._paint(_LATER, "faint"))
        return [f"{_now()}  {head}", *lines, *([self._say_more(more)] if more else [])]

    def _say_more(self, count: int) -> str:
        return self._paint(f"... and {count:,} more; toolreg lint and toolreg validate show all", "faint")

    def _make_relative(self, diagnostic: Diagnostic) -> Diagnostic:
        return diagnostic._replace(path=os.path.relpath(self._top / diagnostic.path))

    def _render_plan(self, report: PlanReport) -> list[str]:
        lines: list[str] = []
        if report.revision is not None:
            text = f"Applied as revision {report.revision.number}, in {report.revision.seconds:.2f} s."
            lines.append(self._paint(text, "green"))
        if report.error is not None:
            what = "not applied" if report.proposal else "no plan"
            lines += watch_text.render_failure(what, report.error, self._paint)
        if report.proposal is not None:
            details = plan_text.Details(compare=load_contract().compare)
            lines += watch_text.render_watched_plan(
                report.proposal, self._paint, details, most=_MOST_LINES, is_first=report.is_first
            )
        return lines


class ScreenDrawing(TextDrawing):
    """The newest verdict and plan on the screen of a terminal, as far as they fit: the worst first."""

    def end(self) -> None:
        """Leave the terminal as it was: the last screen stays, and the shell goes on below."""
        put("")

    def _draw(self, report: WatchReport, *, is_same_plan: bool) -> None:  # noqa: ARG002  Drawn in any case.
        columns, rows = shutil.get_terminal_size()
        # The last row stays free for the cursor.
        rows = max(_FEWEST_ROWS, rows - 1) - sum(watch_text.count_rows(line, columns) for line in self._note) - 1
        # The plan gets what the verdict leaves, and at least a third.
        least = min(len(self._plan), rows // 3)
        rest = self._paint("... and {count} lines more; toolreg validate shows all", "faint")
        verdict = watch_text.fit_lines(self._verdict, rows - least, columns, rest)
        left = rows - sum(watch_text.count_rows(line, columns) for line in verdict)
        rest = self._paint("... and {count} lines more; toolreg plan --worktree shows all", "faint")
        plan = watch_text.fit_lines(self._plan, left, columns, rest) if self._plan and left > 0 else []
        foot = self._paint(_FOOT, "faint")
        click.echo(_CLEAR, nl=False)
        put("\n".join([*self._note, *verdict, *plan, foot]))


# Most findings are those of the verdict before; masking secrets in a message takes long.
@lru_cache(maxsize=_MOST_LINES * 2)
def _render_known(diagnostic: Diagnostic, paint: Paint) -> str:
    return render_diagnostic(diagnostic, paint)


def _list_told(report: VerdictReport) -> list[Diagnostic]:
    return watch_text.sort_worst_first([*report.verdict.problems, *report.verdict.findings])


def _now() -> str:
    return datetime.now().strftime("%H:%M:%S")  # noqa: DTZ005  For the person at this terminal.
