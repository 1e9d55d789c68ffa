"""Puts the entries of block mappings into canonical order, by moving whole lines: a comment moves with its entry."""

from collections.abc import Iterator
from typing import NamedTuple

from reconciler.core.manifest.key_order import KeyOrder
from reconciler.formatting.nodes import YamlNode, list_comments, read_nodes


class _Entry(NamedTuple):
    """The lines of an entry of a block mapping: comments above from `first`, its key on `key_line`, until `end`."""

    key: str
    first: int
    key_line: int
    end: int


def order_blocks(text: str, order: KeyOrder | None) -> str:
    """Return the text with the entries of its block mappings in order."""
    root = read_nodes(text)
    lines = text.split("\n")
    alone = {comment.line for comment in list_comments(text, root) if comment.is_alone}
    for node, keys in _list_ordered(root, order):
        if node.is_block and node.items and _starts_lines(node, lines):
            _order_entries(node, [*keys.properties], lines, alone, is_root=node is root)
    return "\n".join(lines)


def _list_ordered(node: YamlNode, order: KeyOrder | None) -> Iterator[tuple[YamlNode, KeyOrder]]:
    """Yield each mapping that has an order, inner mappings first."""
    if order is None:
        return
    if not node.is_mapping:
        for item in node.items:
            yield from _list_ordered(item, order.each)
        return
    for key, value in zip(node.items[::2], node.items[1::2], strict=True):
        yield from _list_ordered(value, order.properties.get(key.text or "", order.each))
    yield node, order


def _starts_lines(node: YamlNode, lines: list[str]) -> bool:
    """Whether each key begins a line, after dashes for the first; a key after `?` does not."""
    first, *others = node.items[::2]
    return not lines[first.line][: first.column].strip("- ") and all(
        key.column == first.column and not lines[key.line][: key.column].strip() for key in others
    )


def _order_entries(node: YamlNode, known: list[str], lines: list[str], alone: set[int], *, is_root: bool) -> None:
    entries = _list_entries(node, lines, alone, is_root=is_root)
    ranks = {key: rank for rank, key in enumerate(known)}
    ordered = sorted(entries, key=lambda entry: ranks.get(entry.key, len(ranks)))
    if ordered == entries:
        return
    column = node.column
    dashes = lines[entries[0].key_line][:column]
    moved = {entry: lines[entry.first : entry.end] for entry in entries}
    top = moved[entries[0]]
    top[entries[0].key_line - entries[0].first] = " " * column + top[entries[0].key_line - entries[0].first][column:]
    first = ordered[0]
    above, content = _split_entry(moved[first], first)
    content[0] = dashes + content[0][column:]
    if dashes.strip():
        # Comments stand above the dash of their item.
        above = [" " * dashes.index("-") + line.lstrip() if line.strip() else line for line in above]
    moved[first] = [*above, *content]
    lines[entries[0].first : entries[-1].end] = [line for entry in ordered for line in moved[entry]]


def _split_entry(own: list[str], entry: _Entry) -> tuple[list[str], list[str]]:
    above = entry.key_line - entry.first
    return own[:above], own[above:]


def _list_entries(node: YamlNode, lines: list[str], alone: set[int], *, is_root: bool) -> list[_Entry]:
    entries: list[_Entry] = []
    end = -1
    for key, value in zip(node.items[::2], node.items[1::2], strict=True):
        first = end if entries else _find_top(key, lines, alone, is_root=is_root)
        last = max(key.last_line, value.last_line) + 1
        end = _skip_deeper(last, node.column, lines, alone)
        entries.append(_Entry(key.text or "", first, key.line, end))
    # Comments after the last entry close the mapping, and stay at its end.
    return entries


def _find_top(key: YamlNode, lines: list[str], alone: set[int], *, is_root: bool) -> int:
    """Return the first line of the comments above the first key; those at the top of a file stay there."""
    first = key.line
    if is_root or lines[key.line][: key.column].strip():
        return first
    while first - 1 in alone or (first and not lines[first - 1].strip()):
        first -= 1
    return first


def _skip_deeper(line: int, column: int, lines: list[str], alone: set[int]) -> int:
    """Return the line after the comments that are indented deeper than the mapping."""
    end = line
    while line in alone or (line < len(lines) - 1 and not lines[line].strip()):
        line += 1
        if line - 1 in alone:
            if len(lines[line - 1]) - len(lines[line - 1].lstrip()) <= column:
                return end
            end = line
    return end
