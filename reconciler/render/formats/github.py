"""Annotations of GitHub Actions, as workflow commands (docs.github.com, Workflow commands for GitHub Actions).

GitHub shows 10 errors and 10 warnings of a step, in the order of the log.
"""

from typing import Final

from reconciler.core.review import Remark, Review
from reconciler.core.rule import Level
from reconciler.render.formats.text import WHOLE_PATH, printable
from reconciler.render.terminal import disarmed

_COMMANDS: Final = {Level.ERROR: "error", Level.WARNING: "warning", Level.INFO: "notice"}


def render(review: Review) -> str:
    """Return a workflow command for each remark, the worst first, then the summary."""
    return "\n".join([*map(_format_command, review.worst_first), disarmed(printable(review.summary))])


def _format_command(remark: Remark) -> str:
    properties = {
        "file": printable(remark.path, WHOLE_PATH),
        "line": str(remark.line),
        "col": str(remark.column),
        "title": f"toolreg: {remark.rule}",
    }
    listed = ",".join(f"{name}={_escape_property(value)}" for name, value in properties.items())
    message = _escape_data(f"{disarmed(printable(remark.message))} [{remark.rule}]")
    return f"::{_COMMANDS[remark.level]} {listed}::{message}"


def _escape_data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _escape_property(text: str) -> str:
    return _escape_data(text).replace(":", "%3A").replace(",", "%2C")
