"""Formats one manifest. The result is read again: it has the same value and comments, or the file is left alone."""

from collections import Counter
from collections.abc import Sequence
from typing import Final, NamedTuple

from reconciler.core.json_text import to_json_text
from reconciler.core.manifest.key_order import KeyOrder, arrange
from reconciler.core.quote import quoted
from reconciler.core.yaml.document import Document, parse_yaml
from reconciler.core.yaml.problem import YamlProblem
from reconciler.formatting.comments import put_back, take_out
from reconciler.formatting.nodes import list_comments, read_nodes
from reconciler.formatting.ordering import order_blocks

_MOST_PASSES: Final = 4


class Unformatted(NamedTuple):
    """The reason to leave a file alone, and the problems of its YAML."""

    why: str
    problems: Sequence[YamlProblem] = ()


def format_manifest(data: bytes, order: KeyOrder | None) -> str | Unformatted:
    """Return the canonical text of a manifest: another run changes nothing."""
    document = parse_yaml(data)
    if not isinstance(document, Document):
        return Unformatted("it is no YAML that is read here", document)
    text = data.decode().replace("\r\n", "\n").replace("\r", "\n").removesuffix("\n") + "\n"
    wanted = (to_json_text(arrange(document.value, order)), _list_comments(text))
    for _ in range(_MOST_PASSES):
        result = _format_once(text, order)
        if isinstance(result, Unformatted):
            return result
        if (_read(result), _list_comments(result)) != wanted:
            return Unformatted(_tell_difference(wanted[1], _list_comments(result)))
        if result == text:
            return result
        text = result
    return Unformatted("each formatting changes it again")


def _format_once(text: str, order: KeyOrder | None) -> str | Unformatted:
    # ruamel.yaml takes 60 ms to import, and most commands format nothing.
    from reconciler.formatting.emission import rewrite  # noqa: PLC0415

    try:
        # Aligned first: below a block scalar that moved, a comment that is indented deeper would be text.
        aligned = put_back(*take_out(text))
        bare, remarks = take_out(order_blocks(aligned, order))
        return put_back(rewrite(bare, order), remarks)
    except Exception as error:  # noqa: BLE001  ruamel.yaml raises errors of many types for texts that it cannot keep.
        return Unformatted(f"ruamel.yaml cannot keep it ({type(error).__name__})")


def _read(text: str) -> str | None:
    document = parse_yaml(text.encode())
    return to_json_text(document.value) if isinstance(document, Document) else None


def _list_comments(text: str) -> list[str]:
    return sorted(comment.text for comment in list_comments(text, read_nodes(text)))


def _tell_difference(before: Sequence[str], after: Sequence[str]) -> str:
    lost = [*(Counter(before) - Counter(after))]
    if lost:
        return f"the comment {quoted(lost[0])} would be lost; put it on a line of its own, above its key"
    return "its values would not stay the same; write the long texts in block style"
