"""The declared content of an earlier revision."""

from datetime import datetime
from typing import Literal, NamedTuple

from reconciler.core.history.commit import Commit


class History(NamedTuple):
    """The content of revision `number`, as kept in the database, and the commit of origin.

    `contract` is the digest of the schemas that checked the manifests. The database knows the environment of the
    revision.
    """

    number: int
    folder: str
    commit: Commit | None
    contract: str
    name: Literal["history"] = "history"
    environment: None = None


class Applied(NamedTuple):
    """An applied revision. `content` is the origin of its content: for a rollback, the restored revision.

    `registry` is the name of its registry, None if unknown.
    """

    number: int
    finished_at: datetime
    content: History
    registry: str | None = None
