"""toolreg reconcile --once: one look and one apply per target, and what each end is called."""

import json
from pathlib import Path
from typing import Any

import psycopg
import pytest

from reconciler.cli.commands.reconcile import reconcile
from tests.builders import Repository, Result, run, tool
from tests.conftest import Toolreg

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
    ],
)
def test_bad_settings_say_what_is_wrong(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "reconcile.yaml"
    file.write_text(text)

    result = run("reconcile", "--once", "--config", file, cwd=tmp_path)

    assert result.code == 1
    assert message in result.err


def test_every_option_has_a_variable() -> None:
    named = {parameter.name: str(parameter.envvar) for parameter in reconcile.params}

    assert [name for name, variable in named.items() if not variable.startswith("TOOLREG_")] == []


def test_the_transport_ext_runs_no_program(tmp_path: Path, database: str) -> None:
    witness = tmp_path / "witness"

    result = run("reconcile", "--once", "--repo", f"ext::touch {witness}", "--target", f"t={database}", cwd=tmp_path)

    assert result.code != 0
    assert not witness.exists()
