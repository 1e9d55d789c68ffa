"""Prepares text for a terminal: optional colour, and no control sequence from a manifest."""

import json
import re
from dataclasses import dataclass
from typing import Final

from reconciler.core.json_text import to_json_text
from reconciler.core.pointer import Json
from reconciler.core.quote import quoted

# Commands that a CI runner obeys in printed text: `::` at the beginning of a line (GitHub), `##[`, `##vso[`,
# `##teamcity[` and similar anywhere (GitHub, Azure, TeamCity). The last character of a match is escaped.
_COMMAND: Final = re.compile(r"^[ \t]*:(?=:)|#(?=#\w*\[)", re.MULTILINE)
# Candidates for escaping: all but printable ASCII, line ends and the colours of `Paint`.
_TO_CHECK: Final = re.compile(r"\x1b\[\d{1,2}m|[^ -~\n]")
_CODES: Final = {"green": 32, "red": 31, "yellow": 33, "bold": 1, "faint": 2}


@dataclass(frozen=True, slots=True)
class Paint:
    """Colours text, or returns the text unchanged if colour is not wanted."""

    wanted: bool

    def __call__(self, text: str, colour: str) -> str:
        """Return the text in green, red, yellow, bold or faint."""
        return f"\x1b[{_CODES[colour]}m{text}\x1b[0m" if self.wanted else text


PLAIN: Final = Paint(wanted=False)


def safe(text: str, limit: int = 200) -> str:
    """Return untrusted text on one line, shortened, disarmed, and with unprintable characters escaped."""
    return disarmed(quoted(text, limit)[1:-1].replace('\\"', '"').replace("\\\\", "\\"))


def disarmed(text: str) -> str:
    """Escape commands to CI runners; a quoted JSON or YAML string keeps its value."""
    return _COMMAND.sub(lambda match: f"{match[0][:-1]}\\u{ord(match[0][-1]):04x}", text)


def harmless(text: str) -> str:
    """Return whole lines safe to print: all output of the command line passes here.

    The result holds no unprintable characters except line ends and our own colours, and no commands to CI runners.
    """
    return disarmed(_TO_CHECK.sub(_escape_unprintable, text))


def _escape_unprintable(match: re.Match[str]) -> str:
    text = match[0]
    return text if len(text) > 1 or text.isprintable() else json.dumps(text)[1:-1]


def short(value: Json, limit: int = 60) -> str:
    """Return a value as JSON, on one line and shortened."""
    if isinstance(value, str):
        return disarmed(quoted(value, limit))
    return safe(to_json_text(value), limit)
