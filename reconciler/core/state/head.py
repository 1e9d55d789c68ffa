"""The revision that is applied now."""

from typing import NamedTuple

from reconciler.core.manifest.resource import Manifest


class Head(NamedTuple):
    """The revision that is applied now, and what the next one is judged by.

    `contract` is the digest of the schemas that it was checked against. `left_undeleted` counts what --no-delete left.
    `registry` is the registry.yaml in force, None where none was recorded yet. `base_commit` is the commit that was
    applied last, by revision `base_number`; it differs from `commit` after a rollback, when `is_rolled_back`.
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


class Seen(NamedTuple):
    """The revision that was applied when an attempt began, before it waited for the lock."""

    head: Head | None

    def is_overtaken_by(self, head: Head | None) -> bool:
        """Whether another writer applied a revision since."""
        return head is not None and (self.head is None or self.head.number != head.number)
