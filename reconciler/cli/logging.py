"""Writes the log of a reconciler to stderr: JSON lines, or text on a terminal."""

import sys
from datetime import UTC, datetime

from reconciler.cli.output import choose_palette, note
from reconciler.core.state.loop_report import LoopReport
from reconciler.render.log_lines import make_line, render_json_line, render_text_lines


def write_log(report: LoopReport) -> None:
    """Write the line of a report, if it has one."""
    line = make_line(report)
    if line is None:
        return
    now = datetime.now(UTC)
    if sys.stderr.isatty():
        note("\n".join(render_text_lines(line, now, choose_palette(sys.stderr))))
    else:
        note(render_json_line(line, now))
