"""Builds Markdown for comments on pull requests. Untrusted text stands in code only: no link, mention or HTML works."""

import re
from collections.abc import Iterable, Sequence
from html import escape
from typing import Final, NamedTuple

from reconciler.core.review import LONGEST_COMMENT
from reconciler.render.formats.text import printable
from reconciler.render.terminal import disarmed

_RESERVE: Final = 200
_BACKTICKS: Final = re.compile("`+")


class Block(NamedTuple):
    """A part of a comment. `counts` is the number of changes or remarks in the part, told if the part is left out."""

    text: str
    counts: int = 0


def code(text: str, limit: int = 1000) -> str:
    """Return untrusted text as a code span (CommonMark, 6.1)."""
    content = disarmed(printable(text, limit))
    fence = _choose_fence(content, 1)
    pad = " " if content[:1] == "`" or content[-1:] == "`" or not content.strip() else ""
    return f"{fence}{pad}{content}{pad}{fence}"


def html_code(text: str, limit: int = 200) -> str:
    """Return untrusted text as code inside HTML."""
    return f"<code>{escape(disarmed(printable(text, limit)))}</code>"


def fence_lines(lines: Iterable[str], language: str = "") -> str:
    """Return lines as a fenced code block."""
    content = "\n".join(lines)
    fence = _choose_fence(content, 3)
    return f"{fence}{language}\n{content}\n{fence}"


def collapse(summary: str, content: str) -> str:
    """Return content that a reader unfolds. `summary` is HTML."""
    return f"<details><summary>{summary}</summary>\n\n{content}\n\n</details>"


def make_comment(command: str, blocks: Sequence[Block], noun: str, longest: int = LONGEST_COMMENT) -> str:
    """Return the comment of a command: an invisible marker, and the blocks that fit. The others are counted.

    A CI job finds the marker in its former comment, and replaces the comment.
    """
    kept, left = [f"<!-- toolreg:{command} -->"], 0
    room = longest - _RESERVE - len(kept[0])
    for block in blocks:
        size = _count_units(block.text) + 2
        if size > room:
            left += block.counts
            continue
        room -= size
        kept.append(block.text)
    if left:
        kept.append(f"{left:,} more {noun} left out of this comment; `toolreg {command}` shows all.")
    return "\n\n".join(kept)


def _choose_fence(content: str, least: int) -> str:
    runs = [len(run) for run in _BACKTICKS.findall(content)]
    return "`" * max([least, *(length + 1 for length in runs)])


def _count_units(text: str) -> int:
    """Return the length in UTF-16 code units, by which browsers and GitHub count."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
