"""What is well and what is not: this machine, the database, what happens in it. Each finding says what to do."""

from collections.abc import Iterator
from pathlib import Path

from reconciler.core.errors import ToolregError
from reconciler.core.manifest.layout import REGISTRY_FILE
from reconciler.core.state.finding import Finding, Level
from reconciler.database.connection import Connection, reading
from reconciler.database.target import Target
from reconciler.desired.git.repository import is_installed
from reconciler.operating.doctor import machine, runtime, server
from reconciler.operating.doctor.finding import failed, looked


def examine(target: Target, registry: Path) -> Iterator[Finding]:
    """Yield what is found, as far as it can be seen. Starts the embedded server if there is one, but makes none."""
    yield machine.its_git()
    yield machine.its_registry(registry)
    if target.conninfo is None:
        yield from _embedded(target, registry)
    else:
        yield from _database(target)


def _embedded(target: Target, registry: Path) -> Iterator[Finding]:
    try:
        if target.was_never_used:
            yield Finding("connection", Level.WARNING, "there is no embedded server yet", _first_server(registry))
            return
        yield machine.its_disk(target.folder)
    except (ToolregError, OSError) as error:
        yield failed("disk", error)
    yield from _database(target)


def _first_server(registry: Path) -> str:
    """Return what makes a database for a registry, as far as the registry is there."""
    named = "name a database with --database URL or DATABASE_URL"
    if not (registry / REGISTRY_FILE).is_file():
        return f"each registry has one, and no registry is here; {named}"
    command = "toolreg apply" if is_installed() else "toolreg apply --worktree"
    return f"{command} makes it; or {named}"


def _database(target: Target) -> Iterator[Finding]:
    try:
        with target.opened() as connect, connect() as conn:
            yield server.connection(conn, target.place)
            with reading(conn):
                yield from _findings(conn)
    except (ToolregError, OSError) as error:
        yield failed("connection", error)


def _findings(conn: Connection) -> Iterator[Finding]:
    yield from looked(conn, "clock", server.clock)
    yield from looked(conn, "server", server.settings)
    yield from looked(conn, "roles", server.rights)
    # Whoever lacks rights sees nothing else.
    yield from looked(conn, "rights", server.listed_rights)
    schema = [*looked(conn, "migrations", server.migrations)]
    yield from schema
    if all(one.level is Level.OK for one in schema):
        yield from looked(conn, "partitions", runtime.partitions)
        yield from looked(conn, "rollup", runtime.rollup)
        yield from looked(conn, "maintenance", runtime.maintenance)
        yield from looked(conn, "integrity", runtime.integrity)
        yield from looked(conn, "history", runtime.history)
