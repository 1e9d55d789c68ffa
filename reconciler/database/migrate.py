"""Brings a database to the current storage schema, rebuilds schema `api` when its files changed, and sets rights.

yoyo finds, orders and runs the migrations. By itself, yoyo commits a migration and its mark apart, keeps its lock in a
row that outlives a kill, and ignores edited files. Therefore all steps run in one transaction of toolreg, under a lock
that ends with the transaction, with a checksum of each file.
"""

import hashlib
import json
import re
from collections.abc import Iterator
from functools import lru_cache
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any, Final, NamedTuple

from reconciler.assets import SQL, list_scripts, load_query
from reconciler.core.state.storage import MigrationError, Storage
from reconciler.database.connection import Connection, explain_missing_rights, translate_errors
from reconciler.database.rights import require_owner, settle_rights
from reconciler.database.rows import StatementRow, read_row, read_rows
from reconciler.database.writer import hold_migration_lock

_OBJECT: Final = re.compile(r"\b(?:api|internal)\.\w+")


class _StateRow(NamedTuple):
    migrated: bool
    api_comment: str | None
    api_objects: list[str]
    has_internal: bool
    subscription: str | None


class _ChecksumRow(NamedTuple):
    migration_id: str
    sha256: str


class _StrangerRow(NamedTuple):
    name: str
    how: str


def read_storage(conn: Connection) -> Storage:
    """Compare the storage schema of the database with the files."""
    files = {path.stem: _hash_file(path) for path in list_scripts("migrations")}
    with explain_missing_rights(conn, "toolreg_reader", "toolreg_agent", "toolreg_reconciler"):
        state = _read_state(conn)
        applied = dict(read_rows(conn, _ChecksumRow, load_query("database/checksums"))) if state.migrated else {}
    return Storage(
        applied=tuple(name for name in files if name in applied),
        pending=tuple(name for name in files if name not in applied),
        edited=tuple(name for name, sha256 in files.items() if applied.get(name, sha256) != sha256),
        unknown=tuple(name for name in applied if name not in files),
        api_is_current=_is_current(_Api.of(state.api_comment), state.api_objects),
        subscription=state.subscription,
    )


def migrate_database(conn: Connection, lock_timeout: float) -> list[str]:
    """Apply all pending steps in one transaction; return their names, none for a current database.

    A new database also gets the tables for the calls of the first days.
    Roles and rights that differ from sql/rights.sql are repaired.
    """
    _require_utf8(conn)
    with translate_errors():
        # Before the lock: its table belongs to the same owner.
        require_owner(conn)
    with translate_errors(), hold_migration_lock(conn, lock_timeout):
        now = read_storage(conn)
        now.require_sound()
        if now.pending:
            # Migrations name roles, which are missing on a new server or after a restore to another server.
            settle_rights(conn)
            conn.execute((SQL / "migrate" / "bookkeeping.sql").read_bytes())
            _run_migrations(conn, set(now.pending))
        if not now.api_is_current:
            _rebuild_api(conn)
        if not now.applied:
            conn.execute((SQL / "migrate" / "first_days.sql").read_bytes())
        settled = settle_rights(conn)
    rights = ["rights"] if settled and now.is_current else []
    return [*now.pending, *([] if now.api_is_current else ["api"]), *rights]


def _read_state(conn: Connection) -> _StateRow:
    return read_row(conn, _StateRow, load_query("database/bookkeeping_exists"))


def _require_utf8(conn: Connection) -> None:
    encoding = conn.info.parameter_status("server_encoding")
    if encoding != "UTF8":
        raise MigrationError(
            f"the encoding of the database is {encoding}, which lacks characters that manifests may have."
            " Make one with: CREATE DATABASE tools ENCODING 'UTF8' TEMPLATE template0"
        )


def _run_migrations(conn: Connection, pending: set[str]) -> None:
    # Imported late: yoyo takes longer to import than all else here, and most commands find no pending migration.
    from yoyo import internalmigrations, read_migrations  # noqa: PLC0415

    conn.execute(load_query("database/enter_bookkeeping"))
    backend = _make_backend(conn)
    internalmigrations.upgrade(backend)
    for migration in backend.to_apply(read_migrations(str(SQL / "migrations"))):
        if migration.id not in pending:
            continue
        migration.load()
        if not migration.use_transactions:
            raise MigrationError(f"{migration.id} is not transactional; all migrations run in one transaction")
        migration.process_steps(backend, "apply")
        backend.mark_one(migration, log=False)
        sha256 = _hash_file(Path(migration.path))
        conn.execute(load_query("database/record_checksum"), {"migration_id": migration.id, "sha256": sha256})
    conn.execute(load_query("database/leave_bookkeeping"))


def _make_backend(conn: Connection) -> Any:  # noqa: ANN401  yoyo ships no types.
    """Make yoyo's backend on a connection with an open transaction: the transactions of yoyo become savepoints."""
    from yoyo.backends.core.postgresql import PostgresqlPsycopgBackend  # noqa: PLC0415
    from yoyo.connections import parse_uri  # noqa: PLC0415

    class InOneTransaction(PostgresqlPsycopgBackend):  # type: ignore[misc]
        _in_transaction = True
        _internal_schema_updated = True

        def connect(self, _: object) -> Connection:
            return conn

    return InOneTransaction(parse_uri("postgresql+psycopg:///"), "_yoyo_migrations")


def _rebuild_api(conn: Connection) -> None:
    state = _read_state(conn)
    ours = list(_Api.of(state.api_comment).objects)
    if state.has_internal and not any(name.startswith("internal.") for name in ours):
        raise MigrationError("there is a schema internal that is not ours. Drop or rename it, and migrate again")
    strangers = read_rows(conn, _StrangerRow, load_query("database/api_strangers"), {"ours": ours}).fetchall()
    if strangers:
        name, how = strangers[0]
        more = f" (and {len(strangers) - 1} more)" if len(strangers) > 1 else ""
        raise MigrationError(f"{name} {how}{more}, which is rebuilt as a whole. Drop or move it, and migrate again")
    conn.execute((SQL / "migrate" / "clear_api.sql").read_bytes())
    files = _list_api_files()
    for name in _sort_by_dependency(files):
        conn.execute(files[name].read_bytes())
    comment = json.dumps({"digest": _hash_api(), "objects": sorted(files)})
    row = read_row(conn, StatementRow, load_query("database/describe_api"), {"comment": comment})
    conn.execute(row.statement.encode())


def _list_api_files() -> dict[str, Path]:
    """Return the file of each object in the schemas api and internal, keyed by qualified name."""
    return {f"{schema}.{path.stem}": path for schema in ("api", "internal") for path in list_scripts(schema)}


def _sort_by_dependency(files: dict[str, Path]) -> Iterator[str]:
    """Yield each object after the objects that its file names outside of comments and string literals."""
    needs = {
        name: sorted(({*_OBJECT.findall(_extract_code(path.read_text("utf-8")))} & files.keys()) - {name})
        for name, path in files.items()
    }
    return iter(TopologicalSorter(needs).static_order())


def _extract_code(statements: str) -> str:
    return re.sub(r"--[^\n]*|'(?:[^']|'')*'", "", statements)


class _Api(NamedTuple):
    """The comment on schema api: the digest of its sources and the names of its objects."""

    digest: str | None
    objects: tuple[str, ...]

    @classmethod
    def of(cls, comment: str | None) -> "_Api":
        try:
            content = json.loads(comment or "{}")
        except ValueError:
            content = {}
        known = content if isinstance(content, dict) else {}
        objects = known.get("objects")
        names = [name for name in objects if isinstance(name, str)] if isinstance(objects, list) else []
        # Names without a schema are older than schema internal: all objects were in api.
        return cls(known.get("digest"), tuple(name if "." in name else f"api.{name}" for name in names))


def _is_current(api: _Api, there: list[str]) -> bool:
    return api.digest == _hash_api() and set(api.objects) <= set(there)


def _hash_api() -> str:
    files = [*list_scripts("api"), *list_scripts("internal"), *list_scripts("migrate")]
    return hashlib.sha256(b"".join(f"{path.name} {_hash_file(path)}\n".encode() for path in files)).hexdigest()


def _hash_file(path: Path) -> str:
    status = path.stat()
    return _hash_file_version(path, status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=1000)
def _hash_file_version(path: Path, _changed_at: int, _size: int) -> str:
    """Return the digest of a file, cached because an apply reads the storage twice."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
