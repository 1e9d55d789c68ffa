"""Which database a command works on: the one it was told, or the embedded server."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from reconciler import embedded
from reconciler.database import Connection, connect
from reconciler.migrate import migrate, storage

Connect = Callable[[], AbstractContextManager[Connection]]

# Any of these means that libpq's environment names a server.
_LIBPQ: Final = ("PGHOST", "PGHOSTADDR", "PGSERVICE", "PGDATABASE")
_MIGRATION_TIMEOUT: Final = 60.0


@dataclass(frozen=True, slots=True)
class Target:
    """A database: `conninfo` for libpq, or None for the embedded server of the state folder."""

    conninfo: str | None
    folder: Path

    @classmethod
    def chosen(cls, option: str | None, registry: Path, environment: Mapping[str, str]) -> "Target":
        """Return the database named by the option, DATABASE_URL or PG*, in this order; else the embedded one."""
        named = option or environment.get("DATABASE_URL") or None
        if named is None and any(environment.get(name) for name in _LIBPQ):
            named = ""
        return cls(named, embedded.folder_for(registry, environment))

    @contextmanager
    def opened(self) -> Iterator[Connect]:
        """Yield what opens a connection. The embedded server runs meanwhile, and is migrated."""
        if self.conninfo is not None:
            yield partial(connect, self.conninfo)
            return
        with embedded.serve(self.folder) as conninfo:
            with connect(conninfo) as conn:
                if not storage(conn).is_current:
                    migrate(conn, _MIGRATION_TIMEOUT)
            yield partial(connect, conninfo)
