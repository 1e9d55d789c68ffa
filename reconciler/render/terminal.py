"""Text for a terminal: colour where it is wanted, and nothing from a manifest that a terminal would obey."""

import re
from dataclasses import dataclass
from typing import Final

from reconciler.core.json_text import json_text
from reconciler.core.pointer import Json
from reconciler.core.quote import quoted

# What a runner of CI obeys when it is printed: `::` where a line begins, `##[` and `##vso[` anywhere (the workflow
# commands of GitHub and Azure). The last character of a match is escaped.
_COMMAND: Final = re.compile(r"\A *:(?=:)|#(?=#(?:vso)?\[)")
_CODES: Final = {"green": 32, "red": 31, "yellow": 33, "bold": 1, "faint": 2}


@dataclass(frozen=True, slots=True)
class Paint:
    """Colours text, or leaves it as it is."""

    wanted: bool

    def __call__(self, text: str, colour: str) -> str:
        """Return the text in one of green, red, yellow, bold and faint."""
        return f"\x1b[{_CODES[colour]}m{text}\x1b[0m" if self.wanted else text


PLAIN: Final = Paint(wanted=False)


def safe(text: str, limit: int = 200) -> str:
    """Return text of a stranger on one line, shortened, with whatever is not printable escaped, and disarmed."""
    return disarmed(quoted(text, limit)[1:-1].replace('\\"', '"').replace("\\\\", "\\"))


def disarmed(line: str) -> str:
    """Return a line, or the beginning of one, in which no runner of CI finds a command to obey."""
    return _COMMAND.sub(lambda match: f"{match[0][:-1]}\\u{ord(match[0][-1]):04x}", line)


def short(value: Json, limit: int = 60) -> str:
    """Return a value as JSON, on one line and shortened."""
    if isinstance(value, str):
        return disarmed(quoted(value, limit))
    return safe(json_text(value), limit)
