"""Suspending, and the windows of registry.yaml: when nothing is applied, who says so, and what overrides it."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import psycopg
import pytest

from reconciler.applying.files import Files
from reconciler.applying.reconcile import Attempt, prepared
from reconciler.assets import load_contract, load_query
from reconciler.core.errors import Refused
from reconciler.core.manifest.resource import Manifest, Ref
from reconciler.database.connection import connect
from reconciler.database.writer import hold_write_lock
from reconciler.desired.git.repository import Repository as Git
from reconciler.desired.git_files import GitTree
from reconciler.rules.freeze_windows import UnknownTimeZone, list_windows
from tests.builders import Repository, registry, run, tool
from tests.conftest import Toolreg
from tests.roles import MIGRATOR, login
from tests.test_maintain import eventually

Conn = psycopg.Connection[Any]
HOUR = timedelta(hours=1)


def tools(conn: Conn) -> int:
    return len(conn.execute(b"SELECT FROM registry.tools").fetchall())


def outcomes(conn: Conn) -> list[tuple[str, list[str]]]:
    return conn.execute(b"SELECT outcome, overridden FROM registry.revisions ORDER BY number").fetchall()


def around_now(reason: str = "Nobody is there.", begins: timedelta = -HOUR, ends: timedelta = HOUR) -> dict[str, str]:
    """Return a window that is open now, or as much later as is said."""
    now = datetime.now(UTC)
    return {"reason": reason, "from": (now + begins).isoformat(), "until": (now + ends).isoformat()}


def freeze(repository: Repository, *entries: dict[str, Any]) -> None:
    repository.write("registry.yaml", registry(freeze=list(entries)))
    repository.commit()


# ---- Suspending


def test_while_suspended_nothing_is_applied(repository: Repository, toolreg: Toolreg, conn: Conn) -> None:
    toolreg("apply")
    repository.add(tool())
    repository.commit()

    assert toolreg("suspend", "--reason", "The bank is down.").out == "Suspended until toolreg resume.\n"

    result = toolreg("apply")
    assert result.code == 3
    assert f"error: applying is suspended by {MIGRATOR} since 20" in result.err
    assert result.err.endswith(
        ': "The bank is down.". toolreg resume ends that. If this cannot wait: --override-suspend\n'
    )
    assert tools(conn) == 0
    planned = toolreg("plan")
    assert (planned.code, "Applying this would be refused now: applying is suspended by" in planned.err) == (0, True)
    assert toolreg("resume").out.startswith(f"Resumed. It was suspended by {MIGRATOR} since 20")
    assert toolreg("apply").code == 0
    assert outcomes(conn) == [("applied", []), ("refused", []), ("applied", [])]


def test_what_cannot_wait_is_applied_and_recorded(toolreg: Toolreg, conn: Conn) -> None:
    toolreg("suspend", "--reason", "The bank is down.")

    result = toolreg("apply", "--override-suspend")

    assert result.code == 0
    assert "Overridden: applying is suspended by" in result.err
    assert outcomes(conn) == [("applied", ["suspended"])]


def test_what_is_applied_already_is_not_refused(repository: Repository, toolreg: Toolreg) -> None:
    """A reconciler in a loop does not fail for days; but a new commit is news, also one that changes no resource."""
    toolreg("apply")
    toolreg("suspend", "--reason", "The bank is down.")

    assert toolreg("apply").code == 0
    assert toolreg("plan").err == ""
    assert toolreg("drift", "--fix").code == 0
    repository.commit("Explain")
    assert toolreg("apply").code == 3


def test_what_was_changed_by_hand_has_to_wait_as_well(repository: Repository, toolreg: Toolreg, conn: Conn) -> None:
    repository.add(tool())
    repository.commit()
    toolreg("apply")
    conn.execute(b"DELETE FROM registry.tools")
    toolreg("suspend", "--reason", "The bank is down.")

    for command in (["apply"], ["drift", "--fix"]):
        refused = toolreg(*command)
        assert refused.code == 3
        assert refused.err.endswith("If this cannot wait: --override-suspend\n")
    assert toolreg("drift", "--fix", "--override-suspend").code == 0
    assert tools(conn) == 1


def test_a_suspension_is_over_when_its_time_has_passed(toolreg: Toolreg, conn: Conn) -> None:
    conn.execute(
        b"INSERT INTO registry.suspensions (reason, suspended_at, until)"
        b" VALUES ('Old', now() - interval '2 hours', now() - interval '1 hour')"
    )

    assert toolreg("apply").code == 0
    assert toolreg("resume").err == "Nothing to do: applying is not suspended.\n"
    assert toolreg("suspend", "--reason", "New", "--until", "2h").code == 0
    found = conn.execute(b"SELECT reason, active, ended_by, ended_at = until FROM api.suspensions ORDER BY id")
    assert found.fetchall() == [("Old", False, None, True), ("New", True, None, None)]


def test_a_suspension_is_not_lost_to_another_one(toolreg: Toolreg, conn: Conn) -> None:
    """A shorter one would end what somebody else still needs. In between, nothing can be applied."""
    toolreg("suspend", "--reason", "An incident.")

    refused = toolreg("suspend", "--reason", "A backup.", "--until", "30m")

    assert refused.code == 3
    assert f"applying is suspended already, by {MIGRATOR} since" in refused.err
    assert refused.err.endswith(': "An incident.". To suspend in its place: --replace\n')
    replaced = toolreg("suspend", "--reason", "A backup.", "--until", "30m", "--replace")
    assert replaced.code == 0
    assert replaced.out.startswith(f"Replaced the suspension by {MIGRATOR} since")
    assert ': "An incident."\nSuspended until 20' in replaced.out
    found = conn.execute(b"SELECT reason, active, ended_by FROM api.suspensions ORDER BY id").fetchall()
    assert found == [("An incident.", False, MIGRATOR), ("A backup.", True, None)]
    assert conn.execute(b"SELECT round(extract(EPOCH FROM until - suspended_at) / 60) FROM api.suspensions").fetchall()[
        1
    ] == (30,)


@pytest.mark.parametrize(
    "statement",
    [
        b"UPDATE registry.suspensions SET reason = 'Another'",
        b"UPDATE registry.suspensions SET resumed_at = NULL, resumed_by = NULL",
        b"DELETE FROM registry.suspensions",
    ],
)
def test_what_was_suspended_stays_known(toolreg: Toolreg, conn: Conn, statement: bytes) -> None:
    """Also where a superuser means well."""
    toolreg("suspend", "--reason", "An incident.")
    toolreg("resume")

    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="append-only"):
        conn.execute(statement)


@pytest.mark.parametrize(
    ("until", "said"),
    [
        ("2026-12-20T18:00:00", "is a time in no zone; add its offset"),
        ("2200-01-01", "is a time in no zone; add its offset"),
        ("2200-02-30T00:00:00Z", "is no time; expected a duration such as 30m"),
        ("soon", "is no time; expected a duration such as 30m"),
        ("2020-01-01T00:00:00Z", "2020-01-01T00:00:00Z has passed: it is 20"),
        ("", "is no time"),
        ("9999-01-01T00:00:00Z", "is no time"),
    ],
)
def test_a_time_is_one_to_come_with_its_offset(toolreg: Toolreg, conn: Conn, until: str, said: str) -> None:
    result = toolreg("suspend", "--reason", "Why not", "--until", until)

    assert result.code == 64
    assert said in result.err
    assert conn.execute(b"SELECT FROM registry.suspensions").fetchall() == []


@pytest.mark.parametrize("reason", [" \n", "x" * 1001, "\udcff"])
def test_a_suspension_has_a_reason(toolreg: Toolreg, reason: str) -> None:
    assert toolreg("suspend", "--reason", reason).code == 64


def test_suspending_ends_when_no_apply_runs(toolreg: Toolreg, database: str) -> None:
    """It waits for who writes, and says who it was."""
    with connect(database) as conn, hold_write_lock(conn, 1):
        result = toolreg("suspend", "--reason", "Now", "--lock-timeout", 0)

        assert result.code == 4
        assert f"another writer holds the lock: {MIGRATOR} (toolreg, process" in result.err


@pytest.mark.parametrize("isolation", ["read committed", "repeatable read"])
def test_an_apply_that_waited_meanwhile_is_refused(
    repository: Repository, toolreg: Toolreg, database: str, conn: Conn, isolation: str
) -> None:
    """Whatever the database defaults to: on a snapshot from before the wait it would not see the suspension."""
    toolreg("apply")
    repository.add(tool())
    repository.commit()
    conn.execute(f"ALTER DATABASE {conn.info.dbname} SET default_transaction_isolation = '{isolation}'".encode())
    source = GitTree(Git(repository.top), "registry", "HEAD")

    def applied(attempt: Attempt, database: str) -> None:
        with prepared(partial(connect, database), attempt, 30) as ready:
            ready.apply()

    with ThreadPoolExecutor(1) as pool:
        with connect(database) as other, hold_write_lock(other, 1):
            running = pool.submit(applied, Attempt(Files(source, load_contract())), database)
            eventually(
                conn, b"SELECT EXISTS (SELECT FROM pg_locks WHERE relation = 'yoyo.writer'::regclass AND NOT granted)"
            )
            other.execute(load_query("guards/suspend"), {"reason": "Meanwhile", "until": None, "registry": None})
        with pytest.raises(Refused, match="applying is suspended"):
            running.result()


def test_who_may_suspend(repository: Repository, toolreg: Toolreg, database: str, conn: Conn) -> None:
    toolreg("apply")
    with login(database, "toolreg_reader") as reader, login(database, "toolreg_reconciler") as reconciler:

        def as_role(role: str, *arguments: str) -> Any:
            return run(*arguments, "--database", role, cwd=repository.top)

        assert as_role(reconciler, "suspend", "--reason", "Mine").code == 0
        assert "Mine" in as_role(reader, "status").out
        for command in (["resume"], ["suspend", "--reason", "x", "--replace"]):
            refused = as_role(reader, *command)
            assert refused.code == 1
            assert "make it a member: GRANT toolreg_reconciler TO" in refused.err
        assert as_role(reconciler, "resume").code == 0
        found = conn.execute(b"SELECT suspended_by, ended_by = suspended_by FROM api.suspensions").fetchall()
        assert len(found) == 1
        assert found[0][0].startswith("toolreg_test_")
        assert found[0][1]


def test_a_reason_is_shown_harmlessly(toolreg: Toolreg) -> None:
    toolreg("suspend", "--reason", "\x1b[31mred\n::error::forged " + "long " * 150)

    for result in (toolreg("apply"), toolreg("status"), toolreg("suspend", "--reason", "x"), toolreg("resume")):
        assert "red\\n::error::forged" in result.out + result.err
        assert "\x1b" not in result.out + result.err
        assert "\n::" not in result.out + result.err


def test_status_shows_what_is_suspended_and_frozen(repository: Repository, toolreg: Toolreg) -> None:
    toolreg("apply")
    assert toolreg("status", "-o", "json").json["freeze"] == {
        "suspension": None,
        "windows": [],
        "next": None,
        "unknown": None,
    }
    later = around_now("The fair.", 2 * HOUR, 4 * HOUR)
    freeze(repository, later, around_now(), around_now("Next month.", timedelta(days=30), timedelta(days=31)))
    toolreg("apply")
    toolreg("suspend", "--reason", "The bank is down.", "--until", "1d")

    text, found = toolreg("status").out, toolreg("status", "-o", "json").json["freeze"]

    assert f"Suspended   by {MIGRATOR} since 20" in text
    assert 'by spec.freeze[1] of registry.yaml: "Nobody is there."\nNext freeze 20' in text
    assert text.endswith('Z by spec.freeze[0] of registry.yaml: "The fair."\n')
    assert found["suspension"].keys() == {"reason", "by", "since", "until"}
    assert found["suspension"]["reason"] == "The bank is down."
    assert [window["window"] for window in found["windows"]] == ["spec.freeze[1]"]
    assert (found["next"]["window"], found["next"]["reason"]) == ("spec.freeze[0]", "The fair.")
    assert found["next"]["from"] == f"{datetime.fromisoformat(later['from']):%Y-%m-%dT%H:%M:%SZ}"


# ---- Windows


def test_in_a_window_nothing_is_applied(repository: Repository, toolreg: Toolreg, conn: Conn) -> None:
    """By the registry.yaml in force: the commit that closes the window has to wait, too."""
    toolreg("apply")
    freeze(repository, around_now(), around_now("Shorter.", ends=HOUR / 2))
    assert toolreg("apply").code == 0
    assert toolreg("apply").code == 0
    freeze(repository)

    result = toolreg("apply")

    assert result.code == 3
    assert "spec.freeze[0] of registry.yaml has nothing applied until 20" in result.err
    assert result.err.endswith(': "Nobody is there.". If this cannot wait: --override-suspend\n')
    assert "Applying this would be refused now: spec.freeze[0]" in toolreg("plan", "--ref", "HEAD").err
    assert toolreg("maintain", "--all").code == 0
    assert toolreg("migrate").code == 0
    assert toolreg("apply", "--override-suspend").code == 0
    assert outcomes(conn) == [("applied", []), ("applied", []), ("refused", []), ("applied", ["frozen"])]


def test_the_first_revision_is_judged_by_its_own_windows(repository: Repository, toolreg: Toolreg) -> None:
    freeze(repository, around_now())

    assert toolreg("apply").code == 3


def test_a_window_that_never_is_stops_a_revision(repository: Repository, toolreg: Toolreg) -> None:
    freeze(repository, {"reason": "No", "from": "18:00", "until": "08:00", "timeZone": "Mars/Base"})

    result = toolreg("apply")

    assert result.code == 1
    assert 'spec.freeze[0].timeZone is "Mars/Base", which is no time zone' in result.err


def in_force(*entries: dict[str, Any]) -> Manifest:
    return Manifest(
        Ref("Registry", "test"), "", json.dumps(registry(freeze=[{"reason": "x"} | one for one in entries]))
    )


NIGHT = {"from": "18:00", "until": "08:00"}
BERLIN = {"timeZone": "Europe/Berlin"}


@pytest.mark.parametrize(
    ("entry", "now", "open_"),
    [
        (NIGHT, "2026-11-23T17:59:59", None),
        (NIGHT, "2026-11-23T18:00:00", ("2026-11-23T18:00", "2026-11-24T08:00")),
        (NIGHT, "2026-11-24T07:59:59", ("2026-11-23T18:00", "2026-11-24T08:00")),
        (NIGHT, "2026-11-24T08:00:00", None),
        # 2026-11-27 is a Friday. The window belongs to the day on which it begins.
        (NIGHT | {"days": ["fri"]}, "2026-11-28T07:00", ("2026-11-27T18:00", "2026-11-28T08:00")),
        (NIGHT | {"days": ["fri"]}, "2026-11-27T07:00", None),
        (NIGHT | {"days": ["fri"]}, "2026-11-28T19:00", None),
        (
            {"from": "00:00", "until": "00:00", "days": ["sun"]},
            "2026-11-29T12:00",
            ("2026-11-29T00:00", "2026-11-30T00:00"),
        ),
        ({"from": "09:00", "until": "17:00"} | BERLIN, "2026-07-01T07:00", ("2026-07-01T07:00", "2026-07-01T15:00")),
        ({"from": "09:00", "until": "17:00"} | BERLIN, "2026-12-01T07:30", None),
        # It is the 24th in Auckland, thirteen hours ahead.
        (
            {"from": "08:00", "until": "09:00", "days": ["tue"], "timeZone": "Pacific/Auckland"},
            "2026-11-23T19:30",
            ("2026-11-23T19:00", "2026-11-23T20:00"),
        ),
        # In Berlin, 2026-03-29 has no 02:30, and 2026-10-25 has it twice: the window is the longer one.
        ({"from": "02:30", "until": "04:00"} | BERLIN, "2026-03-29T00:45", ("2026-03-29T00:30", "2026-03-29T02:00")),
        ({"from": "00:30", "until": "02:30"} | BERLIN, "2026-03-29T01:15", ("2026-03-28T23:30", "2026-03-29T01:30")),
        ({"from": "02:30", "until": "04:00"} | BERLIN, "2026-10-25T00:45", ("2026-10-25T00:30", "2026-10-25T03:00")),
        ({"from": "00:30", "until": "02:30"} | BERLIN, "2026-10-25T01:15", ("2026-10-24T22:30", "2026-10-25T01:30")),
        # A night of thirteen hours, and one of fifteen.
        (NIGHT | BERLIN, "2026-03-29T05:59", ("2026-03-28T17:00", "2026-03-29T06:00")),
        (NIGHT | BERLIN, "2026-10-25T06:59", ("2026-10-24T16:00", "2026-10-25T07:00")),
        (
            {"from": "2026-12-23T18:00:00+01:00", "until": "2027-01-04T08:00:00.5Z"},
            "2026-12-23T17:00",
            ("2026-12-23T17:00", "2027-01-04T08:00"),
        ),
        ({"from": "2026-12-23T18:00+01:00", "until": "2027-01-04T08:00Z"}, "2026-12-23T16:59", None),
    ],
)
def test_when_a_window_is_open(entry: dict[str, Any], now: str, open_: tuple[str, str] | None) -> None:
    found = list_windows(in_force(entry), datetime.fromisoformat(f"{now}+00:00"))

    assert [(f"{one.begins:%Y-%m-%dT%H:%M}", f"{one.ends:%Y-%m-%dT%H:%M}") for one in found] == (
        [open_] if open_ else []
    )


def test_windows_to_come_are_in_order() -> None:
    now = datetime(2026, 11, 25, 12, tzinfo=UTC)  # A Wednesday.
    both = in_force(NIGHT | {"days": ["mon"]}, {"from": "10:00", "until": "11:00", "days": ["thu", "mon"]})

    found = list_windows(both, now, timedelta(days=7))

    assert [(one.number, f"{one.begins:%a %H}") for one in found] == [(1, "Thu 10"), (1, "Mon 10"), (0, "Mon 18")]
    assert list_windows(None, now, timedelta(days=7)) == []


def test_a_time_zone_that_is_not_known_here_is_not_taken_for_another() -> None:
    with pytest.raises(UnknownTimeZone, match=r"spec\.freeze\[0\] is in the time zone \"Mars/Base\""):
        list_windows(in_force(NIGHT | {"timeZone": "Mars/Base"}), datetime.now(UTC))
