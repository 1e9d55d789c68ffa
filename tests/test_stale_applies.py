"""Whose applies the holder of a lease ends, and whose it leaves alone."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg

from reconciler.database.connection import connect
from reconciler.serving.lease import Lease, acquire_lease, end_stale_writers, release_lease

Conn = psycopg.Connection[Any]
SOURCE = "https://git.example.com/tools.git main registry"


@contextmanager
def applying(database: str, lease: Lease, *, idle: bool = False) -> Iterator[Conn]:
    """A session as an apply under a lease has it: in a transaction, unless `idle`."""
    with psycopg.connect(database, application_name=lease.session, autocommit=idle) as conn:
        conn.execute(b"SELECT 1")
        yield conn


def take(database: str, holder: str, before: Lease | None = None) -> Lease:
    """Take the lease, which the holder before gives back."""
    with connect(database) as conn:
        if before:
            release_lease(conn, before)
        lease = acquire_lease(conn, SOURCE, holder)
    assert lease
    return lease


def end_others(database: str, lease: Lease) -> None:
    with connect(database) as conn:
        end_stale_writers(conn, lease)


def is_ended(conn: Conn, apply: Conn) -> bool:
    """Whether the session of an apply ended, which may take a moment."""
    for _ in range(50):
        row = conn.execute(b"SELECT FROM pg_stat_activity WHERE pid = %s", (apply.info.backend_pid,)).fetchone()
        if row is None:
            return True
        time.sleep(0.01)
    return False


def test_a_holder_ends_the_applies_of_earlier_holders_and_its_own_that_lost_their_process(
    database: str, conn: Conn
) -> None:
    first = take(database, "first")
    second = take(database, "second", first)
    for lease in (first, second):
        with applying(database, lease) as apply:
            end_others(database, second)

            assert is_ended(conn, apply)
            apply.close()


def test_an_earlier_holder_ends_no_apply(database: str, conn: Conn) -> None:
    first = take(database, "first")
    second = take(database, "second", first)
    with applying(database, second) as apply:
        end_others(database, first)

        assert not is_ended(conn, apply)


def test_a_session_that_a_pooler_may_have_lent_to_another_is_left_alone(database: str, conn: Conn) -> None:
    lease = take(database, "first")
    with applying(database, lease, idle=True) as apply:
        end_others(database, lease)

        assert not is_ended(conn, apply)


def test_a_session_that_only_bears_the_name_of_an_apply_stops_nobody(database: str, conn: Conn) -> None:
    """A superuser's, which the reconciler may not end."""
    lease = take(database, "first")
    with applying(conn.info.dsn, lease) as apply:
        end_others(database, lease)

        assert not is_ended(conn, apply)
