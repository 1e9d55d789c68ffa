"""Different values of a schema, as many as wanted: a list of unique items near its largest size needs them."""

from collections.abc import Callable, Iterator, Sequence
from itertools import count as count_up
from itertools import islice
from typing import Final

from reconciler.core.compatibility.hints import is_number, list_literals
from reconciler.core.compatibility.keywords import Part
from reconciler.core.compatibility.strings import draw_matching
from reconciler.core.pointer import Json


def _format_date(number: int) -> str:
    """Return a date of its own for each number up to three million."""
    return f"{1000 + number // 336:04}-{1 + number // 28 % 12:02}-{1 + number % 28:02}"


_FORMATS: Final[dict[str, Callable[[int], str]]] = {
    "uuid": lambda number: f"{number:08x}-0000-4000-8000-000000000000",
    "email": lambda number: f"a{number}@example.com",
    "idn-email": lambda number: f"a{number}@example.com",
    "hostname": lambda number: f"a{number}.example.com",
    "ipv4": lambda number: f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}",
    "ipv6": lambda number: f"::{number:x}",
    "uri": lambda number: f"https://example.com/{number}",
    "uri-reference": lambda number: f"/{number}",
    "date": _format_date,
    "date-time": lambda number: f"{_format_date(number)}T00:00:00Z",
}


def make_distinct_scalars(parts: Sequence[Part], count: int) -> list[Json]:
    """Return up to `count` different scalars that all parts probably admit, none if the parts demand an object."""
    listed = next((values for part in parts if (values := list_literals(part))), None)
    if listed is not None:
        return listed[:count]
    types = {kind for part in parts for kind in _list_types(part)}
    if types & {"integer", "number"} or not types:
        return [*islice(_count_numbers(parts), count)]
    return [*islice(_make_strings(parts, count), count)] if "string" in types else []


def _list_types(part: Part) -> list[str]:
    kind = part.get("type")
    return [kind] if isinstance(kind, str) else [name for name in kind or () if isinstance(name, str)]


def _count_numbers(parts: Sequence[Part]) -> Iterator[int]:
    lows = [part[key] for part in parts for key in ("minimum", "exclusiveMinimum") if is_number(part.get(key))]
    highs = [part[key] for part in parts for key in ("maximum", "exclusiveMaximum") if is_number(part.get(key))]
    steps = [part["multipleOf"] for part in parts if is_number(part.get("multipleOf"))]
    step = int(max(steps, default=1)) or 1
    first = -int(-max(lows) // step) * step + step if lows else int(min(highs) // step) * step - step if highs else 0
    return count_up(first, -step if highs and not lows else step)


def _make_strings(parts: Sequence[Part], count: int) -> Iterator[str]:
    patterns = [part["pattern"] for part in parts if isinstance(part.get("pattern"), str)]
    formats = [part["format"] for part in parts if part.get("format") in _FORMATS]
    shortest = max((part["minLength"] for part in parts if is_number(part.get("minLength"))), default=0)
    longest = min((part["maxLength"] for part in parts if is_number(part.get("maxLength"))), default=None)
    if patterns:
        texts: Iterator[str] = iter(draw_matching(patterns[0], count))
    elif formats:
        texts = map(_FORMATS[formats[0]], range(count))
    else:
        width = max(int(shortest), min(len(str(count)), int(longest) if longest is not None else len(str(count))))
        texts = (str(number).rjust(width, "a") for number in range(count))
    return (text for text in texts if shortest <= len(text) and (longest is None or len(text) <= longest))
