"""Fields that differ, as people read them: values on one line, long texts by their differing words, lists by items."""

import json
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


def lines(difference: Difference, paint: Paint = PLAIN, *, full: bool = False, nested: int = NESTED) -> list[str]:
    """Return one field that differs. Unless `full`, what is too long for a screen is left out, and counted.

    `nested` is how many characters are shown of a list or a mapping that is new.
    """
    name = disarmed(show(difference.pointer))
    before, after = difference.before, difference.after
    if difference.reordered:
        return [f"{name}: the order of its keys"]
    if isinstance(before, str) and isinstance(after, str) and max(len(before), len(after)) + 2 > _BESIDE:
        return [f"{name}:", *_texts(before, after, paint, full=full)]
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
    old, new = tokens(before), tokens(after)
    places = list(changed(old, new))
    if full or max(len(before), len(after)) <= _SCREEN:
        olds = [(at[0], at[1]) for at in places]
        news = [(at[2], at[3]) for at in places]
        yield f'  - "{_marked(old, olds, paint, "red")}"'
        yield f'  + "{_marked(new, news, paint, "green")}"'
        return
    for at in places[:_PLACES]:
        yield f"  - {_stretch(old, at[0], at[1], paint, 'red')}"
        yield f"  + {_stretch(new, at[2], at[3], paint, 'green')}"
    if len(places) > _PLACES:
        yield f"  {len(places) - _PLACES} more places differ: --full"


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
    if word.isascii():
        return _inert([word])
    is_latin = any(character.isascii() and character.isalpha() for character in word)
    pieces = (
        json.dumps(character)[1:-1] if _misleads(character, is_latin=is_latin) else _inert([character])
        for character in word
    )
    return "".join(pieces)


def _misleads(character: str, *, is_latin: bool) -> bool:
    if character.isascii():
        return False
    if unicodedata.combining(character) or character.isspace():
        return True
    return is_latin and character.isalpha() and not unicodedata.name(character, "").startswith("LATIN")


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
    return ", ".join(safe(item, _ENDLESS if full else _BESIDE) for item in items[:most]) + more


def _without(items: list[str], left_out: Counter[str]) -> list[str]:
    left = Counter(left_out)
    kept = []
    for item in items:
        if left[item]:
            left[item] -= 1
        else:
            kept.append(item)
    return kept
