"""What happened to names on the way from one commit to another, beside the changes that are left of it. Pure."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from reconciler.core.history.succession import Departure
from reconciler.core.manifest.resource import Ref


class Last(NamedTuple):
    """The name that an identity had last, whose resource is gone; None where another resource has it since."""

    id: str
    kind: str
    name: str | None


class Trail(NamedTuple):
    """Names that were left, by the identities that the database has or gets, and names under which resources went.

    `ways` are the names in between, in order, by the new name of a resource that was renamed more than once.
    """

    departures: tuple[Departure, ...] = ()
    last: tuple[Last, ...] = ()
    ways: Mapping[Ref, tuple[str, ...]] = MappingProxyType({})

    def __bool__(self) -> bool:
        return bool(self.departures or self.last)


NO_TRAIL: Final = Trail()
