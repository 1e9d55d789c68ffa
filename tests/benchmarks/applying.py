"""toolreg apply: the database part of all resources at once, and of one that changed."""

from collections.abc import Iterator
from functools import partial
from statistics import median
from typing import Any, Final

import psycopg
from psycopg import sql

from reconciler.applying import reconcile
from reconciler.applying.files import Files
from reconciler.assets import load_contract
from reconciler.database.connection import connect
from tests.benchmarks.databases import migrated
from tests.benchmarks.generate import change_one, head, tools
from tests.benchmarks.measure import Row, once
from tests.builders import Repository

# The table itself less its foreign keys and triggers, which LIKE does not copy.
_MAKE: Final = "CREATE TABLE public.floor (LIKE registry.tools INCLUDING ALL)"
_EMPTY: Final = "TRUNCATE public.floor"
_OUT: Final = sql.SQL(
    "COPY (SELECT id, manifest, path, blob, revision, applied_digest FROM registry.tools LIMIT {}) TO STDOUT"
)
_IN: Final = "COPY public.floor (id, manifest, path, blob, revision, applied_digest) FROM STDIN"

_ONE_CHANGED: Final = 0.02
_CHANGES: Final = 7


def rows(repository: Repository, server: str, name: str, size: int) -> Iterator[Row]:
    """Yield what writing a revision costs, as the revision itself reports it."""
    new, copies = [], []
    changed, one = 0.0, 0.0
    # The median of three, but of one where each takes a minute.
    for left in reversed(range(3 if size <= 10_000 else 1)):
        with migrated(server, name) as database, psycopg.connect(database, autocommit=True) as conn:
            new.append(apply_head(repository, database))
            conn.execute(_MAKE)
            copies += _copying(conn, size, 3)
            if not left:
                one = median(_copying(conn, 1, _CHANGES))
                changed = _one_changed(repository, database, conn, size)
    copied = median(copies)
    yield Row(f"apply {size:,} new, database part", median(new), copied, "COPY of the tools alone", 2 * copied)
    yield Row(f"apply 1 changed among {size:,}, database part", changed, one, "COPY of one tool", _ONE_CHANGED)


def _one_changed(repository: Repository, database: str, conn: psycopg.Connection[Any], size: int) -> float:
    conn.execute("VACUUM ANALYZE")
    seconds = []
    for tool in tools(repository)[:: max(1, size // _CHANGES)]:
        change_one(repository, tool)
        seconds.append(apply_head(repository, database))
    return median(seconds)


def apply_head(repository: Repository, database: str) -> float:
    """Make a database match HEAD; return the seconds that writing took, 0 where there was nothing to write."""
    attempt = reconcile.Attempt(Files(head(repository), load_contract()))
    with reconcile.prepared(partial(connect, database), attempt, 30) as ready:
        revision = ready.apply()
    return revision.seconds if revision else 0.0


def _copying(conn: psycopg.Connection[Any], most: int, runs: int) -> list[float]:
    """Return how long it takes each time to copy this many tools into an empty table."""
    with conn.cursor().copy(_OUT.format(most)) as copy:
        data = b"".join(map(bytes, copy))

    def copy_in() -> None:
        with conn.cursor().copy(_IN) as copy:
            copy.write(data)

    times = []
    for _ in range(runs):
        conn.execute(_EMPTY)
        times.append(once(copy_in))
    return times
