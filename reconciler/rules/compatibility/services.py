"""Finds the tools of changed services that demand more of their callers: a new scope, or another proof.

Costs nothing unless a service changed in this way. Then every file of a tool is read, and parsed if it may name the
service.
"""

from collections.abc import Collection, Iterable, Iterator
from typing import Final, NamedTuple

from reconciler.core.compatibility.authentication import Demand, demand_of, describe_increase
from reconciler.core.compatibility.report import ContractFinding
from reconciler.core.manifest.contract import Contract
from reconciler.core.manifest.layout import Entry, is_manifest, parse_plural, parse_ref
from reconciler.core.manifest.resource import Manifest, Ref
from reconciler.core.pointer import Json, Pointer
from reconciler.desired.load import load_manifests
from reconciler.desired.source import Source

_SERVICE: Final[Pointer] = ("spec", "service")
_MOST_SHOWN: Final = 20


class Increase(NamedTuple):
    """A change of a service by which its callers have to prove more."""

    before: Demand
    after: Demand
    message: str


def find_increases(pairs: Iterable[tuple[Manifest, Manifest]]) -> dict[Ref, Increase]:
    """Return the changed resources whose authentication demands more, of pairs of a resource before and after."""
    increases = {}
    for before, after in pairs:
        old, new = (manifest.value["spec"].get("auth") for manifest in (before, after))
        if old is not None and new is not None:
            one, other = demand_of(old), demand_of(new)
            if (message := describe_increase(one, other)) is not None:
                increases[after.ref] = Increase(one, other, message)
    return increases


def find_unchanged_tools(
    source: Source, changed: Collection[str], services: Collection[Ref], contract: Contract
) -> list[Manifest]:
    """Return the tools of services, sorted, except for those in `changed` files."""
    entries = [entry for entry in _list_tools(source, contract) if entry.path not in changed]
    words = [service.name.encode() for service in services]
    # Without its letters, a name can only be spelt with a backslash escape (YAML 1.2.2, 5.7).
    naming = [
        entry
        for entry, (_, data) in zip(entries, source.read(entries), strict=True)
        if b"\\" in data or any(word in data for word in words)
    ]
    return sorted(
        (tool for tool in load_manifests(source, naming, contract).manifests if service_of(tool) in services),
        key=lambda tool: tool.ref,
    )


def service_of(tool: Manifest) -> Ref | None:
    """Return the service of a tool."""
    return next((reference.target for reference in tool.references if reference.pointer == _SERVICE), None)


def list_tool_names(source: Source, contract: Contract) -> set[str]:
    """Return the names of all tools, from their files."""
    resources = (parse_ref(entry.inside, contract) for entry in _list_tools(source, contract))
    return {resource.name for resource in resources if resource}


def make_findings(tool: Manifest, increases: dict[Ref, Increase]) -> Iterator[ContractFinding]:
    """Yield the finding about a tool whose service demands more."""
    service = service_of(tool)
    if service in increases:
        before, after, message = increases[service]
        text = f"the service {service.name} demands more: {message}"
        yield ContractFinding(
            "contract-auth", "warning", "tool", _SERVICE, _show_demand(before), _show_demand(after), text
        )


def _show_demand(demand: Demand) -> Json:
    scopes: list[Json] = [*sorted(demand.scopes)[:_MOST_SHOWN]]
    return {"type": demand.type, "scopes": scopes}


def _list_tools(source: Source, contract: Contract) -> list[Entry]:
    """Return the files of resources of kinds with JSON Schemas of their own: tools."""
    folders = {kind.plural for kind in contract.kinds.values() if kind.schemas}
    entries = (entry for entry in source.list_entries() if parse_plural(entry.inside) in folders)
    return [entry for entry in entries if is_manifest(entry, contract)]
