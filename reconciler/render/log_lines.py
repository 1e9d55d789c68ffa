"""Renders what a reconciler tells as lines of a log: JSON for machines, or text for a terminal."""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Final, NamedTuple

from reconciler.core.pointer import Json
from reconciler.core.state.loop_report import (
    Asked,
    Looked,
    LoopReport,
    Maintained,
    Noted,
    Ran,
    RunOutcome,
    RunReport,
    Turned,
)
from reconciler.core.state.reconciler import Condition
from reconciler.core.times import format_time
from reconciler.render.terminal import Paint, safe

_LONGEST: Final = 2000
# Each character of the longest message may become two escapes of seven characters: a cut line would be no JSON.
_LONGEST_LINE: Final = 60_000
_GOOD: Final = frozenset({RunOutcome.APPLIED, RunOutcome.UNCHANGED})
_TOLD_BY_NOTHING_ELSE: Final = frozenset(
    {"DatabaseAway", "DatabaseUnusable", "InternalError", "SourceGone", "SourceAway", "StandingBy"}
)
_COLOURS: Final = {"error": "red", "warning": "yellow", "info": "faint"}


class LogLine(NamedTuple):
    """A line of the log: level (info, warning, error), message, and the values bound to it."""

    level: str
    message: str
    bound: dict[str, Json]


def make_line(report: LoopReport) -> LogLine | None:
    """Return the line for a report, None for a report of no interest: a look that found nothing new."""
    match report:
        case Ran():
            return _make_run_line(report)
        case Asked(request, result, _, message) if result != "ok":
            return LogLine("warning", f"git {request}: {message or result}", {})
        case Turned(target, state) if state.reason in _TOLD_BY_NOTHING_ELSE:
            level = "error" if state.condition is Condition.STALLED else "info"
            text = f"{state.condition}: {state.reason}" + (f": {state.message}" if state.message else "")
            return LogLine(level, text, _drop_unknown({"target": target, "commit": state.head}))
        case Noted(message, target, is_error):
            return LogLine("warning" if is_error else "info", message, _drop_unknown({"target": target}))
        case Maintained(target, task, _, str(error)):
            return LogLine("error", f"maintenance {task}: {error}", {"target": target, "task": task})
        case Asked() | Looked() | Maintained() | Turned():
            return None


def render_json_line(line: LogLine, now: datetime) -> str:
    """Render a line as one JSON object; `time` is RFC 3339."""
    document = {"time": format_time(now), "level": line.level, "message": line.message[:_LONGEST], **line.bound}
    return safe(json.dumps(document), _LONGEST_LINE)


def render_text_lines(line: LogLine, now: datetime, paint: Paint) -> Iterator[str]:
    """Yield a line for a terminal, with further lines of its message below."""
    first, *others = line.message[:_LONGEST].splitlines() or [""]
    target = f" {line.bound['target']}:" if "target" in line.bound else ""
    yield f"{format_time(now)} {paint(f'{line.level:7}', _COLOURS[line.level])}{safe(target)} {safe(first, _LONGEST)}"
    yield from (f"  {safe(other, _LONGEST)}" for other in others)


def _make_run_line(run: Ran) -> LogLine:
    report = run.report
    bound: dict[str, Json] = {
        "target": run.target,
        "commit": run.commit,
        "revision": report.revision,
        "outcome": report.outcome.value,
        "seconds": round(report.seconds, 3),
        "rules": [*report.rules] or None,
    }
    level = "info" if report.outcome in _GOOD else "warning" if report.outcome is RunOutcome.TEMPORARY else "error"
    return LogLine(level, _describe_run(run.commit, report), _drop_unknown(bound))


def _describe_run(commit: str, report: RunReport) -> str:
    match report.outcome:
        case RunOutcome.APPLIED:
            counts = f"{report.created} created, {report.updated} updated, {report.deleted} deleted"
            repaired = f", {report.repaired} of them drifted" if report.repaired else ""
            return f"applied commit {commit[:12]} as revision {report.revision}: {counts}{repaired}"
        case RunOutcome.UNCHANGED:
            return f"commit {commit[:12]} needs no change"
        case _:
            return "\n".join([f"commit {commit[:12]} was not applied ({report.outcome}):", *report.messages])


def _drop_unknown(values: dict[str, Json]) -> dict[str, Json]:
    return {name: value for name, value in values.items() if value is not None}
