"""Text for a terminal: colour where it is wanted, and nothing from a manifest that a terminal would obey."""

import json
import re
from dataclasses import dataclass
from typing import Final

from reconciler.core.json_text import json_text
from reconciler.core.pointer import Json
from reconciler.core.quote import quoted

# What a runner of CI obeys when it is printed: `::` where a line begins (GitHub), `##[`, `##vso[`, `##teamcity[` and
# their kind anywhere (GitHub, Azure, TeamCity). The last character of a match is escaped.
_COMMAND: Final = re.compile(r"^[ \t]*:(?=:)|#(?=#\w*\[)", re.MULTILINE)
# What a terminal or a reader may obey, but for line ends and the colours of `Paint`.
_TO_CHECK: Final = re.compile(r"\x1b\[\d{1,2}m|[^ -~\n]")
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


def disarmed(text: str) -> str:
    """Return text in which no runner of CI finds a command to obey; inside quotes of JSON or YAML, the same value."""
    return _COMMAND.sub(lambda match: f"{match[0][:-1]}\\u{ord(match[0][-1]):04x}", text)


def harmless(text: str) -> str:
    """Return whole lines as they may be printed: the border that all output passes, whatever it was made from.

    Nothing is left that a terminal or a runner of CI would obey but line ends and our own colours.
    """
    return disarmed(_TO_CHECK.sub(_checked, text))


def _checked(match: re.Match[str]) -> str:
    found = match[0]
    return found if len(found) > 1 or found.isprintable() else json.dumps(found)[1:-1]


def short(value: Json, limit: int = 60) -> str:
    """Return a value as JSON, on one line and shortened."""
    if isinstance(value, str):
        return disarmed(quoted(value, limit))
    return safe(json_text(value), limit)
