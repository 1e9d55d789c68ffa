"""Takes comments and blank lines out of a text, and puts them back beside the same entries of the rewritten text.

ruamel.yaml keeps most comments itself, but loses or misplaces some, such as a comment indented unlike its entry.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator
from enum import Enum
from functools import partial
from typing import NamedTuple

from reconciler.formatting.nodes import YamlComment, YamlNode, list_comments, read_nodes

_Place = tuple[int, int]
"""A line and a column."""


class CommentPlace(Enum):
    """The place of a comment: on lines above or below an entry, or at the end of the line of a node."""

    ABOVE = "above"
    BELOW = "below"
    BESIDE = "beside"


class PlacedComment(NamedTuple):
    """A comment, or a blank line (an empty text), and the number of its entry, or of its node for BESIDE."""

    side: CommentPlace
    owner: int
    text: str


class _Entry(NamedTuple):
    """A key with its value or an item, in block style: its first and last line, and the column of its key or dash."""

    line: int
    column: int
    last_line: int


def take_out(text: str) -> tuple[str, list[PlacedComment]]:
    """Return the text without comments and blank lines, and these in the order of the text."""
    root = read_nodes(text)
    lines = text.split("\n")
    nodes, entries = [*root.walk()], _list_entries(root, lines)
    written = {comment.line: comment for comment in list_comments(text, root)}
    inside = {line for node in nodes if node.text is not None for line in range(node.line + 1, node.last_line + 1)}
    remark_of = partial(_make_remark, nodes=nodes, entries=entries, flows=_list_flows(root), cache={})
    remarks: list[PlacedComment] = []
    kept: list[str] = []
    blanks = False
    for number, line in enumerate(lines):
        comment = written.get(number)
        if comment is None and (line.strip() or number in inside):
            remarks += [_make_blank(number, entries)] if blanks else []
            blanks = False
            kept.append(line)
        elif comment is None:
            blanks = bool(kept or remarks)
        else:
            remark = remark_of(comment, line)
            remarks += [remark._replace(text="")] if blanks else []
            remarks.append(remark)
            blanks = False
            kept += [] if comment.is_alone else [line[: comment.column].rstrip()]
    return "\n".join(kept) + "\n", remarks


def put_back(text: str, remarks: Iterable[PlacedComment]) -> str:
    """Return the text with comments and blank lines."""
    root = read_nodes(text)
    lines = text.rstrip("\n").split("\n")
    nodes, entries = [*root.walk()], _list_entries(root, lines)
    indents = {entry.line: entry.column for entry in reversed(entries)}
    above: dict[int, list[str]] = defaultdict(list)
    below: dict[int, list[str]] = defaultdict(list)
    for remark in remarks:
        if remark.side is CommentPlace.BESIDE:
            node = nodes[remark.owner]
            line = node.line if text[node.start] in "|>" else node.last_line
            lines[line] += f"  {remark.text}"
        else:
            entry = entries[remark.owner]
            is_above = remark.side is CommentPlace.ABOVE
            place = above[entry.line] if is_above else below[entry.last_line]
            # The first key of an item stands after the dash: the comment goes above the dash.
            indent = indents[entry.line] if is_above else entry.column
            place.append(f"{' ' * indent}{remark.text}".rstrip())
    parts = ([*above[number], line, *below[number]] for number, line in enumerate(lines))
    return "\n".join(line for part in parts for line in part) + "\n"


def _list_entries(root: YamlNode, lines: list[str]) -> list[_Entry]:
    entries = sorted(entry for node in root.walk() if node.is_block for entry in _list_own_entries(node, lines))
    return entries or [_Entry(root.line, 0, root.last_line)]


def _list_own_entries(node: YamlNode, lines: list[str]) -> Iterator[_Entry]:
    if not node.is_mapping:
        for item in node.items:
            yield _Entry(_find_dash(item.line, node.column, lines), node.column, item.last_line)
        return
    for key, value in zip(node.items[::2], node.items[1::2], strict=True):
        yield _Entry(key.line, node.column, max(key.last_line, value.last_line))


def _find_dash(line: int, column: int, lines: list[str]) -> int:
    """Return the line of the dash of an item: comments may stand between."""
    while line and (lines[line][:column].strip("- ") or lines[line][column : column + 1] != "-"):
        line -= 1
    return line


def _make_blank(line: int, entries: list[_Entry]) -> PlacedComment:
    """Return a blank line above the content of a line."""
    return PlacedComment(CommentPlace.ABOVE, min(_find_following(line - 1, entries), len(entries) - 1), "")


def _make_remark(
    comment: YamlComment,
    line: str,
    nodes: list[YamlNode],
    entries: list[_Entry],
    flows: list[YamlNode],
    cache: dict[_Place, int],
) -> PlacedComment:
    """Return a comment with its owner. `cache` holds the owners of comments in the same gap."""
    place = (comment.line, comment.column)
    flow = flows[bisect_right(flows, place, key=_place_of) - 1] if flows else None
    if flow and _place_of(flow) < place and comment.line < flow.last_line:
        # Lines inside braces are joined: the comment moves above the whole entry.
        return PlacedComment(CommentPlace.ABOVE, max(0, _find_following(flow.line, entries) - 1), comment.text)
    if line[: comment.column].strip("- "):
        return PlacedComment(CommentPlace.BESIDE, bisect_right(nodes, place, key=_place_of) - 1, comment.text)
    following = _find_following(comment.line, entries)
    if following < len(entries) and comment.column <= entries[following].column:
        return PlacedComment(CommentPlace.ABOVE, following, comment.text)
    gap = (following, comment.column)
    if gap not in cache:
        owners = (number for number in reversed(range(following)) if entries[number].column <= comment.column)
        cache[gap] = next(owners, 0)
    return PlacedComment(CommentPlace.BELOW, cache[gap], comment.text)


def _place_of(node: YamlNode) -> _Place:
    return node.line, node.column


def _list_flows(root: YamlNode) -> list[YamlNode]:
    """Return the outermost collections in braces or brackets that take several lines."""
    flows: list[YamlNode] = []
    for node in root.walk():
        is_flow = node.text is None and not node.is_block and node.last_line > node.line
        if is_flow and not (flows and node.end <= flows[-1].end):
            flows.append(node)
    return flows


def _find_following(line: int, entries: list[_Entry]) -> int:
    """Return the number of the first entry below a line."""
    return bisect_right(entries, line, key=lambda entry: entry.line)
