"""One resource that is not as it was applied, with everything that is known of it."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from reconciler.core.difference import Difference
from reconciler.core.state.drift import Drifted


class HandChange(NamedTuple):
    """What one role did to a row outside of applying: insert, update or delete."""

    at: datetime
    role: str
    action: str


class Divergence(NamedTuple):
    """One resource that is not as it was applied, with everything that is known of it.

    `differences` lead from what was applied to what is there; None where that is no manifest any more. `hand_changes`
    are the last ones since, the newest first, of `changes` in all; without any, `touched_at` still says when the row
    was written. `applied_at` is the time of the revision that declared it; `commit` and `author` are those of that
    revision.
    """

    drifted: Drifted
    differences: Sequence[Difference] | None
    hand_changes: Sequence[HandChange]
    changes: int
    touched_at: datetime | None
    applied_at: datetime | None
    commit: str | None
    author: str | None
