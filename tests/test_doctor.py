"""toolreg doctor: what is well, what is not, and what to do, as far as it can be seen."""

import time
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from reconciler.database import embedded
from reconciler.desired.git import repository as git
from reconciler.operating.doctor import machine, server
from tests.builders import Repository, Result, run
from tests.conftest import Begin, Beginning, Toolreg
from tests.roles import MIGRATOR, as_superuser, login
from tests.test_monitoring import DAYS, MOVE_ELSEWHERE, ROLL_UP, drop_day, log

Connection = psycopg.Connection[Any]

NOT_LATELY = b"UPDATE runtime.maintenance_runs SET started_at = now() - interval '1h' WHERE task = 'rollup_invocations'"
# Though another one ran a day ago.
NEVER_RAN = (
    b"UPDATE runtime.maintenance_runs SET task = 'other', started_at = now() - interval '1 day'"
    b" WHERE task = 'ensure_partitions'"
)


def findings(result: Result) -> dict[str, tuple[str, str, str]]:
    """Return what was found of each check, the worst of it: its level, what was found, what to do."""
    worst: dict[str, tuple[str, str, str]] = {}
    order = ["ok", "warning", "error"]
    for one in result.items:
        before = worst.get(one["check"])
        if before is None or order.index(before[0]) < order.index(one["level"]):
            worst[one["check"]] = (one["level"], one["found"], one["advice"] or "")
    return worst


@pytest.fixture(scope="module")
def beginning(begin: Begin) -> Beginning:
    """A registry that is applied, on a database that is looked after."""

    def fill(_: Repository, toolreg: Toolreg) -> None:
        assert toolreg("apply").code == 0
        with psycopg.connect(as_superuser(toolreg.database)) as conn:
            conn.execute(DAYS)
            conn.execute(
                b"INSERT INTO runtime.maintenance_runs (task, statements) SELECT task, 1 FROM runtime.maintenance_tasks"
            )

    return begin(fill)


@pytest.fixture
def healthy(begun: Repository) -> Repository:
    """The repository of the `beginning`, on whose database it is applied."""
    return begun


@pytest.mark.usefixtures("healthy")
def test_all_is_well_where_it_is(toolreg: Toolreg) -> None:
    result = toolreg("doctor", "-o", "json")

    found = findings(result)
    assert result.code == 0
    # The server of the tests does not wait for the disk.
    assert {check for check, (level, *_) in found.items() if level != "ok"} <= {"server"}
    assert [*found] == [
        "git",
        "registry",
        "connection",
        "clock",
        "server",
        "roles",
        "rights",
        "migrations",
        "partitions",
        "rollup",
        "maintenance",
        "integrity",
        "history",
    ]
    assert "may read, log calls, apply and maintain, migrate" in found["roles"][1]
    assert found["maintenance"][1].startswith("last run ")


def test_all_is_well_right_after_a_first_apply(repository: Repository, empty_database: str) -> None:
    """Nobody has run any maintenance yet: `migrate` made the tables of the first days."""
    assert run("migrate", "--database", empty_database, cwd=repository.top).code == 0
    assert run("apply", "--database", empty_database, cwd=repository.top).code == 0

    result = run("doctor", "-o", "json", "--database", empty_database, cwd=repository.top)

    assert result.code == 0
    found = findings(result)
    # The server of the tests does not wait for the disk.
    assert {check: found for check, found in found.items() if found[0] != "ok" and check != "server"} == {}
    week = time.strftime("%Y-%m-%d", time.gmtime(time.time() + 8 * 24 * 60 * 60))
    assert found["partitions"] == ("ok", f"tables for calls are there until {week}", "")


def test_all_is_well_right_after_a_first_apply_to_the_embedded_server(
    repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOOLREG_STATE_DIR", str(tmp_path / "state"))
    assert run("apply", cwd=repository.top).code == 0

    result = run("doctor", "-o", "json", cwd=repository.top)

    assert (result.code, {one["level"] for one in result.items}) == (0, {"ok"})


@pytest.mark.usefixtures("healthy")
def test_text_says_what_to_do_below_what_was_found(toolreg: Toolreg, conn: Connection) -> None:
    conn.execute(drop_day(1).encode())

    lines = toolreg("doctor").out.splitlines()

    place = next(place for place, line in enumerate(lines) if line.startswith("warning  partitions"))
    assert lines[place + 1].strip() == "-> run: toolreg maintain ensure_partitions"


def test_a_database_that_was_never_migrated_is_an_error(repository: Repository, empty_database: str) -> None:
    result = run("doctor", "-o", "json", "--database", empty_database, cwd=repository.top)

    found = findings(result)
    assert result.code == 1
    assert found["migrations"][0] == "error"
    assert found["migrations"][2] == "run: toolreg migrate"
    assert "partitions" not in found


@pytest.mark.usefixtures("healthy")
def test_an_api_that_is_not_ours_is_an_error(toolreg: Toolreg, conn: Connection) -> None:
    conn.execute(b"COMMENT ON SCHEMA api IS 'something else'")

    result = toolreg("doctor", "-o", "json")

    assert result.code == 1
    assert findings(result)["migrations"] == ("error", "schema api is not up to date", "run: toolreg migrate")


def test_with_the_database_away_the_rest_is_still_told(repository: Repository) -> None:
    url = "postgresql://ada:s3cret@127.0.0.1:1/x"

    result = run("doctor", "-o", "json", "--database", url, cwd=repository.top)
    text = run("doctor", "--database", url, cwd=repository.top)

    found = findings(result)
    assert (result.code, text.code) == (4, 4)
    assert (found["git"][0], found["registry"][0], found["connection"][0]) == ("ok", "ok", "error")
    assert "s3cret" not in result.out + result.err + text.out + text.err


def test_a_database_that_lets_nobody_in_is_an_error(repository: Repository, database: str) -> None:
    nobody = make_conninfo(database, user="nobody_of_this_name", password="s3cret")  # noqa: S106  Not one.

    result = run("doctor", "-o", "json", "--database", nobody, cwd=repository.top)

    assert (result.code, findings(result)["connection"][0]) == (1, "error")
    assert "s3cret" not in result.out


def test_an_embedded_server_is_looked_at_but_not_made(
    repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOOLREG_STATE_DIR", str(tmp_path / "state"))

    result = run("doctor", "-o", "json", cwd=repository.top)

    assert result.code == 0
    assert findings(result)["connection"][:2] == ("warning", "there is no embedded server yet")
    assert not (tmp_path / "state").exists()


def test_the_disk_of_an_embedded_server_is_looked_at(
    repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOOLREG_STATE_DIR", str(tmp_path / "state"))
    assert run("apply", cwd=repository.top).code == 0
    monkeypatch.setattr(machine, "_LEAST_FREE", 1 << 60)

    found = findings(run("doctor", "-o", "json", cwd=repository.top))

    assert found["disk"][0] == "warning"
    assert found["connection"][0] == "ok"


@pytest.mark.usefixtures("healthy")
@pytest.mark.parametrize(
    ("planted", "check", "said"),
    [
        (
            b"INSERT INTO runtime.maintenance_runs (task, statements, error) VALUES ('expire_artifacts', 1, 'no disk')",
            "maintenance",
            'expire_artifacts failed 0 s ago: "no disk"',
        ),
        (
            b"UPDATE runtime.maintenance_runs SET started_at = now() - interval '2 days'",
            "maintenance",
            "overdue: ensure_partitions, rollup_invocations, update_tool_status, expire_artifacts; last run 2 d ago",
        ),
        (
            NOT_LATELY,
            "maintenance",
            "overdue: rollup_invocations; last run ",
        ),
        (
            NEVER_RAN,
            "maintenance",
            "overdue: ensure_partitions; last run ",
        ),
        (b"DELETE FROM runtime.maintenance_runs", "maintenance", "it never ran"),
        (drop_day(0).encode(), "partitions", " have no table of their own"),
        (b"ALTER ROLE migrator SET default_transaction_read_only = on", "server", "default_transaction_read_only"),
        (b"ALTER ROLE migrator SET synchronous_commit = off", "server", "synchronous_commit is off"),
        (b"DELETE FROM runtime.settings", "integrity", "in the data: 1 error"),
    ],
)
def test_what_is_not_well_is_told(toolreg: Toolreg, conn: Connection, planted: bytes, check: str, said: str) -> None:
    # Of this database alone; the tests share a server.
    role_settings = planted.startswith(b"ALTER ROLE")
    name = conn.info.dbname.encode()
    conn.execute(
        planted.replace(b"migrator", MIGRATOR.encode() + b" IN DATABASE " + name) if role_settings else planted
    )

    result = toolreg("doctor", "-o", "json")

    wrong = [one for one in result.items if one["check"] == check and one["level"] != "ok"]
    assert any(said in one["found"] for one in wrong), wrong
    assert all(one["advice"] for one in wrong)


def test_a_server_that_is_not_set_up_as_it_should_be_is_told(
    repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server of this test's own: roles and settings belong to all of its databases."""
    with embedded.serve(tmp_path / "server") as conninfo:
        new = findings(run("doctor", "-o", "json", "--database", conninfo, cwd=repository.top))
        with psycopg.connect(conninfo, autocommit=True) as conn:
            conn.execute(b"CREATE ROLE toolreg_reader; CREATE ROLE toolreg_agent")
            conn.execute(b"CREATE DATABASE other ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0")
            for name in (b"fsync", b"full_page_writes"):
                conn.execute(b"ALTER SYSTEM SET " + name + b" = off")
            conn.execute(b"SELECT pg_reload_conf()")
        monkeypatch.setattr(server, "_MOST_CONNECTIONS", 0.0)
        monkeypatch.setattr(server, "_OLDEST", 990_000)
        elsewhere = make_conninfo(conninfo, dbname="other")
        result = run("doctor", "-o", "json", "--database", elsewhere, cwd=repository.top)

    advice = "run: toolreg migrate, as a role that may create roles"
    assert new["server"][0] == new["connection"][0] == "ok"
    assert new["roles"] == ("error", "there is no role toolreg_reader, toolreg_agent, toolreg_reconciler", advice)
    assert findings(result)["roles"] == ("error", "there is no role toolreg_reconciler", advice)
    assert findings(result)["connection"][0] == "error"
    assert findings(result)["connection"][2] == "upgrade it to PostgreSQL 99 or newer"
    wrong = [one for one in result.items if one["check"] == "server"]
    assert [one["found"] for one in wrong[:3]] == ["the encoding is LATIN1", "fsync is off", "full_page_writes is off"]
    assert wrong[3]["found"].endswith("connections are taken")
    assert all(one["advice"] for one in wrong)
    assert (result.code, len(wrong)) == (1, 4)


@pytest.mark.usefixtures("healthy")
def test_calls_that_nobody_counts_are_told(toolreg: Toolreg, conn: Connection) -> None:
    log(conn, "lookup", 2)
    conn.execute(b"UPDATE runtime.invocation_logs SET recorded_at = now() - interval '5 hours'")
    behind = findings(toolreg("doctor", "-o", "json"))["rollup"]
    conn.execute(ROLL_UP)
    counted = findings(toolreg("doctor", "-o", "json"))["rollup"]
    conn.execute(MOVE_ELSEWHERE)
    restored = findings(toolreg("doctor", "-o", "json"))["rollup"]

    assert behind[:2] == ("warning", "it never ran; the oldest call that it has not counted is 5 h old")
    assert "toolreg maintain rollup_invocations" in behind[2]
    assert counted == ("ok", "every call is counted", "")
    assert restored[0] == "warning"
    assert "the oldest call that it has not counted is 5 h old" in restored[1]


@pytest.mark.usefixtures("healthy")
def test_a_clock_that_is_off_is_told_with_its_distance(toolreg: Toolreg, monkeypatch: pytest.MonkeyPatch) -> None:
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() - 7200)

    level, found, advice = findings(toolreg("doctor", "-o", "json"))["clock"]

    assert level == "warning"
    assert "this machine is 7200." in found or "this machine is 7199." in found
    assert "behind the server" in found
    assert "NTP" in advice


@pytest.mark.usefixtures("healthy")
def test_what_a_role_may_do_is_told(conn: Connection, database: str, tmp_path: Path) -> None:
    with login(database) as as_role:
        role = conninfo_to_dict(as_role)["user"]
        nothing = run("doctor", "-o", "json", "--database", as_role, cwd=tmp_path)
        conn.execute(f"GRANT toolreg_reader TO {role}".encode())
        reader = run("doctor", "-o", "json", "--database", as_role, cwd=tmp_path)

    assert findings(nothing)["roles"] == (
        "warning",
        f'"{role}" may not even read',
        f'make it a member: GRANT toolreg_reader TO "{role}", or toolreg_agent, or toolreg_reconciler',
    )
    assert nothing.code == 1
    assert findings(reader)["roles"][:2] == ("ok", f'"{role}" may read')
    assert (findings(reader)["integrity"][0], reader.code) == ("ok", 0)


def test_a_folder_without_a_registry_and_an_old_git_are_told(
    tmp_path: Path, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(git, "read_version", lambda: "2.17.1 (of a vendor)")
    (tmp_path / "empty").mkdir()

    nowhere = findings(run("doctor", "-o", "json", "--database", database, cwd=tmp_path))
    empty = findings(run("doctor", "-o", "json", "--registry", "empty", "--database", database, cwd=tmp_path))

    assert nowhere["git"] == ("warning", "git 2.17.1 (of a vendor)", "install git 2.31 or newer")
    assert nowhere["registry"][1].startswith("there is no folder")
    assert empty["registry"][1].endswith("has no registry.yaml")


def test_without_git_it_is_told(repository: Repository, database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(git, "is_installed", lambda: False)

    found = findings(run("doctor", "-o", "json", "--database", database, cwd=repository.top))

    assert found["git"][:2] == ("warning", "git is not on the PATH")


def test_a_registry_that_was_never_committed_is_told(tmp_path: Path, database: str) -> None:
    Repository.create(tmp_path / "a").git("update-ref", "-d", "HEAD")

    found = findings(run("doctor", "-o", "json", "--database", database, cwd=tmp_path / "a"))

    assert found["registry"][1].endswith("is in a repository without a commit")


def test_nothing_that_cannot_be_is_advised(
    tmp_path: Path, repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a registry there is nothing to apply, and without git no commit."""
    monkeypatch.setenv("TOOLREG_STATE_DIR", str(tmp_path / "state"))
    empty = tmp_path / "empty"
    empty.mkdir()

    nowhere = run("doctor", cwd=empty)
    monkeypatch.setenv("PATH", str(empty))
    without_git = run("doctor", cwd=repository.top)

    assert (nowhere.code, without_git.code) == (0, 0)
    assert "toolreg apply" not in nowhere.out
    assert "toolreg apply --worktree makes it" in " ".join(without_git.out.split())
    assert "git init" not in without_git.out
