"""Writes a new value into a YAML text. Unchanged values keep their spelling, and comments stay where possible."""

import json
from collections import Counter
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from reconciler.core.pointer import Json
from reconciler.core.yaml.document import Document, parse_yaml
from reconciler.formatting.nodes import list_comments, read_nodes

_USUAL_OFFSET: Final = 2


class Revised(NamedTuple):
    """The revised text, and the comments that it lost."""

    text: str
    lost: Sequence[str]


def revise(text: str, old: Json, new: Json) -> Revised | None:
    """Return the text of `old` with the value `new`; None if ruamel.yaml cannot write this value into the text."""
    # ruamel.yaml takes 60 ms to import, and most commands revise nothing.
    from reconciler.formatting.emission import dump, make_yaml  # noqa: PLC0415

    try:
        yaml = make_yaml(_find_offset(text))
        result = dump(yaml, _merge(yaml.load(text), old, new))
    except Exception:  # noqa: BLE001  ruamel.yaml raises errors of many types for texts that it cannot keep.
        return None
    document = parse_yaml(result.encode("utf-8", "surrogatepass"))
    if not isinstance(document, Document) or not are_same(document.value, new):
        return None
    return Revised(result, [*(_count_comments(text) - _count_comments(result))])


def are_same(one: Json, other: Json) -> bool:
    """Whether two values are the same, regardless of the order of keys; 1, 1.0 and true differ."""
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


def _find_offset(text: str) -> int:
    """Return the indentation of dashes below their key, as in the first list of a text."""
    for node in read_nodes(text).walk():
        for value in node.items[1::2] if node.is_mapping and node.is_block else ():
            if value.is_block and not value.is_mapping:
                return value.column - node.column
    return _USUAL_OFFSET


def _count_comments(text: str) -> Counter[str]:
    return Counter(comment.text for comment in list_comments(text, read_nodes(text)))


def _merge(written: Any, old: Json, new: Json) -> Any:  # noqa: ANN401  Values of ruamel.yaml.
    """Return a value of ruamel.yaml with the content `new`, made from that of `old`."""
    if are_same(old, new):
        return written
    if isinstance(old, dict) and isinstance(new, dict):
        for key in old.keys() - new.keys():
            del written[key]
        for key, item in new.items():
            written[key] = _merge(written[key], old[key], item) if key in old else _convert(item)
        return written
    if isinstance(old, list) and isinstance(new, list):
        for index, (before, after) in enumerate(zip(old, new, strict=False)):
            written[index] = _merge(written[index], before, after)
        del written[len(new) :]
        written.extend(map(_convert, new[len(old) :]))
        return written
    return _convert(new)


def _convert(value: Json) -> Any:  # noqa: ANN401  As above.
    from ruamel.yaml.scalarstring import LiteralScalarString  # noqa: PLC0415  As above.

    if isinstance(value, dict):
        return {key: _convert(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_convert(item) for item in value]
    return LiteralScalarString(value) if isinstance(value, str) and "\n" in value.strip("\n") else value
