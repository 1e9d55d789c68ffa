"""The changes of an applied revision, as a consumer of the change feed reads them."""

from datetime import datetime
from typing import NamedTuple


class Position(NamedTuple):
    """The last revision that a consumer has read; 0 before the first.

    `revision_id` reveals a database restored from a backup that has given the number to another revision since. None
    for a number given by a user, which is not checked in this way.
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
        """The position of a consumer that has read all events of this revision."""
        return Position(self.revision, self.revision_id)
