"""Brings a database to the current storage schema, rebuilds schema `api` when its files changed, and sets rights.

yoyo finds, orders and runs the migrations. It would commit a migration and its mark apart, keep its lock in a row that
outlives a kill, and not notice an edit. So everything here happens in one transaction of ours, under a lock that dies
with it, with a checksum of each file.
"""

import hashlib
import json
import re
from collections.abc import Iterator
from functools import lru_cache
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any, Final, NamedTuple

from reconciler.assets import SQL, query, scripts
from reconciler.core.state.storage import MigrationError, Storage
from reconciler.database.connection import Connection, as_member, translated
from reconciler.database.rights import require_owner, settle
from reconciler.database.writer import migrating

_OBJECT: Final = re.compile(r"\b(?:api|internal)\.\w+")


def storage(conn: Connection) -> Storage:
    """Return how the database stands to the files."""
    files = {path.stem: _sha256(path) for path in scripts("migrations")}
    with as_member(conn, "toolreg_reader", "toolreg_agent", "toolreg_reconciler"):
        found = conn.execute(query("database/bookkeeping_exists")).fetchone()
        applied = dict(conn.execute(query("database/checksums")).fetchall()) if found and found.migrated else {}
    return Storage(
        applied=tuple(name for name in files if name in applied),
        pending=tuple(name for name in files if name not in applied),
        edited=tuple(name for name, sha256 in files.items() if applied.get(name, sha256) != sha256),
        unknown=tuple(name for name in applied if name not in files),
        api_is_current=found is not None and _is_current(_Api.of(found.api_comment), found.api_objects),
        subscription=found.subscription if found else None,
    )


def migrate(conn: Connection, lock_timeout: float) -> list[str]:
    """Apply what is pending, in one transaction; return it. Does nothing where nothing is pending.

    A new database gets the tables for the calls of the first days, too.
    Roles and rights are made those of sql/rights.sql wherever they differ.
    """
    _require_utf8(conn)
    with translated():
        # Before the lock, which is another one's table then.
        require_owner(conn)
    with translated(), migrating(conn, lock_timeout):
        now = storage(conn)
        now.require_sound()
        if now.pending:
            # Migrations name roles, which a new server lacks, or one that the database was restored to.
            settle(conn)
            conn.execute((SQL / "migrate" / "bookkeeping.sql").read_bytes())
            _run_migrations(conn, set(now.pending))
        if not now.api_is_current:
            _rebuild_api(conn)
        if not now.applied:
            conn.execute((SQL / "migrate" / "first_days.sql").read_bytes())
        settled = settle(conn)
    rights = ["rights"] if settled and now.is_current else []
    return [*now.pending, *([] if now.api_is_current else ["api"]), *rights]


def _require_utf8(conn: Connection) -> None:
    encoding = conn.info.parameter_status("server_encoding")
    if encoding != "UTF8":
        raise MigrationError(
            f"the encoding of the database is {encoding}, which lacks characters that manifests may have."
            " Make one with: CREATE DATABASE tools ENCODING 'UTF8' TEMPLATE template0"
        )


def _run_migrations(conn: Connection, pending: set[str]) -> None:
    # It takes longer to import than everything else here; most commands find nothing pending.
    from yoyo import internalmigrations, read_migrations  # noqa: PLC0415

    conn.execute(query("database/enter_bookkeeping"))
    backend = _backend(conn)
    internalmigrations.upgrade(backend)
    for migration in backend.to_apply(read_migrations(str(SQL / "migrations"))):
        if migration.id not in pending:
            continue
        migration.load()
        if not migration.use_transactions:
            raise MigrationError(f"{migration.id} is not transactional; all migrations run in one transaction")
        migration.process_steps(backend, "apply")
        backend.mark_one(migration, log=False)
        sha256 = _sha256(Path(migration.path))
        conn.execute(query("database/record_checksum"), {"migration_id": migration.id, "sha256": sha256})
    conn.execute(query("database/leave_bookkeeping"))


def _backend(conn: Connection) -> Any:  # noqa: ANN401  yoyo ships no types.
    """Return yoyo's backend on a connection with an open transaction: its own ones become savepoints in it."""
    from yoyo.backends.core.postgresql import PostgresqlPsycopgBackend  # noqa: PLC0415
    from yoyo.connections import parse_uri  # noqa: PLC0415

    class InOneTransaction(PostgresqlPsycopgBackend):  # type: ignore[misc]
        _in_transaction = True
        _internal_schema_updated = True

        def connect(self, _: object) -> Connection:
            return conn

    return InOneTransaction(parse_uri("postgresql+psycopg:///"), "_yoyo_migrations")


def _rebuild_api(conn: Connection) -> None:
    found = conn.execute(query("database/bookkeeping_exists")).fetchone()
    ours = list(_Api.of(found.api_comment if found else None).objects)
    if found and found.has_internal and not any(name.startswith("internal.") for name in ours):
        raise MigrationError("there is a schema internal that is not ours. Drop or rename it, and migrate again")
    strangers = conn.execute(query("database/api_strangers"), {"ours": ours}).fetchall()
    if strangers:
        name, how = strangers[0]
        more = f" (and {len(strangers) - 1} more)" if len(strangers) > 1 else ""
        raise MigrationError(f"{name} {how}{more}, which is rebuilt as a whole. Drop or move it, and migrate again")
    conn.execute((SQL / "migrate" / "clear_api.sql").read_bytes())
    files = _api_files()
    for name in _in_order_of_need(files):
        conn.execute(files[name].read_bytes())
    comment = json.dumps({"digest": _api_digest(), "objects": sorted(files)})
    statement = conn.execute(query("database/describe_api"), {"comment": comment}).fetchone()
    if statement:
        conn.execute(statement.statement.encode())


def _api_files() -> dict[str, Path]:
    """Return the file of each object of the schemas api and internal, by its name in the database."""
    return {f"{schema}.{path.stem}": path for schema in ("api", "internal") for path in scripts(schema)}


def _in_order_of_need(files: dict[str, Path]) -> Iterator[str]:
    """Yield the objects so that each comes after those that its file names, not counting comments and texts."""
    needs = {
        name: sorted(({*_OBJECT.findall(_code(path.read_text("utf-8")))} & files.keys()) - {name})
        for name, path in files.items()
    }
    return iter(TopologicalSorter(needs).static_order())


def _code(statements: str) -> str:
    return re.sub(r"--[^\n]*|'(?:[^']|'')*'", "", statements)


class _Api(NamedTuple):
    """What the comment of schema api says that it was built from, and of which objects it consists."""

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
        # Before there was a schema internal, all of them stood in api.
        return cls(known.get("digest"), tuple(name if "." in name else f"api.{name}" for name in names))


def _is_current(api: _Api, there: list[str]) -> bool:
    return api.digest == _api_digest() and set(api.objects) <= set(there)


def _api_digest() -> str:
    files = [*scripts("api"), *scripts("internal"), *scripts("migrate")]
    return hashlib.sha256(b"".join(f"{path.name} {_sha256(path)}\n".encode() for path in files)).hexdigest()


def _sha256(path: Path) -> str:
    status = path.stat()
    return _digest(path, status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=1000)
def _digest(path: Path, _changed_at: int, _size: int) -> str:
    """Return the digest of a file. An apply looks at the storage twice."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
