"""Many reconcilers on one line of commits: the newest wins, each commit is applied once at most, and none goes back."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

import psycopg
import pytest

from tests import conftest
from tests.builders import Repository, Result, node, run, tool
from tests.faults.scene import content, eventually, no_lock_remains
from tests.victims import Victim, Victims

pytestmark = pytest.mark.faults

RUNNERS = 8
COMMITS = 5


@dataclass(frozen=True)
class Line:
    """A repository with a line of commits, each of which creates, updates, renames and deletes."""

    repository: Repository
    commits: Sequence[str]
    victims: Victims

    def start(self, database: str, ref: str) -> Victim:
        """Begin to apply what a ref names."""
        return self.victims.start("apply", "--ref", ref, "--lock-timeout", 60, "--database", database)

    def place(self, commit: str) -> int:
        """Return where on the line a commit is."""
        return self.commits.index(commit)

    def points_to(self, place: int) -> None:
        """Move the branch `line`."""
        self.repository.git("branch", "-f", "line", self.commits[place])


@pytest.fixture
def line(repository: Repository) -> Iterator[Line]:
    """The line that is raced on."""

    def commit(place: int) -> str:
        repository.add(node(), tool("kept", version=f"{place + 1}.0.0", metadata={"tags": [f"tag{place}"]}))
        repository.add(tool(f"renamed_{place}", metadata={"movedFrom": f"renamed_{place - 1}"} if place else None))
        repository.add(tool(f"passing_{place}", node="worker"))
        if place:
            repository.remove(f"tools/renamed_{place - 1}.yaml")
            repository.remove(f"tools/passing_{place - 1}.yaml")
        return repository.commit(f"Commit {place}")

    commits = [commit(place) for place in range(COMMITS)]
    with Victims(repository.top) as victims:
        yield Line(repository, commits, victims)


class Held:
    """Keeps the writers' lock until so many wait for it."""

    def __init__(self, database: str, waiters: int) -> None:
        self._database = database
        self._waiters = waiters

    def __enter__(self) -> None:
        self._holder = psycopg.connect(self._database)
        self._holder.execute(b"LOCK TABLE yoyo.writer IN EXCLUSIVE MODE")

    def __exit__(self, *_: object) -> None:
        with psycopg.connect(self._database, autocommit=True) as conn:
            eventually(
                conn,
                b"SELECT count(*) = %s FROM pg_locks WHERE relation = 'yoyo.writer'::regclass AND NOT granted"
                b" AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
                self._waiters,
            )
        self._holder.close()


def applied(database: str) -> list[str]:
    with psycopg.connect(database) as conn:
        return [
            commit
            for (commit,) in conn.execute(
                b"SELECT commit FROM registry.revisions WHERE outcome = 'applied' ORDER BY number"
            )
        ]


def deadlocks(server: str, database: str) -> int:
    name = psycopg.conninfo.conninfo_to_dict(database)["dbname"]
    with psycopg.connect(server) as conn:
        row = conn.execute(b"SELECT deadlocks FROM pg_stat_database WHERE datname = %s", [name]).fetchone()
        return int(row[0]) if row else -1


def rows(database: str) -> list[tuple[object, ...]]:
    return [row for row in content(database) if row[0] in {"row", "tag", "reference"}]


@pytest.mark.parametrize(("start", "first"), [("together", "ids"), ("as they come", "branch")])
def test_the_newest_wins_and_no_commit_is_applied_twice(
    line: Line,
    server: str,
    template: str,
    start: str,
    first: str,
    long: bool,  # noqa: FBT001  A fixture.
) -> None:
    """Eight at once, on five commits: by the branch as it moves on, or each by the id of one.

    Those who start together wait for the lock when the first of them gets it.
    """
    with conftest.copy(server, template) as database:
        assert run("apply", "--ref", line.commits[-1], "--database", database, cwd=line.repository.top).code == 0
        expected = rows(database)
    rounds = [(follows, seed) for follows in ("ids", "branch") for seed in range(50)] if long else [(first, 0)]
    for follows, seed in rounds:
        with conftest.copy(server, template) as database:
            is_together = start == "together"
            held: AbstractContextManager[None] = Held(database, RUNNERS) if is_together else nullcontext()
            order = [*((seed * 3 + number * number + number) % COMMITS for number in range(RUNNERS - 1)), COMMITS - 1]
            order = sorted(order) if follows == "branch" else order[seed % RUNNERS :] + order[: seed % RUNNERS]

            with held:
                victims = [begun(line, database, place, follows) for place in order]
            results = [victim.end() for victim in victims]

            winners = [line.place(commit) for commit in applied(database)]
            assert winners == sorted(set(winners)), (seed, results)
            assert winners[-1] == COMMITS - 1
            assert rows(database) == expected
            for place, result in zip(order, results, strict=True):
                check(line, place, result, is_late=follows == "ids" and not is_together)
            no_lock_remains(database)
            assert deadlocks(server, database) == 0


def begun(line: Line, database: str, place: int, follows: str) -> Victim:
    if follows == "ids":
        return line.start(database, line.commits[place])
    line.points_to(place)
    return line.start(database, "line")


def check(line: Line, place: int, result: Result, *, is_late: bool) -> None:
    """Who is of the newest commit has it applied; a loser is told to try again.

    Only who names an older commit, and comes after the newer one was applied, is refused: nobody overtook him.
    """
    assert "deadlock" not in result.err
    assert "Traceback" not in result.err
    if result.code == 0:
        return
    assert place < COMMITS - 1, result.err
    newer = [commit for commit in line.commits[place + 1 :] if f"is older than commit {commit[:12]}" in result.err]
    assert len(newer) == 1, result.err
    assert result.code == 4 or (is_late and result.code == 3), result.err
    assert (" meanwhile; there may be nothing left to do: try again" in result.err) == (result.code == 4)
