"""Which database a command works on: the one it was told, or the embedded server."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from reconciler.core.errors import ToolregError
from reconciler.database import embedded
from reconciler.database.connection import Connection, connect, place
from reconciler.database.embedded.faults import explained
from reconciler.database.migrate import migrate, storage

Connect = Callable[[], AbstractContextManager[Connection]]

# Any of these means that libpq's environment names a server.
_LIBPQ: Final = ("PGHOST", "PGHOSTADDR", "PGSERVICE", "PGDATABASE")
_MIGRATION_TIMEOUT: Final = 60.0


@dataclass(frozen=True, slots=True)
class Target:
    """A database: `conninfo` for libpq, or None for the embedded server of the state folder.

    `origin` says where `conninfo` comes from, for messages.
    """

    conninfo: str | None
    folder: Path
    origin: str = "the database URL"

    @classmethod
    def chosen(cls, option: str | None, registry: Path, environment: Mapping[str, str]) -> "Target":
        """Return the database named by the option, DATABASE_URL or PG*, in this order; else the embedded one.

        Raises ToolregError where DATABASE_URL is empty: whoever set it did not mean the embedded server.
        """
        named = option or environment.get("DATABASE_URL")
        if named is not None and not named.strip():
            raise ToolregError("DATABASE_URL is set, but empty; give it the URL of a database, or unset it")
        if named is None and any(environment.get(name) for name in _LIBPQ):
            named = ""
        origin = "--database" if option else "DATABASE_URL"
        return cls(named, embedded.folder_for(registry, environment), origin)

    @property
    def place(self) -> str:
        """What to call it in a message; never with a password."""
        return "the embedded server" if self.conninfo is None else place(self.conninfo)

    @property
    def was_never_used(self) -> bool:
        """Whether it is an embedded server that was never started. Raises EmbeddedError where that cannot be seen."""
        with explained(self.folder):
            return self.conninfo is None and not self.folder.exists()

    @contextmanager
    def opened(self) -> Iterator[Connect]:
        """Yield what opens a connection. The embedded server runs meanwhile, and is migrated."""
        if self.conninfo is not None:
            yield partial(connect, self.conninfo, self.origin)
            return
        with embedded.serve(self.folder) as conninfo:
            with connect(conninfo) as conn:
                if not storage(conn).is_current:
                    migrate(conn, _MIGRATION_TIMEOUT)
            yield partial(connect, conninfo)
