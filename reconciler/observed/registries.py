"""Reads the registries of a database, and the references between them."""

from collections.abc import Collection, Iterable
from typing import NamedTuple

from reconciler.assets import load_query
from reconciler.core.manifest.resource import Ref
from reconciler.core.state.registry_name import RegistryName
from reconciler.database.connection import Connection
from reconciler.database.rows import read_rows
from reconciler.observed.rows import format_refs


class _NameRow(NamedTuple):
    name: str


class RegistryHead(NamedTuple):
    """A registry of the database, and its applied revision."""

    name: str
    number: int


class UseElsewhere(NamedTuple):
    """A resource of another registry that names `target`."""

    source: Ref
    registry: str
    target: Ref


class _UseElsewhereRow(NamedTuple):
    kind: str
    name: str
    registry: str
    target_kind: str
    target_name: str


class _ElsewhereRow(NamedTuple):
    kind: str
    name: str
    registry: str


def find_registry(conn: Connection, name: str, former: str | None) -> RegistryName:
    """Return the name of a registry with its name in the database, which may be the former name."""
    parameters = {"name": name, "former": former}
    row = read_rows(conn, _NameRow, load_query("observed/registry_name"), parameters).fetchone()
    return RegistryName(name, row.name if row else name)


def list_heads(conn: Connection) -> list[RegistryHead]:
    """Return the registries of the database by name, each with its applied revision."""
    return read_rows(conn, RegistryHead, load_query("observed/heads")).fetchall()


def find_elsewhere(conn: Connection, refs: Collection[Ref], registry: str) -> dict[Ref, str]:
    """Return the resources of other registries with these names, and their registries."""
    parameters = {"refs": format_refs(refs), "registry": registry}
    rows = read_rows(conn, _ElsewhereRow, load_query("observed/elsewhere"), parameters)
    return {Ref(row.kind, row.name): row.registry for row in rows}


def find_uses_elsewhere(conn: Connection, refs: Iterable[Ref], registry: str) -> list[UseElsewhere]:
    """Return the resources of other registries that name these."""
    parameters = {"refs": format_refs(refs), "registry": registry}
    return [
        UseElsewhere(Ref(row.kind, row.name), row.registry, Ref(row.target_kind, row.target_name))
        for row in read_rows(conn, _UseElsewhereRow, load_query("observed/uses_elsewhere"), parameters)
    ]
