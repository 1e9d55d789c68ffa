"""On a terminal, a command asks before it writes to a server that others use, too."""

import os
import pty
import select
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import psycopg
import pytest

from tests.builders import Repository, tool
from tests.conftest import Toolreg

Conn = psycopg.Connection[Any]
LONGEST: Final = 60.0


class Terminal:
    """A process with a terminal of its own."""

    def __init__(self, process: "subprocess.Popen[Any]", end: int) -> None:
        self.process = process
        self._end = end
        self.said = ""

    def wait_for(self, text: str) -> None:
        """Read until the process said so."""
        deadline = time.monotonic() + LONGEST
        while text not in self.said:
            assert select.select([self._end], [], [], deadline - time.monotonic())[0], self.said
            assert self._read(), self.said

    def answer(self, text: str) -> int:
        """Type a text, read to the end and return the exit code."""
        os.write(self._end, text.encode())
        while self._read():
            pass
        return self.process.wait(LONGEST)

    def end(self) -> int:
        """Read to the end and return the exit code."""
        return self.answer("")

    def _read(self) -> bool:
        try:
            data = os.read(self._end, 65536)
        except OSError:
            # Linux answers EIO once the last process has closed the other end.
            return False
        self.said += data.decode().replace("\r\n", "\n")
        return bool(data)


@contextmanager
def terminal(repository: Repository, *words: object, **streams: Any) -> Iterator[Terminal]:
    """Run the command line on a terminal; `streams` are what it has instead."""
    ours, theirs = pty.openpty()
    environment = os.environ | {"NO_COLOR": "1"} | streams.pop("variables", {})
    process = subprocess.Popen(
        [sys.executable, "-m", "reconciler", *map(str, words)],
        cwd=repository.top,
        env=environment,
        text=False,
        **{"stdin": theirs, "stdout": theirs, "stderr": theirs} | streams,
    )
    os.close(theirs)
    try:
        yield Terminal(process, ours)
    finally:
        process.kill()
        process.wait()
        os.close(ours)


@pytest.fixture
def changed(repository: Repository) -> Repository:
    """A repository with a commit to apply."""
    repository.add(tool())
    repository.commit()
    return repository


def outcomes(conn: Conn) -> list[str]:
    return [outcome for (outcome,) in conn.execute(b"SELECT outcome FROM registry.revisions ORDER BY number")]


def test_a_plan_is_shown_once_and_applied_after_a_yes(changed: Repository, database: str, conn: Conn) -> None:
    with terminal(changed, "apply", "--database", database) as run:
        run.wait_for("[y/N] ")
        assert outcomes(conn) == []
        assert run.answer("y\n") == 0

    assert run.said.count("+ create Tool/lookup") == 1
    assert "\nApply to toolreg_" in run.said
    assert "Applied as revision 1" in run.said
    assert outcomes(conn) == ["applied"]


@pytest.mark.parametrize("answer", ["n\n", "\n", "what\n", "\x04"], ids=["no", "nothing", "else", "end of input"])
def test_any_other_answer_changes_nothing(changed: Repository, database: str, conn: Conn, answer: str) -> None:
    with terminal(changed, "apply", "--database", database) as run:
        run.wait_for("[y/N] ")
        assert run.answer(answer) == 1

    assert run.said.endswith(
        "error: The plan was not confirmed, and nothing was changed in the database. Without a question: --yes.\n"
    )
    assert outcomes(conn) == []


def test_no_lock_is_held_while_a_person_thinks(
    changed: Repository, toolreg: Toolreg, database: str, conn: Conn
) -> None:
    """And of what others applied meanwhile nothing is undone: another plan was confirmed."""
    with terminal(changed, "apply", "--database", database) as run:
        run.wait_for("[y/N] ")
        others = conn.execute(
            b"SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        ).fetchone()
        assert others == (0,)
        assert toolreg("apply", "--ref", "HEAD~1", "--lock-timeout", "1").code == 0
        assert run.answer("yes\n") == 3

    assert " was approved. Have the plan reviewed that is shown now." in run.said
    assert run.said.count("+ create Tool/lookup") == 2
    assert outcomes(conn) == ["applied", "refused"]


def test_with_yes_there_is_no_question(changed: Repository, database: str, conn: Conn) -> None:
    with terminal(changed, "apply", "--yes", "--database", database) as run:
        assert run.end() == 0

    assert "[y/N]" not in run.said
    assert outcomes(conn) == ["applied"]


@pytest.mark.parametrize(
    "streams",
    [{"stdin": subprocess.DEVNULL}, {"stderr": subprocess.PIPE}, {"variables": {"CI": "true"}}],
    ids=["stdin is none", "stderr is a pipe", "CI"],
)
def test_without_a_person_there_is_no_question(
    changed: Repository, database: str, conn: Conn, streams: dict[str, Any]
) -> None:
    with terminal(changed, "apply", "--database", database, **streams) as run:
        assert run.end() == 0
        if run.process.stderr:
            run.process.stderr.close()

    assert "[y/N]" not in run.said
    assert outcomes(conn) == ["applied"]


def test_a_plan_that_stdout_hides_is_shown_on_the_terminal(changed: Repository, database: str) -> None:
    with terminal(changed, "apply", "-o", "json", "--database", database, stdout=subprocess.PIPE) as run:
        run.wait_for("[y/N] ")
        assert "+ create Tool/lookup" in run.said
        assert run.process.stdout
        assert run.answer("y\n") == 0
        assert run.process.stdout.read().startswith(b'{\n  "formatVersion": 1,')
        run.process.stdout.close()


@pytest.mark.usefixtures("changed")
def test_a_refused_plan_is_not_asked_about(changed: Repository, toolreg: Toolreg, database: str, conn: Conn) -> None:
    assert toolreg("apply").code == 0
    changed.remove("tools/lookup.yaml")
    changed.commit()

    with terminal(changed, "apply", "--database", database) as run:
        assert run.end() == 3

    assert "[y/N]" not in run.said
    assert "would delete 1 of 1 tools" in run.said
    assert outcomes(conn) == ["applied", "refused"]


def test_nothing_to_do_is_not_asked_about(changed: Repository, toolreg: Toolreg, database: str) -> None:
    assert toolreg("apply").code == 0

    with terminal(changed, "apply", "--database", database) as run:
        assert run.end() == 0

    assert run.said == "Nothing to do: the database matches.\n"


def test_a_rollback_and_a_repair_ask_too(changed: Repository, toolreg: Toolreg, database: str, conn: Conn) -> None:
    assert toolreg("apply", "--ref", "HEAD~1").code == 0
    assert toolreg("apply").code == 0
    conn.execute(b"UPDATE registry.tools SET manifest = jsonb_set(manifest::jsonb, '{spec,category}', '\"X\"')::json")
    for words in (("drift", "--fix"), ("rollback", 1, "--reason", "Back.", "--max-deletes", 1)):
        with terminal(changed, *words, "--database", database) as run:
            run.wait_for("[y/N] ")
            assert "Tool/lookup, changed by hand in the database" in run.said
            assert run.answer("n\n") == 1
    assert outcomes(conn) == ["applied"] * 2
    with terminal(changed, "drift", "--fix", "--database", database) as run:
        run.wait_for("[y/N] ")
        assert run.answer("y\n") == 0
    assert outcomes(conn) == ["applied"] * 3


def test_the_embedded_server_is_a_users_own(changed: Repository, tmp_path: Path) -> None:
    with terminal(changed, "apply", variables={"TOOLREG_STATE_DIR": str(tmp_path / "state")}) as run:
        assert run.end() == 0

    assert "[y/N]" not in run.said
