"""toolreg reconcile --once: one look and one apply per target, and what each end is called."""

import fcntl
import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import psycopg
import pytest

from reconciler.cli.commands.reconcile import reconcile
from reconciler.database.connection import connect
from reconciler.serving.lease import acquire_lease
from tests.builders import Repository, Result, node, run, tool
from tests.conftest import Toolreg
from tests.test_remote import list_processes

Conn = psycopg.Connection[Any]


@pytest.fixture(autouse=True)
def _own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A copy of the repository of each test's own."""
    monkeypatch.setenv("TOOLREG_STATE_DIR", str(tmp_path / "state"))


def once(repository: Repository, *targets: str, options: tuple[object, ...] = ()) -> Result:
    """Reconcile databases with the branch main, once."""
    named = [part for number, target in enumerate(targets) for part in ("--target", f"t{number}={target}")]
    return run("reconcile", "--once", "--repo", repository.top, *named, *options, cwd=repository.top.parent)


def state(conn: Conn) -> tuple[str, str]:
    """Return condition and reason as recorded."""
    row = conn.execute(b"SELECT condition, reason FROM api.reconcilers").fetchone()
    assert row is not None
    return str(row[0]), str(row[1])


def test_the_head_of_the_branch_is_applied(repository: Repository, database: str, conn: Conn) -> None:
    repository.add(tool())
    commit = repository.commit()
    (repository.top / "registry/tools/lookup.yaml").write_text("half-written")

    assert once(repository, database).code == 0

    assert conn.execute(b"SELECT name, commit FROM registry.tools, registry.revisions").fetchall() == [
        ("lookup", commit)
    ]
    assert state(conn) == ("Ready", "Applied")


def test_a_second_time_there_is_nothing_to_apply(repository: Repository, database: str, conn: Conn) -> None:
    for _ in range(2):
        assert once(repository, database).code == 0

    assert conn.execute(b"SELECT count(*) FROM registry.revisions").fetchone() == (1,)


def test_drift_is_repaired(repository: Repository, database: str, conn: Conn) -> None:
    assert once(repository, database).code == 0
    conn.execute(
        b"UPDATE registry.services SET manifest ="
        b" jsonb_set(manifest::jsonb, '{metadata,description}', '\"by hand\"')::json"
    )

    assert once(repository, database).code == 0

    assert conn.execute(b"SELECT manifest #>> '{metadata,description}' FROM registry.services").fetchone() == (
        "api of a test.",
    )


@pytest.mark.parametrize("options", [("--branch", "gone"), ("--repo", "/nowhere/at/all")])
def test_without_the_branch_nothing_is_applied(
    repository: Repository, database: str, conn: Conn, options: tuple[object, ...]
) -> None:
    assert once(repository, database).code == 0

    assert once(repository, database, options=options).code == 1

    assert conn.execute(b"SELECT count(*) FROM registry.services").fetchone() == (1,)
    assert ("Stalled", "SourceGone") in conn.execute(b"SELECT condition, reason FROM api.reconcilers").fetchall()


def test_an_invalid_commit_stalls_and_the_last_good_one_stays(
    repository: Repository, database: str, conn: Conn
) -> None:
    assert once(repository, database).code == 0
    repository.write("tools/bad.yaml", "kind: Tool\n")
    repository.commit()

    result = once(repository, database)

    assert result.code == 1
    assert state(conn) == ("Stalled", "Invalid")
    lines = [json.loads(line) for line in result.err.splitlines()]
    (told,) = [line for line in lines if line["level"] == "error"]
    assert "registry/tools/bad.yaml:1:1: the document lacks" in told["message"]
    assert (told["target"], told["outcome"], told["commit"]) == ("t0", "invalid", repository.git("rev-parse", "HEAD"))
    assert conn.execute(b"SELECT count(*) FROM registry.services").fetchone() == (1,)


def test_a_refusal_names_the_rule(repository: Repository, database: str, conn: Conn) -> None:
    repository.add(tool())
    repository.commit()
    assert once(repository, database).code == 0
    repository.remove("tools/lookup.yaml")
    repository.commit()

    result = once(repository, database)

    assert result.code == 3
    assert state(conn) == ("Stalled", "Refused: too-many-deletions")


def test_a_suspension_is_waited_for(repository: Repository, database: str, conn: Conn, toolreg: Toolreg) -> None:
    assert toolreg("suspend", "--reason", "An incident.").code == 0

    assert once(repository, database).code == 3

    assert state(conn) == ("Stalled", "OnHold: suspended")


def test_a_database_that_is_away_does_not_hold_up_the_others(repository: Repository, database: str, conn: Conn) -> None:
    result = once(repository, "host=/nowhere dbname=x", database)

    assert result.code == 4
    assert conn.execute(b"SELECT count(*) FROM registry.services").fetchone() == (1,)


def test_a_rewritten_branch_is_refused_unless_allowed(repository: Repository, database: str, conn: Conn) -> None:
    repository.add(tool())
    repository.commit()
    assert once(repository, database).code == 0
    repository.git("commit", "--amend", "-q", "-m", "Another")

    assert once(repository, database).code == 3
    assert state(conn) == ("Stalled", "Refused: rewind")

    assert once(repository, database, options=("--allow-rewind",)).code == 0
    assert state(conn) == ("Ready", "Applied")


def test_status_shows_the_reconciler_and_the_last_runs(repository: Repository, database: str, toolreg: Toolreg) -> None:
    commit = repository.git("rev-parse", "HEAD")
    assert once(repository, database).code == 0

    document = toolreg("status", "-o", "json").json
    text = toolreg("status").out

    assert [(one["condition"], one["head"], one["behind"]) for one in document["reconcilers"]] == [("Ready", commit, 0)]
    assert [one["outcome"] for one in document["runs"]] == ["applied"]
    assert f"head {commit[:12]}, attempted {commit[:12]}" in text
    assert "held the lease last, and does not run now" in text


def test_settings_come_from_a_file_which_options_override(
    repository: Repository, database: str, tmp_path: Path
) -> None:
    file = tmp_path / "reconcile.yaml"
    settings = {
        "repo": str(repository.top),
        "branch": "elsewhere",
        "interval": "5s",
        "targets": [{"name": "eu", "database": "env:EU"}],
    }
    file.write_text(json.dumps(settings))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EU", database)
        patch.setenv("TOOLREG_BRANCH", "main")
        assert run("reconcile", "--once", "--config", file, cwd=tmp_path).code == 0


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("repo: x\nbranch: 1\n", "branch: Input should be a valid string"),
        ("repo: x\ninterval: 1ms\n", 'interval: "1ms" is no interval; expected 1s to 1d, such as 60s'),
        ("repo: x\ntypo: y\n", "typo: Extra inputs are not permitted"),
        ("branch: main\n", "repo: Field required"),
        ("repo: x\nrepo: y\n", "2:1"),
        ("[]\n", "expected the settings of toolreg reconcile"),
        ("repo: 'ext::sh -c id'\nbranch: 'a b'\n", '"a b" is no name of a branch'),
        ("repo: x\ntargets: [{name: a, database: b}, {name: a, database: c}]\n", "two targets are called a"),
        ("repo: x\ntargets: [{name: a, database: c}, {name: b, database: c}]\n", "targets a, b are one database"),
        ("repo: x\nenvironment: ../prod\n", 'environment: "../prod" is no name of an environment'),
    ],
)
def test_bad_settings_say_what_is_wrong(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "reconcile.yaml"
    file.write_text(text)

    result = run("reconcile", "--once", "--config", file, cwd=tmp_path)

    assert result.code == 1
    assert message in result.err


def test_a_bad_connection_string_is_told_with_the_name_of_its_target(repository: Repository) -> None:
    result = once(repository, "dbnam=x host=/nowhere")

    assert result.code == 1
    assert 'target t0 has the parameter \\"dbnam\\"' in result.err
    # git, which the end of the process stops, is not blamed.
    assert "as toolreg stops" not in result.err


def test_every_option_has_a_variable() -> None:
    named = {parameter.name: str(parameter.envvar) for parameter in reconcile.params}

    assert [name for name, variable in named.items() if not variable.startswith("TOOLREG_")] == []


def test_the_transport_ext_runs_no_program(tmp_path: Path, database: str) -> None:
    witness = tmp_path / "witness"

    result = run("reconcile", "--once", "--repo", f"ext::touch {witness}", "--target", f"t={database}", cwd=tmp_path)

    assert result.code != 0
    assert not witness.exists()


def patch_worker(repository: Repository, environment: str) -> None:
    """Give the node another address in an environment."""
    repository.write(
        f"environments/{environment}/nodes/worker.yaml",
        {
            "apiVersion": "toolreg/v1",
            "kind": "Node",
            "metadata": {"name": "worker"},
            "spec": {"address": f"http://{environment}:1"},
        },
    )


def test_an_environment_is_applied_under_a_lease_of_its_own(repository: Repository, database: str, conn: Conn) -> None:
    repository.add(node())
    patch_worker(repository, "staging")
    repository.commit()

    assert once(repository, database, options=("--env", "staging")).code == 0

    assert conn.execute(b"SELECT address FROM registry.nodes").fetchall() == [("http://staging:1",)]
    assert conn.execute(b"SELECT source, reason FROM api.reconcilers").fetchall() == [
        (f"{repository.top} main registry (staging)", "Applied")
    ]


def test_a_database_of_another_environment_is_not_taken_for_equal(
    repository: Repository, database: str, conn: Conn
) -> None:
    repository.add(node())
    patch_worker(repository, "staging")
    repository.commit()
    assert once(repository, database, options=("--env", "staging")).code == 0

    assert once(repository, database).code == 3

    assert ("Stalled", "Refused: other-environment") in conn.execute(
        b"SELECT condition, reason FROM api.reconcilers"
    ).fetchall()


def test_an_unknown_environment_stalls_and_names_the_known_ones(
    repository: Repository, database: str, conn: Conn, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository.add(node())
    patch_worker(repository, "staging")
    repository.commit()
    monkeypatch.setenv("TOOLREG_ENV", "prod")

    assert once(repository, database).code == 1

    assert conn.execute(b"SELECT condition, message FROM api.reconcilers").fetchall() == [
        ("Stalled", 'there is no environment "prod" in environments/; expected staging')
    ]


def test_a_work_tree_applied_at_the_same_commit_is_not_taken_for_equal(
    repository: Repository, database: str, conn: Conn, toolreg: Toolreg
) -> None:
    repository.add(tool())
    repository.commit()
    repository.add(tool("draft"))
    assert toolreg("apply", "--worktree").code == 0

    assert once(repository, database).code == 0

    assert conn.execute(b"SELECT name FROM registry.tools").fetchall() == [("lookup",)]


def test_a_file_name_that_is_no_text_is_told(repository: Repository, database: str, conn: Conn) -> None:
    (repository.top / os.fsdecode(b"registry/tools/caf\xe9.yaml")).parent.mkdir(exist_ok=True)
    (repository.top / os.fsdecode(b"registry/tools/caf\xe9.yaml")).write_text("kind: [")
    repository.commit()

    assert once(repository, database).code == 1

    assert state(conn) == ("Stalled", "Invalid")


def test_once_does_not_pass_for_done_while_another_process_holds_the_lease(
    repository: Repository, database: str
) -> None:
    with connect(database) as conn:
        assert acquire_lease(conn, f"{repository.top} main registry", "another")

    assert once(repository, database).code == 4


def test_once_is_ended_by_a_signal(database: str, tmp_path: Path) -> None:
    wrapper, asked = tmp_path / "ssh", tmp_path / "asked"
    wrapper.write_text(f"#!/bin/sh\ntouch {asked}; exec sleep 321\n")
    wrapper.chmod(0o755)
    arguments = ("reconcile", "--once", "--repo", "ssh://git.example.com/x", "--target", f"t={database}")
    with subprocess.Popen(
        [sys.executable, "-m", "reconciler", *arguments],
        env=os.environ | {"GIT_SSH": str(wrapper)},
        stderr=subprocess.DEVNULL,
    ) as process:
        while not asked.exists():
            time.sleep(0.02)
        began = time.monotonic()

        process.send_signal(signal.SIGTERM)

        assert process.wait(20) == 4
        assert time.monotonic() - began < 5


def test_a_fetch_does_not_wait_for_ever_for_a_process_that_stopped_with_the_copy(
    repository: Repository, database: str, tmp_path: Path
) -> None:
    assert once(repository, database).code == 0
    repository.add(tool())
    repository.commit()
    (copy,) = (tmp_path / "state/mirrors").glob("*.lock")
    with copy.open("ab") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("reconciler.desired.git.mirror.FETCH_SECONDS", 0.3)
            assert once(repository, database).code == 4
    assert once(repository, database).code == 0


def test_the_password_of_a_database_is_in_no_argument_no_log_and_no_row(
    repository: Repository, database: str, conn: Conn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DB", f"{database} password=s3cr3t-of-the-house")
    seen: list[bytes] = []
    ended = threading.Event()

    def look() -> None:
        while not ended.wait(0.05):
            seen.append(list_processes())

    thread = threading.Thread(target=look)
    thread.start()
    result = once(repository, "env:DB")
    ended.set()
    thread.join()

    assert result.code == 0
    assert b"reconciler.serving.work" in b"".join(seen)
    rows = str(conn.execute(b"SELECT * FROM api.reconcilers").fetchall())
    assert "s3cr3t" not in b"".join(seen).decode("utf-8", "replace") + result.out + result.err + rows
