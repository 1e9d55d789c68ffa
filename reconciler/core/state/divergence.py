"""A drifted resource, with all known details."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from reconciler.core.difference import Difference
from reconciler.core.state.drift import Drifted


class HandChange(NamedTuple):
    """A change of a row by one role outside of applying: insert, update or delete."""

    at: datetime
    role: str
    action: str


class Divergence(NamedTuple):
    """A drifted resource, with all known details.

    `differences` lead from the applied manifest to the row; None if the row holds no manifest any more. `hand_changes`
    are the last changes since the apply, newest first, of `changes` in total; without any, `touched_at` still gives the
    time at which the row was written. `applied_at`, `commit` and `author` belong to the revision that declared the
    resource.
    """

    drifted: Drifted
    differences: Sequence[Difference] | None
    hand_changes: Sequence[HandChange]
    changes: int
    touched_at: datetime | None
    applied_at: datetime | None
    commit: str | None
    author: str | None
