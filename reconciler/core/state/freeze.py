"""What keeps revisions from being applied now."""

from datetime import datetime
from typing import NamedTuple

from reconciler.core.pointer import show
from reconciler.core.state.suspension import Suspension


class Window(NamedTuple):
    """One time in which nothing is applied, in UTC, and the entry of `spec.freeze` that it comes from."""

    begins: datetime
    ends: datetime
    number: int
    reason: str

    @property
    def name(self) -> str:
        """Where in registry.yaml it stands."""
        return show(("spec", "freeze", self.number))


class Freeze(NamedTuple):
    """What keeps revisions from being applied now, and the window that does so next, within a week.

    `unknown` says why nobody can tell which windows are open.
    """

    suspension: Suspension | None
    windows: tuple[Window, ...] = ()
    next: Window | None = None
    unknown: str | None = None
