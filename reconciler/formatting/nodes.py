"""The nodes of a YAML text with their places, and its comments. Reads texts that the reader of manifests accepts."""

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

from yaml.events import CollectionEndEvent, CollectionStartEvent, MappingStartEvent, ScalarEvent

from reconciler.core.yaml.events import index_of, place_of, read_events

_COMMENT: Final = re.compile(r"(?:^|(?<=\s))#[^\n]*", re.MULTILINE)
# A comment may stand after the indicators of a block scalar (YAML 1.2.2, 8.1.1).
_HEADER: Final = re.compile(r"[|>][-+0-9]*[ \t]+(#[^\n]*)")


@dataclass(slots=True)
class YamlNode:
    """A value or key. Lines and columns count from 0; `last_line` is the last line with content of the node.

    In a mapping, keys and values alternate in `items`.
    """

    start: int
    line: int
    column: int
    is_mapping: bool = False
    is_block: bool = False
    text: str | None = None
    end: int = 0
    last_line: int = 0
    items: list["YamlNode"] = field(default_factory=list)

    def walk(self) -> Iterator["YamlNode"]:
        """Yield the node and all nodes inside, in the order of the text."""
        stack = [self]
        while stack:
            node = stack.pop()
            yield node
            stack += reversed(node.items)


def read_nodes(text: str) -> YamlNode:
    """Return the root of a text."""
    above: list[YamlNode] = []
    root: YamlNode | None = None
    for event in read_events(text.encode()):
        if isinstance(event, ScalarEvent | CollectionStartEvent):
            node = _make_node(event, text)
            if above:
                above[-1].items.append(node)
            root = root or node
            if isinstance(event, CollectionStartEvent):
                above.append(node)
        elif isinstance(event, CollectionEndEvent):
            node = above.pop()
            node.end = index_of(event.end_mark)
            inside = max((item.last_line for item in node.items), default=node.line)
            node.last_line = inside if node.is_block else max(inside, place_of(event.end_mark)[0] - 1)
    if root is None:
        raise ValueError
    return root


def _make_node(event: ScalarEvent | CollectionStartEvent, text: str) -> YamlNode:
    line, column = place_of(event.start_mark)
    node = YamlNode(index_of(event.start_mark), line - 1, column - 1, isinstance(event, MappingStartEvent))
    if isinstance(event, CollectionStartEvent):
        node.is_block = not event.flow_style
        return node
    node.text = event.value
    node.end = _find_end(text, node.start, index_of(event.end_mark), event.style or "")
    node.last_line = node.line + text.count("\n", node.start, max(node.start, node.end - 1))
    return node


def _find_end(text: str, start: int, end: int, style: str) -> int:
    """Return the end of a scalar, without blank lines after a block scalar that belong to nobody."""
    is_kept = style not in ("|", ">") or "+" in text[start : text.find("\n", start)]
    return end if is_kept else start + len(text[start:end].rstrip(" \t\n")) + 1


@dataclass(frozen=True, slots=True)
class YamlComment:
    """A comment with its place. `is_alone`: nothing else stands on the line."""

    line: int
    column: int
    text: str
    is_alone: bool


def list_comments(text: str, root: YamlNode) -> list[YamlComment]:
    """Return the comments of a text in order."""
    scalars = [node for node in root.walk() if node.text is not None]
    ends = [(0, 0), *((node.start, node.end) for node in scalars), (len(text), len(text))]
    starts = [match.start() for (_, end), (start, _) in pairwise(ends) for match in _COMMENT.finditer(text, end, start)]
    starts += [match.start(1) for node in scalars if (match := _HEADER.match(text, node.start))]
    begins = [0, *(match.end() for match in re.finditer("\n", text))]
    return [_make_comment(text, start, begins) for start in sorted(starts)]


def _make_comment(text: str, start: int, begins: list[int]) -> YamlComment:
    line = bisect_right(begins, start) - 1
    begin = begins[line]
    end = text.find("\n", start)
    written = text[start : end if end >= 0 else len(text)].rstrip()
    return YamlComment(line, start - begin, written, not text[begin:start].strip())
