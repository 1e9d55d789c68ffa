"""Finds the registry of a source among the registries of the database."""

from reconciler.core.manifest.resource import Manifest
from reconciler.core.state.registry_name import RegistryName
from reconciler.database.connection import Connection
from reconciler.observed import registries


def find_registry(conn: Connection, file: Manifest | None) -> RegistryName | None:
    """Return the name of the registry of a registry.yaml, None without a valid one."""
    return registries.find_registry(conn, file.ref.name, file.moved_from) if file else None
