"""Chooses the database of a command: a named database or the embedded server."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from reconciler.core.errors import ToolregError
from reconciler.database import embedded
from reconciler.database.connection import Connection, connect, name_database
from reconciler.database.embedded import upkeep
from reconciler.database.embedded.faults import explain_os_errors
from reconciler.database.migrate import migrate_database, read_storage

Connect = Callable[[], AbstractContextManager[Connection]]

# Variables by which libpq's environment names a server.
_LIBPQ: Final = ("PGHOST", "PGHOSTADDR", "PGSERVICE", "PGDATABASE")
_MIGRATION_TIMEOUT: Final = 60.0


@dataclass(frozen=True, slots=True)
class Target:
    """A database: `conninfo` for libpq, or None for the embedded server of the state folder.

    `origin` names the source of `conninfo` in messages.
    """

    conninfo: str | None
    folder: Path
    origin: str = "the database URL"

    @classmethod
    def choose(cls, option: str | None, registry: Path, environment: Mapping[str, str]) -> "Target":
        """Return the database named by the option, DATABASE_URL or PG*, in this order; else the embedded server.

        Raises ToolregError for an empty option or DATABASE_URL: a secret unknown to a CI is empty, and its caller did
        not mean the embedded server.
        """
        origin = "DATABASE_URL" if option is None else "--database"
        named = environment.get("DATABASE_URL") if option is None else option
        if named is not None and not named.strip():
            raise ToolregError(
                f"{origin} is set, but empty; give it the URL of a database, or unset it for the embedded server"
            )
        if named is None and any(environment.get(name) for name in _LIBPQ):
            named = ""
        return cls(named, embedded.choose_folder(registry, environment), origin)

    @property
    def place(self) -> str:
        """The name of the database in messages, without a password."""
        return "the embedded server" if self.conninfo is None else name_database(self.conninfo)

    @property
    def was_never_used(self) -> bool:
        """Whether this is a never started embedded server. Raises EmbeddedError if its folder is inaccessible."""
        with explain_os_errors(self.folder):
            return self.conninfo is None and not self.folder.exists()

    @contextmanager
    def open(self) -> Iterator[Connect]:
        """Yield a function that opens connections. The embedded server is migrated, and runs during the block."""
        if self.conninfo is not None:
            yield partial(connect, self.conninfo, self.origin)
            return
        with embedded.serve(self.folder) as conninfo:
            with connect(conninfo) as conn:
                if not read_storage(conn).is_current:
                    migrate_database(conn, _MIGRATION_TIMEOUT)
            yield partial(connect, conninfo)
            upkeep.begin_if_due(self.folder)
