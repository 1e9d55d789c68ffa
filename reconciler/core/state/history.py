"""What an earlier revision declared."""

from datetime import datetime
from typing import Literal, NamedTuple

from reconciler.core.history.commit import Commit


class History(NamedTuple):
    """The content of revision `number`, as the database keeps it, and the commit that it came from.

    `contract` is the digest of the schemas that it was checked against.
    """

    number: int
    folder: str
    commit: Commit | None
    contract: str
    name: Literal["history"] = "history"


class Applied(NamedTuple):
    """An applied revision. `content` is where its content comes from: of a rollback, the revision that it restored."""

    number: int
    finished_at: datetime
    content: History
