"""The changes of an applied revision, for consumers of the change feed."""

from datetime import datetime
from typing import NamedTuple


class Position(NamedTuple):
    """The last revision read by a consumer; 0 before the first.

    A database restored from a backup can give the same number to another revision, with another `revision_id`. None
    before the first revision, and for a number unknown to the database.
    """

    revision: int
    revision_id: str | None = None


class Event(NamedTuple):
    """A changed resource: `action` is create, update, move or delete.

    If the changes after a position are not known, an event `reset` without a resource comes first, then an event
    `present` for each declared resource.
    """

    revision: int
    revision_id: str | None
    changed_at: datetime | None
    action: str
    kind: str | None
    name: str | None
    former_name: str | None
    entity_id: str | None
    digest: str | None
    manifest: str | None

    @property
    def position(self) -> Position:
        """The position after this revision."""
        return Position(self.revision, self.revision_id)
