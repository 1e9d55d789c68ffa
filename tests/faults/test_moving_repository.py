"""A repository that is rewritten, force-pushed and garbage-collected, and files that change, while they are read."""

import json
import os
import random
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from threading import Event, Thread
from typing import Any

import psycopg
import pytest

from reconciler.desired.source import Unreadable
from reconciler.desired.worktree_files import Worktree
from tests.builders import Repository, Result, registry, run, service, tool
from tests.faults.objects import Objects

pytestmark = pytest.mark.faults
Conn = psycopg.Connection[Any]


@contextmanager
def meanwhile(act: Callable[[], None]) -> Iterator[Event]:
    """Do something again and again as long as the block lasts; the event is set when it was done once."""
    stop, done = Event(), Event()
    failed: list[BaseException] = []

    def work() -> None:
        try:
            while not stop.is_set():
                act()
                done.set()
        except BaseException as error:  # noqa: BLE001  Raised again where the test sees it.
            failed.append(error)
            done.set()

    thread = Thread(target=work)
    thread.start()
    try:
        yield done
    finally:
        stop.set()
        thread.join()
    assert not failed, failed


def rows(conn: Conn) -> dict[str, str]:
    """Return the version of each tool that is there."""
    return dict(conn.execute(b"SELECT name, version FROM registry.tools").fetchall())


def is_clear(result: Result) -> bool:
    """Whether a command did what it was to do, or says why not."""
    if result.code == 0:
        return True
    return result.code in {1, 3, 4} and "error: " in result.err and "Nothing was changed" in result.err


# ---- Commits


class Rewriter:
    """Pushes other commits again and again: none has a parent, and all tools of it have its number."""

    def __init__(self, repository: Repository, tools: int, folder: Path) -> None:
        self._repository = repository
        self._elsewhere = Repository.create(folder)
        self._objects = Objects(folder)
        repository.git("config", "receive.denyCurrentBranch", "ignore")
        self._tools = tools
        self._numbers = count(1)
        self._random = random.Random(1)  # noqa: S311  It hides nothing.
        self.numbers: dict[str, int] = {}

    def __call__(self) -> None:
        """Push a commit by force, and clean up what nobody names any more."""
        number = next(self._numbers)
        files = {"registry/registry.yaml": registry(), "registry/services/api.yaml": service()}
        # Some of them come and go, some move.
        names = self._random.sample(range(self._tools), self._tools * 3 // 4)
        for name in names:
            folder = self._random.choice(["", "team/"])
            files[f"registry/tools/{folder}t{name}.yaml"] = tool(f"t{name}", version=f"1.0.{number}")
        written = {path: json.dumps(content).encode() for path, content in files.items()}
        commit = self._objects.commit(written, [], number)
        self.numbers[commit] = number
        self._elsewhere.git("push", "-q", "--force", str(self._repository.top), f"{commit}:refs/heads/main")
        if number % 2:
            self._repository.git("reflog", "expire", "--expire=now", "--all")
            self._repository.git("gc", "-q", "--prune=now")


@pytest.mark.parametrize("tools", [40, 700])
def test_each_apply_is_one_commit_or_none(
    repository: Repository,
    database: str,
    conn: Conn,
    tmp_path: Path,
    tools: int,
    long: bool,  # noqa: FBT001  A fixture.
) -> None:
    """Also where several processes read, as they do from 600 files on."""
    if tools > 600 and not long:
        pytest.skip("it takes long; --long runs it")
    rewriter = Rewriter(repository, tools, tmp_path / "elsewhere")
    words = ("--ref", "main", "--allow-rewind", "--max-deletes", 1000, "--database", database)
    codes = []
    with meanwhile(rewriter) as began:
        assert began.wait(20)
        for _ in range(200 if long else 10):
            before = rows(conn)

            result = run("apply", *words, cwd=repository.top)

            assert is_clear(result), result
            codes.append(result.code)
            after = rows(conn)
            if result.code:
                assert after == before
            else:
                ((commit,),) = conn.execute(
                    b"SELECT commit FROM registry.revisions WHERE outcome = 'applied' ORDER BY number DESC LIMIT 1"
                ).fetchall()
                assert set(after.values()) == {f"1.0.{rewriter.numbers[commit]}"}
                assert len(after) == tools * 3 // 4
    assert 0 in codes
    assert run("apply", *words, cwd=repository.top).code == 0
    assert set(rows(conn).values()) == {f"1.0.{len(rewriter.numbers)}"}


# ---- Files as they lie


def become_pipe(path: Path) -> None:
    os.mkfifo(path)
    # As long as this test runs, there is a writer to wait for.
    Thread(target=path.write_text, args=("",), daemon=True).start()


@pytest.mark.parametrize(
    ("become", "said"),
    [
        (lambda _: None, "No such file or directory"),
        (Path.mkdir, "there is no regular file "),
        (become_pipe, "there is no regular file "),
        (lambda path: path.symlink_to("/etc/passwd"), "Too many levels of symbolic links"),
    ],
)
def test_what_became_of_a_file_since_it_was_listed_is_not_read(
    repository: Repository, become: Callable[[Path], None], said: str
) -> None:
    source = Worktree(repository.top, "registry", None)
    entries = source.list_entries()
    path = repository.top / "registry/services/api.yaml"
    path.unlink()
    become(path)

    with pytest.raises(Unreadable, match=said) as found:
        list(source.read(entries))

    assert '"registry/services/api.yaml"' in str(found.value)


class Shuffler:
    """Replaces, removes and turns into something else whatever lies in a folder."""

    def __init__(self, repository: Repository, outside: Path) -> None:
        self._folder = repository.top / "registry/tools"
        self._outside = outside
        self._numbers = count(1)
        self._random = random.Random(1)  # noqa: S311  It hides nothing.

    def __call__(self) -> None:
        """Do one thing to one file."""
        name = f"t{self._random.randrange(20)}"
        path = self._folder / f"{name}.yaml"
        new = self._folder.parent / f"new-{name}"
        match self._random.randrange(8):
            case 0:
                os.mkfifo(new)
            case 1:
                new.symlink_to(self._outside / f"{name}.yaml")
            case 2:
                new.symlink_to(new)
            case 3:
                self._clear(path)
                return
            case 4:
                self._clear(path)
                (path / "inside").mkdir(parents=True)
                return
            case _:
                new.write_text(json.dumps(tool(name, version=f"1.0.{next(self._numbers)}")))
        self._clear(path, only_folder=True)
        new.replace(path)

    def _clear(self, path: Path, *, only_folder: bool = False) -> None:
        if path.is_dir() and not path.is_symlink():
            (path / "inside").rmdir()
            path.rmdir()
        elif not only_folder:
            path.unlink(missing_ok=True)


def test_files_that_change_while_they_are_read_are_neither_followed_nor_waited_for(
    repository: Repository,
    database: str,
    conn: Conn,
    tmp_path: Path,
    long: bool,  # noqa: FBT001  A fixture.
) -> None:
    for number in range(20):
        repository.add(tool(f"t{number}"))
        (tmp_path / f"t{number}.yaml").write_text(json.dumps(tool(f"t{number}", version="6.6.6")))
    repository.commit()
    shuffler = Shuffler(repository, tmp_path)
    words = ("apply", "--worktree", "--max-deletes", 100, "--database", database)
    with meanwhile(shuffler) as began:
        assert began.wait(20)
        for _ in range(300 if long else 15):
            before = rows(conn)

            result = run(*words, cwd=repository.top)

            assert is_clear(result), result
            after = rows(conn)
            assert after == before or result.code == 0
            assert "6.6.6" not in after.values()
    shutil.rmtree(repository.top / "registry")
    repository.git("checkout", "-q", "--", "registry")
    assert run(*words, cwd=repository.top).code == 0
    assert rows(conn) == {f"t{number}": "1.0.0" for number in range(20)}
