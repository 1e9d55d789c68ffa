"""Looks at a database: the one query of an idle reconciler."""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from reconciler.assets import load_query
from reconciler.database.connection import Connection, begin_snapshot, translate_errors
from reconciler.database.migrate import read_storage
from reconciler.database.rows import read_row


class Observation(NamedTuple):
    """The applied revision with its commit, source, folder, environment and contract, drift, resources, and due work.

    `resources` counts by kind, `overdue` has the tasks of maintenance. `suspensions` changes with each suspension and
    each end of one. `calls` are the counted calls of the last whole hour by status.
    """

    number: int | None
    commit: str | None
    source: str | None
    folder: str | None
    environment: str | None
    contract: str | None
    finished_at: datetime | None
    suspensions: int
    drifted: int
    resources: Mapping[str, int] | None
    overdue: Mapping[str, float] | None
    calls: Mapping[str, int]


def observe(conn: Connection, registry: str | None) -> Observation:
    """Return the observation of a registry, None for the whole database.

    Raises NotMigratedError or StorageError for the storage of another toolreg.
    """
    with translate_errors(), begin_snapshot(conn):
        read_storage(conn).require_current()
        return read_row(conn, Observation, load_query("serving/look"), {"registry": registry})
