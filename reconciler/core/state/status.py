"""The status of a database."""

from collections.abc import Mapping
from dataclasses import dataclass

from reconciler.core.state.drift import Drift
from reconciler.core.state.freeze import Freeze
from reconciler.core.state.overrides import Override, Unheard
from reconciler.core.state.reconciler import Reconciler
from reconciler.core.state.resource import Revision
from reconciler.core.state.storage import Storage


@dataclass(frozen=True, slots=True)
class Contents:
    """The contents of the tables: last applied and last attempted revision, resources of each kind, and drift.

    `heads` are the applied revisions of all registries of the database, by name.
    """

    applied: Revision | None
    attempted: Revision | None
    counts: Mapping[str, int]
    drift: Drift
    heads: Mapping[str, Revision]


@dataclass(frozen=True, slots=True)
class Operations:
    """The overrides in effect, and the nodes that are late or silent."""

    overrides: tuple[Override, ...]
    unheard: tuple[Unheard, ...]


@dataclass(frozen=True, slots=True)
class Loops:
    """The reconcilers of a database, and the last attempts to apply, newest first."""

    reconcilers: tuple[Reconciler, ...]
    runs: tuple[Revision, ...]


@dataclass(frozen=True, slots=True)
class Status:
    """The status of a database. `where` never holds a password; None stands for unreadable tables and views."""

    where: str
    server: str
    storage: Storage
    contents: Contents | None
    operations: Operations | None
    freeze: Freeze | None
    loops: Loops | None
