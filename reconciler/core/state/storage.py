"""The storage schema of a database, compared with the files of this toolreg."""

from typing import NamedTuple

from reconciler.core.errors import ToolregError
from reconciler.core.quote import quoted


class MigrationError(ToolregError):
    """The database cannot be migrated."""


class ReplicaError(ToolregError):
    """The registry of this database is a copy of that of another one. Apply to the other one."""


class NotMigratedError(ToolregError):
    """The storage schema of the database is not that of this toolreg. Run `toolreg migrate`."""


class Storage(NamedTuple):
    """The migrations of a database compared with the files of this toolreg, each list in order of migration.

    `subscription` is the name of the subscription to the registry of another database, None if not subscribed.
    """

    applied: tuple[str, ...]
    pending: tuple[str, ...]
    edited: tuple[str, ...]
    unknown: tuple[str, ...]
    api_is_current: bool
    subscription: str | None = None

    @property
    def is_current(self) -> bool:
        """Whether the storage schema and schema api match this toolreg."""
        return self.api_is_current and not (self.pending or self.edited or self.unknown)

    def require_current(self) -> None:
        """Raise the errors of `require_sound`, or NotMigratedError if a migration is pending or schema api outdated."""
        self.require_sound()
        if not self.is_current:
            what = f"{len(self.pending)} migrations are pending" if self.pending else "schema api is not up to date"
            raise NotMigratedError(f"the database is not ready: {what}. Run: toolreg migrate")

    def require_writable(self) -> None:
        """Raise the errors of `require_current`, or ReplicaError if the registry is a copy."""
        self.require_current()
        if self.subscription is not None:
            # A local row would collide with a replicated row still to come, and stop the subscription.
            raise ReplicaError(
                f"the subscription {quoted(self.subscription)} brings the registry of this database from another one."
                " Write to the other one; to make this one the registry, first: DROP SUBSCRIPTION"
            )

    def require_sound(self) -> None:
        """Raise MigrationError if files and database contradict each other."""
        if self.edited:
            raise MigrationError(
                f"{self.edited[0]}.sql was edited after it was applied. Restore it;"
                " to change the schema, add a migration"
            )
        if self.unknown:
            raise MigrationError(
                f"the database has {self.unknown[0]}, which this toolreg does not know. Install a newer one"
            )
