"""The lease of a reconciler: one holder at a time by the clock of the database, and no apply under an earlier one."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from reconciler.core.state.loop_report import RunOutcome, RunReport
from reconciler.core.state.reconciler import Condition, LoopState
from reconciler.database.connection import Connection, connect
from reconciler.desired.git.mirror import Mirror
from reconciler.desired.git.remote import Remote
from reconciler.serving.lease import (
    Lease,
    LeaseLost,
    acquire_lease,
    record_state,
    release_lease,
    renew_lease,
    want_look,
)
from reconciler.serving.retry import LAST_SECONDS, Retry
from reconciler.serving.work import Order, run
from tests.builders import Repository

Conn = psycopg.Connection[Any]
SOURCE = "https://git.example.com/x main registry"


@pytest.fixture
def ours(database: str) -> Iterator[Connection]:
    """A connection as the reconciler has it."""
    with connect(database) as conn:
        yield conn


def expire(conn: Conn) -> None:
    conn.execute(b"UPDATE registry.reconcilers SET expires_at = clock_timestamp()")


def hold(conn: Connection, holder: str, source: str = SOURCE) -> Lease:
    lease = acquire_lease(conn, source, holder)
    assert lease is not None
    return lease


def test_there_is_one_holder_until_the_lease_expires(ours: Connection, conn: Conn) -> None:
    first = hold(ours, "first")
    assert acquire_lease(ours, SOURCE, "second") is None
    assert hold(ours, "second", "another source").epoch == 1

    expire(conn)
    second = hold(ours, "second")

    assert second.epoch == first.epoch + 1
    with pytest.raises(LeaseLost):
        renew_lease(ours, first)
    assert renew_lease(ours, second) is False


def test_a_lease_that_is_given_back_can_be_taken_at_once(ours: Connection) -> None:
    release_lease(ours, hold(ours, "first"))

    assert hold(ours, "second").epoch == 2


def test_a_wish_reaches_the_holder_once(ours: Connection) -> None:
    lease = hold(ours, "first")
    want_look(ours, SOURCE)

    assert [renew_lease(ours, lease) for _ in range(2)] == [True, False]


def test_only_the_holder_records_its_state(ours: Connection, conn: Conn) -> None:
    first = hold(ours, "first")
    record_state(ours, first, LoopState(Condition.READY, "Applied", head="0" * 40, looked=True))
    row = conn.execute(b"SELECT condition, since FROM api.reconcilers").fetchone()
    record_state(ours, first, LoopState(Condition.READY, "Applied", looked=True))
    assert conn.execute(b"SELECT condition, since FROM api.reconcilers").fetchone() == row
    expire(conn)
    hold(ours, "second")

    record_state(ours, first, LoopState(Condition.STALLED, "Invalid"))

    assert conn.execute(b"SELECT condition, head FROM api.reconcilers").fetchone() == ("Ready", "0" * 40)


def make_order(repository: Repository, database: str, lease: Lease, folder: Path) -> Order:
    mirror = Mirror(folder, Remote.parse(str(repository.top), "main"))
    head = mirror.fetch(mirror.find_tip())
    return Order(str(mirror.folder), "registry", head.id, database, "a test", lease, rewind=False, environment=None)


def test_an_apply_under_an_earlier_lease_writes_nothing(
    repository: Repository, database: str, conn: Conn, ours: Connection, tmp_path: Path
) -> None:
    first = hold(ours, "first")
    expire(conn)
    second = hold(ours, "second")

    lost = run(make_order(repository, database, first, tmp_path))

    assert lost.outcome is RunOutcome.LOST
    assert conn.execute(b"SELECT count(*) FROM registry.revisions").fetchone() == (0,)
    assert run(make_order(repository, database, second, tmp_path)).outcome is RunOutcome.APPLIED


def test_a_report_survives_its_way_through_a_pipe() -> None:
    report = RunReport(RunOutcome.REFUSED, 1.5, 3, 1, 2, 3, 4, 0.5, ("a\nb", "\u2028"), ("rewind",), 60.0)

    assert RunReport.from_json(report.to_json()) == report


# ---- When a run is tried again


def test_what_failed_on_its_content_waits_for_a_change() -> None:
    for outcome in (RunOutcome.INVALID, RunOutcome.REFUSED, RunOutcome.UNCHANGED):
        retry = Retry()
        retry.note(RunReport(outcome, 0.1), ("commit", 1), now=100.0)

        assert not retry.is_due(("commit", 1), 1e12)
        assert retry.is_due(("another", 1), 100.0)


def test_a_temporary_failure_is_tried_again_from_5_seconds_to_3_minutes() -> None:
    retry, waits = Retry(), []
    for _ in range(2_000):
        retry.note(RunReport(RunOutcome.TEMPORARY, 0.1), "key", now=100.0)
        waits.append(retry.not_before - 100.0)

    assert 4.5 <= waits[0] <= 5.5
    assert 9 <= waits[1] <= 11
    assert all(0.9 * LAST_SECONDS <= wait <= 1.1 * LAST_SECONDS for wait in waits[6:])
    assert not retry.is_due("another", 100.0)
    retry.note(RunReport(RunOutcome.APPLIED, 0.1), "key", now=100.0)
    assert retry.is_due("key", 100.0)


def test_a_hold_is_waited_for_until_its_end_and_an_hour_at_most() -> None:
    for seconds, wait in ((30.0, 30.0), (1e6, 3600.0), (None, 3600.0)):
        retry = Retry()
        retry.note(RunReport(RunOutcome.ON_HOLD, 0.1, hold_seconds=seconds), "key", now=100.0)

        assert not retry.is_due("key", 100.0 + wait - 1)
        assert retry.is_due("key", 100.0 + wait)
        assert retry.is_due("resumed", 100.0)
