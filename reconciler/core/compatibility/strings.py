"""Strings probably admitted by a pattern or a format. A validator decides about each."""

import re
from collections.abc import Iterator
from itertools import islice, product
from typing import Any, Final

_MOST: Final = 20
_MOST_REPEATS: Final = 3
# Of strings drawn at random: the tries for each, and the bounds of repeats.
_TRIES: Final = 3
_MOST_DRAWN: Final = 12
_MOST_LOW: Final = 200
_MOST_STRINGS: Final = 2_000
_LONGEST_PATTERN: Final = 1_000
_ANY: Final = "a0 _-ZA.\u00e9\n"

BY_FORMAT: Final[dict[str, tuple[str, ...]]] = {
    "date-time": ("2020-01-02T03:04:05Z",),
    "date": ("2020-01-02",),
    "time": ("03:04:05Z",),
    "duration": ("P1D",),
    "email": ("a@b.co",),
    "idn-email": ("a@b.co", "\u00e9@b.co"),
    "hostname": ("example.com", "a"),
    "idn-hostname": ("example.com", "\u00e9.com"),
    "ipv4": ("127.0.0.1",),
    "ipv6": ("::1",),
    "uri": ("https://example.com/a",),
    "uri-reference": ("/a", "https://example.com/a", ""),
    "iri": ("https://example.com/\u00e9",),
    "iri-reference": ("/\u00e9",),
    "uri-template": ("/a/{b}",),
    "json-pointer": ("/a/b", ""),
    "relative-json-pointer": ("1/a",),
    "regex": ("a+",),
    "uuid": ("123e4567-e89b-12d3-a456-426614174000",),
}
PLAIN_TEXTS: Final = ("", "a", "abc", "0", "1", "-1", "1.5", "A b", "x_1", "true", "null", " ", "{", "\u00e9", "\n")


def make_matching(pattern: str) -> list[str]:
    """Return up to twenty strings that a pattern probably matches, none for a pattern unknown to Python."""
    parsed = _parse(pattern)
    return [*dict.fromkeys(islice(_expand_sequence(parsed, 0), _MOST))] if parsed is not None else []


def draw_matching(pattern: str, count: int) -> list[str]:
    """Return up to `count` different strings that a pattern probably matches, the same each time."""
    parsed = _parse(pattern)
    if parsed is None:
        return []
    dice = _roll_dice()
    drawn: dict[str, None] = {}
    for _ in range(_TRIES * min(count, _MOST_STRINGS)):
        if len(drawn) == count:
            break
        drawn[_draw_sequence(parsed, dice, 0)] = None
    return [*drawn]


def _roll_dice() -> Iterator[int]:
    """Yield pseudo-random numbers, the same each time (Knuth's MMIX generator, its upper bits)."""
    state = 0
    while True:
        state = (state * 6364136223846793005 + 1442695040888963407) % (1 << 64)
        yield state >> 33


def _parse(pattern: str) -> Any | None:  # noqa: ANN401  sre's own values.
    if len(pattern) > _LONGEST_PATTERN:
        return None
    try:
        # Parsing takes linear time; no text is matched.
        return re._parser.parse(pattern)  # type: ignore[attr-defined]  # noqa: SLF001  It has no public name.
    except (re.error, RecursionError, OverflowError, AttributeError):
        return None


def _draw_sequence(parsed: Any, dice: Iterator[int], depth: int) -> str:  # noqa: ANN401  As above.
    return "".join(_draw_part(str(name), value, dice, depth) for name, value in parsed)


def _draw_part(name: str, value: Any, dice: Iterator[int], depth: int) -> str:  # noqa: ANN401  As above.
    if name in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
        low, high, inner = int(value[0]), int(value[1]), value[2]
        # Nested, repeats multiply.
        if low > _MOST_LOW >> 3 * depth:
            return ""
        times = low + next(dice) % (min(high - low, _MOST_DRAWN >> 2 * depth) + 1)
        return "".join(_draw_sequence(inner, dice, depth + 1) for _ in range(times))
    if name == "SUBPATTERN":
        return _draw_sequence(value[-1], dice, depth)
    if name == "ATOMIC_GROUP":
        return _draw_sequence(value, dice, depth)
    if name == "BRANCH":
        return _draw_sequence(value[1][next(dice) % len(value[1])], dice, depth)
    if name == "IN" and all(str(kind) == "RANGE" for kind, _ in value):
        first, last = value[next(dice) % len(value)][1]
        return chr(first + next(dice) % (last - first + 1))
    options = [*islice(_expand_part(name, value, depth), _MOST)] or [""]
    return options[next(dice) % len(options)]


def _expand_sequence(parsed: Any, depth: int) -> Iterator[str]:  # noqa: ANN401  sre's own values.
    if depth > _MOST_REPEATS * 4:
        return
    parts = [[*islice(_expand_part(str(name), value, depth), 6)] or [""] for name, value in parsed]
    # Each part differs once while the others are as simple as can be; then some combinations.
    first = [options[0] for options in parts]
    yield "".join(first)
    for index, options in enumerate(parts):
        for option in options[1:]:
            yield "".join([*first[:index], option, *first[index + 1 :]])
    yield from map("".join, islice(product(*parts), _MOST))


def _expand_part(name: str, value: Any, depth: int) -> Iterator[str]:  # noqa: ANN401  As above.
    if name == "LITERAL":
        yield chr(value)
    elif name == "NOT_LITERAL":
        yield from (char for char in _ANY if ord(char) != value)
    elif name == "ANY":
        yield from _ANY[:4]
    elif name == "IN":
        yield from _expand_set(value)
    elif name in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
        low, high, inner = value
        yield from _repeat(int(low), int(high), inner, depth)
    elif name == "SUBPATTERN":
        yield from _expand_sequence(value[-1], depth + 1)
    elif name == "ATOMIC_GROUP":
        yield from _expand_sequence(value, depth + 1)
    elif name == "BRANCH":
        yield from (next(_expand_sequence(branch, depth + 1), "") for branch in value[1])
    else:
        # Anchors and lookarounds have no width.
        yield ""


def _repeat(low: int, high: int, inner: Any, depth: int) -> Iterator[str]:  # noqa: ANN401  As above.
    units = [*islice(_expand_sequence(inner, depth + 1), 4)] or [""]
    counts = [max(low, 1) if high else 0, low, high, low + 1, low + _MOST_REPEATS]
    near = [count for count in dict.fromkeys(counts) if low <= count <= min(high, 1000)]
    # Each count once, and each unit once; then the others.
    yield from (units[0] * count for count in near)
    yield from (unit * count for count in near for unit in units[1:])


def _expand_set(members: Any) -> Iterator[str]:  # noqa: ANN401  As above.
    if str(members[0][0]) == "NEGATE":
        refused = {char for name, value in members[1:] for char in _expand_member(str(name), value)}
        ranges = [value for name, value in members[1:] if str(name) == "RANGE"]
        yield from (
            char for char in _ANY if char not in refused and not any(low <= ord(char) <= high for low, high in ranges)
        )
        return
    for name, value in members:
        yield from islice(_expand_member(str(name), value), 3)


def _expand_member(name: str, value: Any) -> Iterator[str]:  # noqa: ANN401  As above.
    if name == "LITERAL":
        yield chr(value)
    elif name == "RANGE":
        low, high = value
        yield from (chr(low), chr(high))
    elif name == "CATEGORY":
        kind = str(value)
        yield from "1" if kind.endswith("DIGIT") and "NOT" not in kind else ""
        yield from " \n" if kind.endswith("SPACE") and "NOT" not in kind else ""
        yield from "a0_" if kind.endswith("WORD") and "NOT" not in kind else ""
        yield from "-a0" if "NOT" in kind else ""
