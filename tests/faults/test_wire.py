"""The connection is cut at any byte, or falls silent: what is said of it is true, and nobody waits for ever."""

from collections.abc import Iterable, Iterator, Mapping
from math import inf
from typing import Final

import pytest
from psycopg.conninfo import make_conninfo

from reconciler.applying import reconcile
from tests.builders import Repository, Result, run
from tests.faults.scene import content, copied, with_two_commits
from tests.faults.wire import How, Side, Wire

pytestmark = pytest.mark.faults

Place = tuple[Side, int | None]


class Trial:
    """A commit on which an apply is tried, over and over, until one comes through; then on a database that is new."""

    def __init__(self, repository: Repository, database: str) -> None:
        with_two_commits(repository, database)
        self._folder = repository.top
        self._database = database
        self._before = content(database)
        with copied(database) as copy, Wire(copy, "client", inf, "cut") as wire:
            assert run("apply", "--database", wire.conninfo, cwd=self._folder).code == 0
        self.sizes = wire.passed
        """How many bytes either side says."""
        with copied(database) as copy:
            assert run("apply", "--database", copy, cwd=self._folder).code == 0
            self._after = content(copy)

    def broken(self, places: Iterable[Place], how: How) -> list[Result]:
        """Break the connection at each of these bytes; whatever is said of the outcome must be true."""
        results: list[Result] = []
        todo = iter(places)
        place = next(todo, None)
        while place:
            with copied(self._database) as copy:
                is_new = True
                while place and is_new:
                    results.append(self._broken(copy, *place, how))
                    is_new = content(copy) == self._before
                    place = next(todo, None)
        return results

    def _broken(self, database: str, side: Side, limit: int | None, how: How) -> Result:
        with Wire(database, side, limit, how) as wire:
            # libpq waits for two seconds at least.
            address = make_conninfo(wire.conninfo, connect_timeout=2)
            result = run("apply", "--lock-timeout", 1, "--database", address, cwd=self._folder)
        now = content(database)
        assert "Traceback" not in result.err
        if result.code == 0:
            assert "Applied as revision " in result.err
            assert now == self._after
        else:
            assert result.code == 4, result.err
            assert "Applied" not in result.err
            if "Nothing was changed in the database." in result.err:
                assert now == self._before
            else:
                assert "run toolreg status when the database is back" in result.err
                assert now in (self._before, self._after)
        return result


@pytest.fixture
def trial(repository: Repository, database: str) -> Trial:
    """An apply that creates, updates, renames and deletes."""
    return Trial(repository, database)


def places(sizes: Mapping[Side, int], step: int, end: int, step_at_end: int) -> Iterator[Place]:
    """Yield bytes of either side at a distance, and with another one at the end, where COMMIT is."""
    for side, size in sizes.items():
        yield from ((side, limit) for limit in range(0, size - end, step))
        yield from ((side, limit) for limit in range(size - end, size, step_at_end))


def test_cut_at_any_byte_it_says_what_is_true(
    trial: Trial,
    long: bool,  # noqa: FBT001  A fixture.
) -> None:
    """The server is there, so the outcome is known in each case."""
    wanted = places(trial.sizes, 5, 400, 1) if long else places(trial.sizes, 4000, 35, 5)

    results = trial.broken(wanted, "cut")

    assert {result.code for result in results} == {0, 4}
    assert not [result for result in results if "run toolreg status" in result.err]


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for an answer for half a second, and not five minutes."""
    monkeypatch.setattr(reconcile, "_LONGEST_STATEMENT", 0.5)


COMMIT: Final[list[Place]] = [("client", None), ("server", None)]


@pytest.mark.usefixtures("hasty")
def test_silent_at_any_byte_it_gives_up_and_says_what_is_true(
    trial: Trial,
    long: bool,  # noqa: FBT001  A fixture.
) -> None:
    """As behind a proxy that hangs: TCP is fine, and nobody answers. Others get through, so the outcome is known."""
    wanted = [*places(trial.sizes, 400, 60, 5), *COMMIT] if long else [("client", 9000), COMMIT[1]]

    results = trial.broken(wanted, "silent")

    assert {result.code for result in results} == {0, 4}
    assert not [result for result in results if "run toolreg status" in result.err]
    assert [result for result in results if "the database does not answer: no answer for 1.5 s" in result.err]


@pytest.mark.usefixtures("hasty", "impatient")
def test_silent_and_nobody_to_be_asked_the_outcome_is_unknown(
    trial: Trial,
    long: bool,  # noqa: FBT001  A fixture.
) -> None:
    """Since the server still holds the lock for the one who went, or nobody gets through any more."""
    results = trial.broken(COMMIT[:1], "stubborn")
    if long:
        results += trial.broken(COMMIT, "deaf")

    for result in results:
        assert result.code == 4
        assert "run toolreg status when the database is back" in result.err
