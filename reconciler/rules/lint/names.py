"""Names of tools, as APIs of models accept them."""

import re
from collections.abc import Iterator
from typing import Final

from reconciler.core.pointer import Pointer
from reconciler.core.quote import quoted
from reconciler.rules.lint.content import ManifestContent
from reconciler.rules.lint.remark import LintRemark

# OpenAI: function calling, `name`. Anthropic: tool use, `name`. Amazon Bedrock: ToolSpecification, `name`.
_ACCEPTED: Final = {
    "OpenAI": re.compile(r"[a-zA-Z0-9_-]{1,64}"),
    "Anthropic": re.compile(r"[a-zA-Z0-9_-]{1,128}"),
    "Bedrock": re.compile(r"[a-zA-Z][a-zA-Z0-9_-]{0,63}"),
}
# A name that all three accept, which is most of them.
_ACCEPTED_BY_ALL: Final = _ACCEPTED["Bedrock"]
# MCP 2026-07-28, Tool Names; SEP-986 as first adopted also allowed a slash.
_PUBLISHABLE: Final = re.compile(r"[A-Za-z0-9_./-]{1,128}")
_REFUSED: Final = re.compile(r"[^a-zA-Z0-9_-]")
_LONGEST: Final = 64

TOOL_NAME: Final[Pointer] = ("spec", "toolName")
NAME: Final[Pointer] = ("metadata", "name")


def called_name(content: ManifestContent) -> tuple[str, Pointer] | None:
    """Return the name by which models call a tool, and its place; None without a name."""
    given = content.spec.get("toolName")
    if isinstance(given, str) and given:
        return given, TOOL_NAME
    name = content.metadata.get("name")
    return (name, NAME) if isinstance(name, str) and name else None


def check_name(content: ManifestContent) -> Iterator[LintRemark]:
    """Yield a remark for a name that an API of models refuses: an error unless MCP allows the name."""
    called = called_name(content)
    if called is None or _ACCEPTED_BY_ALL.fullmatch(called[0]):
        return
    name, place = called
    refusing = [provider for provider, accepted in _ACCEPTED.items() if not accepted.fullmatch(name)]
    message = (
        f"{' and '.join([', '.join(refusing[:-1]), refusing[-1]] if refusing[1:] else refusing)}"
        f" {'refuse' if refusing[1:] else 'refuses'} the name {quoted(name)}; {_explain(name)}"
    )
    yield LintRemark(place, "provider-name" if _PUBLISHABLE.fullmatch(name) else "refused-name", message)


def map_name(name: str) -> str:
    """Return a name as clients map it for an API: `_` for each refused character, at most 64 characters."""
    return _REFUSED.sub("_", name)[:_LONGEST]


def _explain(name: str) -> str:
    if refused := sorted(set(_REFUSED.findall(name))):
        shown = ", ".join(quoted(character) for character in refused[:5])
        return f"it has {shown}: write letters, digits, _ and -"
    if len(name) > _LONGEST:
        return f"it has {len(name)} characters: write at most {_LONGEST}"
    return "it does not begin with a letter: put one first"
