"""The currently applied revision."""

from typing import NamedTuple

from reconciler.core.manifest.resource import Manifest


class Head(NamedTuple):
    """The currently applied revision, against which the next revision is judged.

    `contract` is the digest of the schemas that checked its manifests. `left_undeleted` counts the resources kept
    by --no-delete. `registry` is the registry.yaml in force, None if none was recorded yet. `base_commit` is the
    commit applied last, by revision `base_number`; it differs from `commit` after a rollback, when `is_rolled_back`.
    `environment` is the environment whose patches the content includes, None for the manifests as written.
    """

    number: int
    source: str
    folder: str
    commit: str | None
    contract: str | None
    plan_digest: str | None
    left_undeleted: int
    registry: Manifest | None
    base_number: int | None
    base_commit: str | None
    is_rolled_back: bool
    environment: str | None = None


class Seen(NamedTuple):
    """The revision applied at the start of an attempt, before the wait for the lock."""

    head: Head | None

    def is_overtaken_by(self, head: Head | None) -> bool:
        """Whether another writer has applied a revision since."""
        return head is not None and (self.head is None or self.head.number != head.number)
