"""How a database stands."""

from collections.abc import Mapping
from dataclasses import dataclass

from reconciler.core.state.drift import Drift
from reconciler.core.state.freeze import Freeze
from reconciler.core.state.overrides import Override, Unheard
from reconciler.core.state.resource import Revision
from reconciler.core.state.storage import Storage


@dataclass(frozen=True, slots=True)
class Contents:
    """What the tables say: the last applied and the last attempted revision, how many of each kind, and the drift."""

    applied: Revision | None
    attempted: Revision | None
    counts: Mapping[str, int]
    drift: Drift


@dataclass(frozen=True, slots=True)
class Operations:
    """The overrides in effect, and the nodes that are late or silent."""

    overrides: tuple[Override, ...]
    unheard: tuple[Unheard, ...]


@dataclass(frozen=True, slots=True)
class Status:
    """How a database stands. `where` never holds a password; what cannot be read of its tables and views is None."""

    where: str
    server: str
    storage: Storage
    contents: Contents | None
    operations: Operations | None
    freeze: Freeze | None
