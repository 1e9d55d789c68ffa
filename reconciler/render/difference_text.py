"""Renders changed fields for people: values on one line, long texts by changed words, lists by items."""

import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from typing import Final

from reconciler.core.difference import Absent, Difference
from reconciler.core.json_text import to_json_text
from reconciler.core.masking import mask_difference, mask_value
from reconciler.core.pointer import Json, Pointer, format_pointer
from reconciler.core.quote import quoted
from reconciler.core.words import find_changed_ranges, split_words
from reconciler.render.terminal import PLAIN, Paint, disarmed, safe, short

# Longest value, in characters, shown on one line with its other side.
_BESIDE: Final = 60
# A screenful, in characters: longest text and longest nested value shown whole.
_SCREEN: Final = 1500
NESTED: Final = 500
# Words of context around a stretch of changed words, and characters of the stretch itself; omissions are counted.
_CONTEXT: Final = 12
_STRETCH: Final = 600
_PLACES: Final = 10
_ITEMS: Final = 20
_ENDLESS: Final = 1 << 30
_WORD: Final = re.compile(r"[\w\u0300-\u036f]+")
_ESCAPE: Final = re.compile(r"(\\u[0-9a-f]{4})")


def render_field(difference: Difference, paint: Paint = PLAIN, *, full: bool = False) -> list[str]:
    """Return the lines of one changed field. Without `full`, text beyond a screen is omitted and counted."""
    name = disarmed(format_pointer(difference.pointer))
    shown = mask_difference(difference)
    before, after = shown.before, shown.after
    if shown is not difference and before == after and not difference.reordered:
        return [f"{name}: {_format_side(before, full=full)}, another one than before"]
    if difference.reordered:
        items = "items" if difference.is_set else "keys"
        return [f"{name}: the order of its {items}"]
    if isinstance(before, str) and isinstance(after, str):
        if max(len(before), len(after)) + 2 > _BESIDE:
            return [f"{name}:", *_compare_texts(before, after, paint, full=full)]
        old, new = _mark_both(before, after, PLAIN)
        return [f"{name}: {old} -> {new}"]
    if isinstance(before, list) and isinstance(after, list):
        return [_compare_items(shown, before, after, full=full)]
    if isinstance(before, Absent):
        return [f"{name}: added {_format_part(after, NESTED, full=full)}"]
    if isinstance(after, Absent):
        return [f"{name}: removed {_format_side(before, full=full)}"]
    return [f"{name}: {_format_side(before, full=full)} -> {_format_side(after, full=full)}"]


def render_part(pointer: Pointer, value: Json, *, full: bool = False, nested: int = NESTED) -> str:
    """Return the line of a field of a new or deleted resource. `nested`: the characters shown of a list or mapping."""
    return f"{disarmed(format_pointer(pointer))}: {_format_part(mask_value(value, pointer), nested, full=full)}"


def _format_side(value: Json | Absent, *, full: bool) -> str:
    return "absent" if isinstance(value, Absent) else short(value, _ENDLESS if full else _BESIDE)


def _format_part(value: Json | Absent, nested: int, *, full: bool) -> str:
    """Return an added value, cut to a screen unless `full`."""
    if isinstance(value, Absent):
        return "absent"
    limit = _ENDLESS if full else _SCREEN if isinstance(value, str) else nested
    length = len(value) if isinstance(value, str) else len(to_json_text(value))
    # A value cut to at most _BESIDE characters ends in an ellipsis instead.
    left = f" ({length - limit:,} more characters: --full)" if length > limit > _BESIDE else ""
    return short(value, limit) + left


def _compare_texts(before: str, after: str, paint: Paint, *, full: bool) -> Iterator[str]:
    if full or max(len(before), len(after)) <= _SCREEN:
        one, other = _mark_both(before, after, paint)
        yield f"  - {one}"
        yield f"  + {other}"
        return
    old, new = split_words(before), split_words(after)
    places = list(find_changed_ranges(old, new))
    for at in places[:_PLACES]:
        yield f"  - {_format_stretch(old, at[0], at[1], paint, 'red')}"
        yield f"  + {_format_stretch(new, at[2], at[3], paint, 'green')}"
    if len(places) > _PLACES:
        yield f"  {len(places) - _PLACES} more places differ: --full"


def _mark_both(before: str, after: str, paint: Paint) -> tuple[str, str]:
    """Return two texts whole, in quotes, with the changed words marked."""
    old, new = split_words(before), split_words(after)
    places = list(find_changed_ranges(old, new))
    one = _mark_ranges(old, [(at[0], at[1]) for at in places], paint, "red")
    other = _mark_ranges(new, [(at[2], at[3]) for at in places], paint, "green")
    return f'"{one}"', f'"{other}"'


def _mark_ranges(words: list[str], ranges: list[tuple[int, int]], paint: Paint, colour: str) -> str:
    at, pieces = 0, []
    for begin, end in ranges:
        pieces += [_quote_words(words[at:begin]), _paint_text(_reveal_words(words[begin:end]), paint, colour)]
        at = end
    return "".join([*pieces, _quote_words(words[at:])])


def _format_stretch(words: list[str], begin: int, end: int, paint: Paint, colour: str) -> str:
    """Return changed words with their context."""
    first, last = max(begin - _CONTEXT, 0), min(end + _CONTEXT, len(words))
    inner = _reveal_words(words[begin:end])
    left = len(inner) - _STRETCH
    shown = inner if left <= 0 else f"{inner[: _STRETCH // 2]}...{inner[-_STRETCH // 2 :]}"
    text = _quote_words(words[first:begin]) + _paint_text(shown, paint, colour) + _quote_words(words[end:last])
    counted = f" ({left:,} more characters: --full)" if left > 0 else ""
    return f'{"..." if first else ""}"{text}"{"..." if last < len(words) else ""}{counted}'


def _paint_text(text: str, paint: Paint, colour: str) -> str:
    return paint(text, colour) if text else ""


def _quote_words(words: list[str]) -> str:
    return disarmed(quoted("".join(words), _ENDLESS)[1:-1])


def _reveal_words(words: list[str]) -> str:
    """Return changed words with an escape for each character easily mistaken for another.

    Letters of another script inside a Latin word, and combining marks: both sides would look the same.
    """
    return disarmed("".join(_reveal_word(word) for word in words))


def _reveal_word(word: str) -> str:
    disclosed = word if word.isascii() else _escape_word(word)
    return _quote_words([disclosed]) if disclosed == word else "".join(map(_quote_piece, _ESCAPE.split(disclosed)))


def _quote_piece(piece: str) -> str:
    return piece if _ESCAPE.fullmatch(piece) else _quote_words([piece])


def _is_misleading(character: str, *, is_latin: bool) -> bool:
    if character.isascii():
        return False
    if character.isspace():
        return True
    name = unicodedata.name(character, "")
    # The marks of Thai and similar scripts have other names: THAI CHARACTER ...
    return name.startswith("COMBINING ") or (is_latin and character.isalpha() and not name.startswith("LATIN"))


def _compare_items(difference: Difference, before: list[Json], after: list[Json], *, full: bool) -> str:
    """Describe added and removed items, and a changed order of the others. A single item has its index."""
    name = disarmed(format_pointer(difference.pointer))
    old, new = [to_json_text(item) for item in before], [to_json_text(item) for item in after]
    removed, added = Counter(old) - Counter(new), Counter(new) - Counter(old)
    is_reordered = not difference.is_set and _remove_items(old, removed) != _remove_items(new, added)
    if removed.total() + added.total() == 1 and not is_reordered:
        item = _list_items([*added, *removed], full=full)
        if added:
            return f"{name}[{_find_last(new, *added)}]: added {item}"
        return f"{name}[{_find_last(old, *removed)}]: removed {item}"
    moves = (("added", added), ("removed", removed))
    parts = [f"{word} {_list_items(list(items.elements()), full=full)}" for word, items in moves if items]
    if is_reordered:
        others = (
            " of the others"
            if parts
            else f" of its items: {_list_items(old, full=full)} -> {_list_items(new, full=full)}"
        )
        parts.append(f"changed the order{others}")
    return f"{name}: {'; '.join(parts)}"


def _find_last(items: list[str], item: str) -> int:
    return len(items) - 1 - items[::-1].index(item)


def _list_items(items: list[str], *, full: bool) -> str:
    most = len(items) if full else _ITEMS
    more = f" and {len(items) - most} more (--full)" if len(items) > most else ""
    shown = (safe(_escape_text(item), _ENDLESS if full else _BESIDE) for item in items[:most])
    return ", ".join(shown) + more


def _escape_text(text: str) -> str:
    """Return text with an escape for each letter of another script inside a Latin word."""
    return text if text.isascii() else _WORD.sub(lambda match: _escape_word(match[0]), text)


def _escape_word(word: str) -> str:
    is_latin = any(character.isascii() and character.isalpha() for character in word)
    pieces = (json.dumps(one)[1:-1] if _is_misleading(one, is_latin=is_latin) else one for one in word)
    return "".join(pieces)


def _remove_items(items: list[str], left_out: Counter[str]) -> list[str]:
    left = Counter(left_out)
    kept = []
    for item in items:
        if left[item]:
            left[item] -= 1
        else:
            kept.append(item)
    return kept
