"""Fields that differ, as people read them: values on one line, long texts by their differing words, lists by items."""

import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from typing import Final

from reconciler.core.difference import Absent, Difference
from reconciler.core.json_text import json_text
from reconciler.core.pointer import Json, show
from reconciler.core.quote import quoted
from reconciler.core.words import changed, tokens
from reconciler.render.terminal import PLAIN, Paint, disarmed, safe, short

# A value that is longer does not stand beside its other side.
_BESIDE: Final = 60
# What fits a screen: a text up to this length is shown whole, a nested value up to the next one.
_SCREEN: Final = 1500
NESTED: Final = 500
# Around differing words, and of one stretch of them. What is left out is counted.
_CONTEXT: Final = 12
_STRETCH: Final = 600
_PLACES: Final = 10
_ITEMS: Final = 20
_ENDLESS: Final = 1 << 30
_WORD: Final = re.compile(r"[\w\u0300-\u036f]+")
_ESCAPE: Final = re.compile(r"(\\u[0-9a-f]{4})")


def lines(difference: Difference, paint: Paint = PLAIN, *, full: bool = False, nested: int = NESTED) -> list[str]:
    """Return one field that differs. Unless `full`, what is too long for a screen is left out, and counted.

    `nested` is how many characters are shown of a list or a mapping that is new.
    """
    name = disarmed(show(difference.pointer))
    before, after = difference.before, difference.after
    if difference.reordered:
        return [f"{name}: the order of its keys"]
    if isinstance(before, str) and isinstance(after, str):
        if max(len(before), len(after)) + 2 > _BESIDE:
            return [f"{name}:", *_texts(before, after, paint, full=full)]
        old, new = _both(before, after, PLAIN)
        return [f"{name}: {old} -> {new}"]
    if isinstance(before, list) and isinstance(after, list):
        return [f"{name}: {_items(before, after, full=full)}"]
    if isinstance(before, Absent):
        return [f"{name}: {_whole(after, nested, full=full)}"]
    return [f"{name}: {_side(before, full=full)} -> {_side(after, full=full)}"]


def _side(value: Json | Absent, *, full: bool) -> str:
    if isinstance(value, Absent):
        return "nothing"
    return short(value, _ENDLESS if full else _BESIDE)


def _whole(value: Json | Absent, nested: int, *, full: bool) -> str:
    """Return a value that was not there before, as long as a screen."""
    if isinstance(value, Absent):
        return "nothing"
    limit = _ENDLESS if full else _SCREEN if isinstance(value, str) else nested
    length = len(value) if isinstance(value, str) else len(json_text(value))
    # What is cut to a glance shows that by its end.
    left = f" ({length - limit:,} more characters: --full)" if length > limit > _BESIDE else ""
    return short(value, limit) + left


def _texts(before: str, after: str, paint: Paint, *, full: bool) -> Iterator[str]:
    if full or max(len(before), len(after)) <= _SCREEN:
        one, other = _both(before, after, paint)
        yield f"  - {one}"
        yield f"  + {other}"
        return
    old, new = tokens(before), tokens(after)
    places = list(changed(old, new))
    for at in places[:_PLACES]:
        yield f"  - {_stretch(old, at[0], at[1], paint, 'red')}"
        yield f"  + {_stretch(new, at[2], at[3], paint, 'green')}"
    if len(places) > _PLACES:
        yield f"  {len(places) - _PLACES} more places differ: --full"


def _both(before: str, after: str, paint: Paint) -> tuple[str, str]:
    """Return two texts whole, in quotes, with the differing words marked."""
    old, new = tokens(before), tokens(after)
    places = list(changed(old, new))
    one = _marked(old, [(at[0], at[1]) for at in places], paint, "red")
    other = _marked(new, [(at[2], at[3]) for at in places], paint, "green")
    return f'"{one}"', f'"{other}"'


def _marked(words: list[str], ranges: list[tuple[int, int]], paint: Paint, colour: str) -> str:
    at, pieces = 0, []
    for begin, end in ranges:
        pieces += [_inert(words[at:begin]), _painted(_revealed(words[begin:end]), paint, colour)]
        at = end
    return "".join([*pieces, _inert(words[at:])])


def _stretch(words: list[str], begin: int, end: int, paint: Paint, colour: str) -> str:
    """Return differing words with some before and after them."""
    first, last = max(begin - _CONTEXT, 0), min(end + _CONTEXT, len(words))
    inner = _revealed(words[begin:end])
    left = len(inner) - _STRETCH
    shown = inner if left <= 0 else f"{inner[: _STRETCH // 2]}...{inner[-_STRETCH // 2 :]}"
    text = _inert(words[first:begin]) + _painted(shown, paint, colour) + _inert(words[end:last])
    counted = f" ({left:,} more characters: --full)" if left > 0 else ""
    return f'{"..." if first else ""}"{text}"{"..." if last < len(words) else ""}{counted}'


def _painted(text: str, paint: Paint, colour: str) -> str:
    return paint(text, colour) if text else ""


def _inert(words: list[str]) -> str:
    return disarmed(quoted("".join(words), _ENDLESS)[1:-1])


def _revealed(words: list[str]) -> str:
    """Return differing words with an escape for each character that may look like another one.

    Letters of another script inside a Latin word, and marks that combine: both sides would look the same.
    """
    return disarmed("".join(_revealed_word(word) for word in words))


def _revealed_word(word: str) -> str:
    disclosed = word if word.isascii() else _disclosed_word(word)
    return _inert([disclosed]) if disclosed == word else "".join(map(_shown, _ESCAPE.split(disclosed)))


def _shown(piece: str) -> str:
    return piece if _ESCAPE.fullmatch(piece) else _inert([piece])


def _misleads(character: str, *, is_latin: bool) -> bool:
    if character.isascii():
        return False
    if character.isspace():
        return True
    name = unicodedata.name(character, "")
    # Marks of scripts that need them, such as Thai, have names of their own.
    return name.startswith("COMBINING ") or (is_latin and character.isalpha() and not name.startswith("LATIN"))


def _items(before: list[Json], after: list[Json], *, full: bool) -> str:
    """Return which items were added and removed, and whether the order of the others changed."""
    old, new = [json_text(item) for item in before], [json_text(item) for item in after]
    removed, added = Counter(old) - Counter(new), Counter(new) - Counter(old)
    moves = (("added", added), ("removed", removed))
    parts = [f"{word} {_some(list(items.elements()), full=full)}" for word, items in moves if items]
    if _without(old, removed) != _without(new, added):
        others = " of the others" if parts else f" of its items: {_some(old, full=full)} -> {_some(new, full=full)}"
        parts.append(f"changed the order{others}")
    return "; ".join(parts)


def _some(items: list[str], *, full: bool) -> str:
    most = len(items) if full else _ITEMS
    more = f" and {len(items) - most} more (--full)" if len(items) > most else ""
    shown = (safe(_disclosed(item), _ENDLESS if full else _BESIDE) for item in items[:most])
    return ", ".join(shown) + more


def _disclosed(text: str) -> str:
    """Return text with an escape for each letter of another script inside a Latin word."""
    return text if text.isascii() else _WORD.sub(lambda match: _disclosed_word(match[0]), text)


def _disclosed_word(word: str) -> str:
    is_latin = any(character.isascii() and character.isalpha() for character in word)
    pieces = (json.dumps(one)[1:-1] if _misleads(one, is_latin=is_latin) else one for one in word)
    return "".join(pieces)


def _without(items: list[str], left_out: Counter[str]) -> list[str]:
    left = Counter(left_out)
    kept = []
    for item in items:
        if left[item]:
            left[item] -= 1
        else:
            kept.append(item)
    return kept
