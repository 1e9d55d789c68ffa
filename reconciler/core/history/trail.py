"""The names that resources left between two commits, in addition to the changes in the plan. Pure."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from reconciler.core.history.succession import Departure
from reconciler.core.manifest.resource import Ref


class Last(NamedTuple):
    """The last name of an identity whose resource is gone; None if another resource has taken the name since."""

    id: str
    kind: str
    name: str | None


class Trail(NamedTuple):
    """Names left by resources, with present or future identities, and the last names of removed resources.

    `ways` maps the new name of a resource renamed more than once to its intermediate names, in order.
    """

    departures: tuple[Departure, ...] = ()
    last: tuple[Last, ...] = ()
    ways: Mapping[Ref, tuple[str, ...]] = MappingProxyType({})

    def __bool__(self) -> bool:
        return bool(self.departures or self.last)


NO_TRAIL: Final = Trail()
