"""Takes the definition of a tool as an MCP server publishes it (Model Context Protocol 2025-11-25, Tool)."""

from typing import Any, Final, NamedTuple

from reconciler.core.errors import ToolregError
from reconciler.core.quote import quoted
from reconciler.core.yaml.document import Document, parse_yaml

_SAME: Final = ("inputSchema", "outputSchema", "annotations", "icons", "execution")


class NoDefinition(ToolregError):
    """A file holds no definition of a tool."""


class Definition(NamedTuple):
    """Parts of a manifest taken from a definition. `left_out` are keys without a place in a manifest."""

    metadata: dict[str, Any]
    spec: dict[str, Any]
    left_out: tuple[str, ...]


def read_definition(data: bytes, file: str, name: str) -> Definition:
    """Return the parts of a manifest in a JSON or YAML file: a tool, or the answer to `tools/list` with this tool."""
    document = parse_yaml(data)
    if not isinstance(document, Document):
        flaw = document[0]
        raise NoDefinition(f"{file}:{flaw.line}:{flaw.column}: {flaw.message}")
    tool = _choose_tool(document.value, file, name)
    if not isinstance(tool, dict) or not isinstance(tool.get("inputSchema"), dict):
        raise NoDefinition(f"{file} holds no MCP tool; expected an object with name, description and inputSchema")
    metadata = {key: tool[key] for key in ("title", "description") if tool.get(key)}
    spec = {key: tool[key] for key in _SAME if key in tool}
    published = tool.get("name")
    if isinstance(published, str) and published and published != name:
        spec["toolName"] = published
    if "_meta" in tool:
        spec["meta"] = tool["_meta"]
    known = {*_SAME, "name", "title", "description", "_meta"}
    return Definition(metadata, spec, tuple(key for key in tool if key not in known))


def _choose_tool(value: Any, file: str, name: str) -> Any:  # noqa: ANN401  A stranger's JSON.
    """Return the tool of this name from a list of tools, or the value itself."""
    if isinstance(value, dict) and isinstance(value.get("result"), dict):
        value = value["result"]
    tools = value.get("tools") if isinstance(value, dict) else value
    if not isinstance(tools, list):
        return value
    named = {tool["name"]: tool for tool in tools if isinstance(tool, dict) and isinstance(tool.get("name"), str)}
    folded = {key.lower(): tool for key, tool in named.items()}
    if name not in named and name not in folded:
        raise NoDefinition(f"{file} has no tool {quoted(name)}; it has {', '.join(map(quoted, sorted(named)[:12]))}")
    return named.get(name, folded.get(name))
