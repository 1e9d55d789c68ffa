"""Freeze windows, and the reasons not to apply now: a suspension or open windows."""

from datetime import datetime
from typing import NamedTuple

from reconciler.core.pointer import format_pointer
from reconciler.core.state.suspension import Suspension


class Window(NamedTuple):
    """A period without applies, in UTC, and the number of its entry in `spec.freeze`."""

    begins: datetime
    ends: datetime
    number: int
    reason: str

    @property
    def name(self) -> str:
        """The place of the entry in registry.yaml."""
        return format_pointer(("spec", "freeze", self.number))


class Freeze(NamedTuple):
    """The suspension and the open freeze windows, which prevent applies now, and the next window within a week.

    `unknown` says why the open windows cannot be determined.
    """

    suspension: Suspension | None
    windows: tuple[Window, ...] = ()
    next: Window | None = None
    unknown: str | None = None
