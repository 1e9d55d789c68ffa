"""Checks this machine, the database and its runtime data. Each finding comes with advice."""

from collections.abc import Iterator
from pathlib import Path

from reconciler.core.errors import ToolregError
from reconciler.core.manifest.layout import REGISTRY_FILE
from reconciler.core.state.finding import Finding, FindingLevel
from reconciler.database.connection import Connection, reading
from reconciler.database.target import Target
from reconciler.desired.git.repository import is_installed
from reconciler.operating.doctor import machine, runtime, server
from reconciler.operating.doctor.finding import failed, looked


def examine(target: Target, registry: Path) -> Iterator[Finding]:
    """Yield the findings of all possible checks. Starts an existing embedded server, but makes none."""
    yield machine.its_git()
    yield machine.its_registry(registry)
    if target.conninfo is None:
        yield from _examine_embedded(target, registry)
    else:
        yield from _examine_database(target)


def _examine_embedded(target: Target, registry: Path) -> Iterator[Finding]:
    try:
        if target.was_never_used:
            yield Finding(
                "connection", FindingLevel.WARNING, "there is no embedded server yet", _advise_start(registry)
            )
            return
        yield machine.its_disk(target.folder)
    except (ToolregError, OSError) as error:
        yield failed("disk", error)
    yield from _examine_database(target)


def _advise_start(registry: Path) -> str:
    """Return the advice to make the first database of a registry, present or not."""
    named = "name a database with --database URL or DATABASE_URL"
    if not (registry / REGISTRY_FILE).is_file():
        return f"each registry has one, and no registry is here; {named}"
    command = "toolreg apply" if is_installed() else "toolreg apply --worktree"
    return f"{command} makes it; or {named}"


def _examine_database(target: Target) -> Iterator[Finding]:
    try:
        with target.opened() as connect, connect() as conn:
            yield server.connection(conn, target.place)
            with reading(conn):
                yield from _run_checks(conn)
    except (ToolregError, OSError) as error:
        yield failed("connection", error)


def _run_checks(conn: Connection) -> Iterator[Finding]:
    yield from looked(conn, "clock", server.clock)
    yield from looked(conn, "server", server.settings)
    yield from looked(conn, "roles", server.rights)
    # Before the migrations: a role without rights sees none of the rest.
    yield from looked(conn, "rights", server.listed_rights)
    schema = [*looked(conn, "migrations", server.migrations)]
    yield from schema
    if all(one.level is FindingLevel.OK for one in schema):
        yield from looked(conn, "partitions", runtime.partitions)
        yield from looked(conn, "rollup", runtime.rollup)
        yield from looked(conn, "maintenance", runtime.maintenance)
        yield from looked(conn, "integrity", runtime.integrity)
        yield from looked(conn, "history", runtime.history)
