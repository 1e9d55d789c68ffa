"""A failure of git is never taken for an answer: each call of git by each command fails in each way.

The calls are those that a command makes when nothing fails. Whatever fails, the command gives the answer that is right
or says that there is none, and the database is as it was.
"""

import os
import re
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import Any, Final

import psycopg
import pytest

from tests.builders import Repository, Result, tool
from tests.conftest import Begin, Beginning, Toolreg
from tests.roles import as_superuser

pytestmark = pytest.mark.faults

FAILURES: Final = ("killed", "128", "1", "silent 1", "cut", "empty")
MORE_FAILURES: Final = ("killed inside", "killed late", "cut by one", "nothing")
KILLED: Final = ("killed", "killed inside", "killed late")
COMMANDS: Final = {
    "validate": ("validate",),
    "validate a commit": ("validate", "--ref", "HEAD"),
    "plan": ("plan",),
    "plan a commit": ("plan", "--ref", "HEAD"),
    "plan an older commit": ("plan", "--ref", "HEAD~2"),
    "plan a branch": ("plan", "--ref", "other"),
    "apply": ("apply", "--dry-run"),
    "apply an older commit": ("apply", "--dry-run", "--ref", "HEAD~2"),
    "apply a branch": ("apply", "--dry-run", "--ref", "other"),
    "apply files": ("apply", "--worktree", "--allow-rewind", "--dry-run"),
    "adopt": ("adopt", "tool/by_hand"),
    "doctor": ("doctor",),
}
BY_HAND: Final = b"""
    WITH entity AS (INSERT INTO registry.entities (kind, name) VALUES ('Tool', 'by_hand') RETURNING id)
    INSERT INTO registry.tools (id, manifest)
    SELECT entity.id, jsonb_set(manifest::jsonb, '{metadata,name}', '"by_hand"')::json
    FROM entity, registry.tools WHERE name = 'kept'
"""


@dataclass(frozen=True)
class Fake:
    """The git that fails."""

    folder: Path
    patch: pytest.MonkeyPatch
    numbers: Iterator[int]

    def arm(self, at: int = 0, how: str = "") -> Path:
        """Have one call fail from now on, or none; return the file that lists the calls."""
        log = self.folder / f"calls-{next(self.numbers)}"
        log.touch()
        for name, value in (("LOG", log), ("AT", at), ("HOW", how)):
            self.patch.setenv(f"FAKE_GIT_{name}", str(value))
        return log


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Fake:
    folder = tmp_path / "fake"
    folder.mkdir()
    shutil.copy(Path(__file__).with_name("fake_git.sh"), folder / "git")
    monkeypatch.setenv("FAKE_GIT_REAL", shutil.which("git") or "")
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    made = Fake(folder, monkeypatch, count())
    made.arm()
    return made


@pytest.fixture(scope="module")
def beginning(begin: Begin) -> Beginning:
    """A registry with revisions, a branch beside it, and a row put in by hand."""

    def fill(repository: Repository, toolreg: Toolreg) -> None:
        repository.add(tool("kept"), tool("unwatched"))
        repository.commit()
        assert toolreg("apply").code == 0
        repository.git("branch", "other")
        repository.add(tool("kept", version="1.1.0"))
        repository.commit()
        assert toolreg("apply").code == 0
        with psycopg.connect(as_superuser(toolreg.database)) as conn:
            conn.execute(BY_HAND)
        repository.git("checkout", "-q", "other")
        repository.add(tool("elsewhere"))
        repository.commit()
        repository.git("checkout", "-q", "main")
        repository.add(tool("kept", version="1.2.0"), tool("new"))
        repository.commit()

    return begin(fill)


@pytest.fixture
def applied(begun: Repository) -> Repository:
    """The same with a filter, and files changed in many ways."""
    repository = begun
    repository.write("../.gitattributes", "*.yaml filter=x\n")
    repository.git("config", "filter.x.clean", f"touch '{repository.top.parent / 'ran'}'; cat")
    repository.write("../.gitignore", "ignored.yaml\n")
    repository.write("tools/ignored.yaml", "[")
    repository.git("update-index", "--assume-unchanged", "registry/tools/unwatched.yaml")
    repository.add(tool("unwatched", version="2.0.0"), tool("kept", version="1.3.0"), tool("untracked"))
    (repository.top.parent / "ran").unlink(missing_ok=True)
    return repository


def rows(conn: psycopg.Connection[Any]) -> list[Any]:
    """Return what is declared, and what was applied last."""
    heads = b"SELECT max(number)::text, NULL FROM registry.revisions WHERE outcome = 'applied'"
    return conn.execute(b"SELECT name, manifest::text FROM registry.tools UNION ALL " + heads).fetchall()


def plain(result: Result) -> Result:
    """Return a result without what differs from run to run."""
    return replace(result, out=re.sub(r"\b\d[\d.,:-]*\b", "N", result.out))


@dataclass(frozen=True)
class Tried:
    """A command that is tried with each failure, and what it says without any."""

    toolreg: Toolreg
    conn: psycopg.Connection[Any]
    fake: Fake
    arguments: tuple[str, ...]

    def run(self, at: int = 0, how: str = "") -> Result:
        """Run the command while one call fails."""
        self.fake.arm(at, how)
        return plain(self._run())

    def calls(self) -> list[str]:
        """Return the calls that it makes."""
        log = self.fake.arm()
        self._run()
        calls = log.read_text().splitlines()
        assert calls
        return calls

    def _run(self) -> Result:
        needs_database = self.arguments[0] != "validate"
        return self.toolreg(*self.arguments) if needs_database else self.toolreg.offline(*self.arguments)


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS.keys())
def test_a_failure_of_git_is_no_answer(
    applied: Repository,
    toolreg: Toolreg,
    fake: Fake,
    conn: psycopg.Connection[Any],
    command: tuple[str, ...],
    *,
    long: bool,
) -> None:
    tried = Tried(toolreg, conn, fake, command)
    adopted = applied.top / "registry/tools/by_hand.yaml"
    expected = tried.run()
    adopted.unlink(missing_ok=True)
    before = rows(conn)

    wrong = []
    for number, call in enumerate(tried.calls(), 1):
        for how in failures(command, number, long=long):
            adopted.unlink(missing_ok=True)
            result = tried.run(number, how)
            if not is_right(result, expected, how) or rows(conn) != before:
                wrong.append((how, call, result))

    assert wrong == []
    assert not (applied.top.parent / "ran").exists()


def failures(command: tuple[str, ...], number: int, *, long: bool) -> Sequence[str]:
    """Return how a call fails. The short form tries half of it where a command has options."""
    if long:
        return FAILURES + MORE_FAILURES
    return FAILURES if len(command) == 1 else FAILURES[number % 2 :: 2]


@pytest.mark.usefixtures("applied")
@pytest.mark.parametrize("command", [("validate", "--ref", "HEAD"), ("plan",), ("apply", "--dry-run")])
def test_one_git_reads_all_objects_of_a_command(
    toolreg: Toolreg, fake: Fake, conn: psycopg.Connection[Any], command: tuple[str, ...]
) -> None:
    calls = Tried(toolreg, conn, fake, command).calls()

    assert sum(" cat-file " in call for call in calls) == 1


@pytest.mark.usefixtures("applied")
@pytest.mark.parametrize("number", range(1, 14))
def test_killed_at_any_call_an_apply_changes_nothing_or_everything(
    toolreg: Toolreg, fake: Fake, conn: psycopg.Connection[Any], number: int
) -> None:
    before = rows(conn)
    fake.arm(number, "killed")

    result = toolreg("apply")

    assert (result.code, rows(conn) == before) in ((4, True), (0, False))
    fake.arm()
    assert toolreg("apply").code == 0
    assert "new" in {name for name, _ in rows(conn)}


def is_right(result: Result, expected: Result, how: str) -> bool:
    """Whether a result is the expected one, or none at all."""
    if (result.code, result.out) == (expected.code, expected.out):
        return True
    if "--allow-rewind" in result.err or "Traceback" in result.err:
        return False
    if result.code == 1 and re.search("^error +(git|registry) ", result.out, re.MULTILINE):
        # A finding of doctor's.
        return True
    said = result.err
    if how in KILLED:
        return result.code == 4 and "killed by signal" in said
    return result.code in (1, 3, 4) and "git" in said
