"""Checks this machine, the database and its runtime data. Each finding comes with advice."""

from collections.abc import Iterator
from pathlib import Path

from reconciler.core.errors import ToolregError
from reconciler.core.manifest.layout import REGISTRY_FILE
from reconciler.core.state.finding import Finding, FindingLevel
from reconciler.database.connection import Connection, begin_snapshot
from reconciler.database.target import Target
from reconciler.desired.git.repository import is_installed
from reconciler.operating.doctor import machine, runtime, server
from reconciler.operating.doctor.finding import make_failed_finding, run_check


def examine(target: Target, registry: Path) -> Iterator[Finding]:
    """Yield the findings of all possible checks. Starts an existing embedded server, but makes none."""
    yield machine.check_git()
    yield machine.check_registry(registry)
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
        yield machine.check_disk(target.folder)
    except (ToolregError, OSError) as error:
        yield make_failed_finding("disk", error)
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
        with target.open() as connect, connect() as conn:
            yield server.check_connection(conn, target.place)
            with begin_snapshot(conn):
                yield from _run_checks(conn)
    except (ToolregError, OSError) as error:
        yield make_failed_finding("connection", error)


def _run_checks(conn: Connection) -> Iterator[Finding]:
    yield from run_check(conn, "clock", server.check_clock)
    yield from run_check(conn, "server", server.check_settings)
    yield from run_check(conn, "roles", server.check_rights)
    # Before the migrations: a role without rights sees none of the rest.
    yield from run_check(conn, "rights", server.check_listed_rights)
    schema = [*run_check(conn, "migrations", server.check_migrations)]
    yield from schema
    if all(one.level is FindingLevel.OK for one in schema):
        yield from run_check(conn, "partitions", runtime.check_partitions)
        yield from run_check(conn, "rollup", runtime.check_rollup)
        yield from run_check(conn, "maintenance", runtime.check_maintenance)
        yield from run_check(conn, "integrity", runtime.check_integrity)
        yield from run_check(conn, "history", runtime.check_history)
