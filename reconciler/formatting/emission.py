"""Writes a YAML text anew with ruamel.yaml, which keeps comments, quotes and the style of collections."""

import io
from typing import Any, Final

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.representer import RoundTripRepresenter

from reconciler.core.manifest.key_order import KeyOrder
from reconciler.formatting.nodes import read_nodes

# No line of a plain or quoted text is folded anew: a difference shows only changed lines.
_WIDTH: Final = 1 << 20


class _Representer(RoundTripRepresenter):
    """A representer that writes null, which ruamel.yaml leaves out."""

    def represent_null(self, _data: None) -> Any:  # noqa: ANN401  As ruamel.yaml has it.
        """Return the node of null."""
        return self.represent_scalar("tag:yaml.org,2002:null", "null")


_Representer.add_representer(type(None), _Representer.represent_null)


def rewrite(text: str, order: KeyOrder | None) -> str:
    """Return the text with usual indentation and spaces, and the keys inside braces in order."""
    yaml = make_yaml(offset=2)
    value = yaml.load(text)
    _order_flows(value, order)
    return _close_dashes(dump(yaml, value))


def make_yaml(offset: int) -> YAML:
    """Return a reader and writer that keeps a text; `offset` is the indentation of a dash below its key."""
    yaml = YAML(typ="rt")
    yaml.preserve_quotes = True
    yaml.width = _WIDTH
    yaml.Representer = _Representer
    yaml.indent(mapping=2, sequence=2 + offset, offset=offset)
    return yaml


def dump(yaml: YAML, value: Any) -> str:  # noqa: ANN401  A value of ruamel.yaml.
    """Return the text of a value."""
    stream = io.StringIO()
    yaml.dump(value, stream)
    return stream.getvalue()


def _order_flows(value: Any, order: KeyOrder | None) -> None:  # noqa: ANN401  A value of ruamel.yaml.
    """Order the keys of mappings in braces; lines of other mappings were moved before."""
    if order is None:
        return
    if isinstance(value, list):
        for item in value:
            _order_flows(item, order.each)
    elif isinstance(value, CommentedMap):
        for key, item in value.items():
            _order_flows(item, order.properties.get(key, order.each))
        if value.fa.flow_style():
            known = [key for key in order.properties if key in value]
            for key in (*known, *[key for key in value if key not in order.properties]):
                value.move_to_end(key)


def _close_dashes(text: str) -> str:
    """Return the text with `- - ` instead of `-   - ` for a list directly inside a list."""
    lines = text.split("\n")
    # Inner lists first: they come later in the text.
    for outer in reversed([*read_nodes(text).walk()]):
        for inner in reversed(outer.items if outer.is_block and not outer.is_mapping else []):
            if inner.is_block and not inner.is_mapping and lines[inner.line][outer.column : inner.column] == "-   ":
                for index in range(inner.line, inner.last_line + 1):
                    at = inner.column if index == inner.line else len(lines[index]) - len(lines[index].lstrip(" "))
                    lines[index] = lines[index][: max(0, at - 2)] + lines[index][at:]
    return "\n".join(lines)
