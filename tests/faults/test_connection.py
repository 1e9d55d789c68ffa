"""A connection that is lost: what is said of the outcome is true."""

import signal
import threading
from functools import partial

import pytest

from tests.builders import Repository, run
from tests.faults.scene import (
    content,
    cut_at_commit,
    recorded,
)
from tests.proxy import Cut, Moment, Proxy, Statement

pytestmark = pytest.mark.faults


def test_a_commit_that_never_reached_the_server_is_reported_as_not_applied(
    repository: Repository, database: str
) -> None:
    before = content(database)
    with Proxy(database, cut_at_commit("before")) as proxy:
        result = run("apply", "--database", proxy.conninfo, cwd=repository.top)

    assert result.code == 4
    assert "Nothing was changed in the database." in result.err
    assert "Applied" not in result.err
    assert content(database) == before
    assert [outcome for outcome, _ in recorded(database)] == ["failed"]


def test_a_commit_whose_answer_was_lost_is_reported_as_applied(repository: Repository, database: str) -> None:
    with Proxy(database, cut_at_commit("after")) as proxy:
        result = run("apply", "--database", proxy.conninfo, cwd=repository.top)

    assert result.code == 0, result.err
    assert result.err.startswith("Applied as revision 1 from commit ")
    assert [outcome for outcome, _ in recorded(database)] == ["applied"]
    assert run("plan", "--detailed-exitcode", "--database", database, cwd=repository.top).code == 0


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("moment", ["before", "after"])
def test_the_outcome_is_unknown_when_the_server_stays_away(
    repository: Repository, database: str, moment: Moment
) -> None:
    """It is not guessed; the user is told how to find out."""
    proxy = Proxy(database)
    proxy._act = cut_at_commit(moment, proxy.stop_listening)  # noqa: SLF001  It needs what it is made for.
    with proxy:
        result = run("apply", "--database", proxy.conninfo, cwd=repository.top)

    assert result.code == 4
    assert "run toolreg status when the database is back" in result.err
    assert "Nothing was changed" not in result.err
    assert "Applied" not in result.err
    assert recorded(database) == ([] if moment == "before" else [("applied", None)])


@pytest.mark.usefixtures("usual_signals")
def test_ctrl_c_during_a_commit_does_not_say_that_nothing_was_changed(repository: Repository, database: str) -> None:
    """The server had committed already; that is read back."""
    interrupt = partial(signal.pthread_kill, threading.main_thread().ident or 0, signal.SIGINT)
    with Proxy(database, cut_at_commit("after", interrupt)) as proxy:
        result = run("apply", "--database", proxy.conninfo, cwd=repository.top)

    assert result.code == 0, result.err
    assert result.err.startswith("Applied as revision 1 from commit ")
    assert recorded(database) == [("applied", None)]


@pytest.mark.usefixtures("usual_signals", "impatient")
def test_ctrl_c_while_the_outcome_is_read_back_leaves_it_unknown(repository: Repository, database: str) -> None:
    cut = cut_at_commit("after")

    def act(statement: Statement) -> None:
        cut(statement)
        if "FROM registry.revisions WHERE id" in statement.text and statement.moment == "before":
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
            raise Cut

    with Proxy(database, act) as proxy:
        result = run("apply", "--database", proxy.conninfo, cwd=repository.top)

    assert result.code == 4
    assert "run toolreg status" in result.err
    assert "Nothing was changed" not in result.err


@pytest.mark.usefixtures("usual_signals")
def test_ctrl_c_while_a_server_is_away_leaves_the_outcome_unknown(repository: Repository, database: str) -> None:
    """Between two questions, too, it does not say that nothing was changed."""
    interrupt = partial(signal.pthread_kill, threading.main_thread().ident or 0, signal.SIGINT)
    timer = threading.Timer(0.5, interrupt)
    proxy = Proxy(database)

    def leave() -> None:
        proxy.stop_listening()
        timer.start()

    proxy._act = cut_at_commit("after", leave)  # noqa: SLF001  It needs what it is made for.
    with proxy:
        result = run("apply", "--database", proxy.conninfo, cwd=repository.top)
        timer.join()

    assert result.code == 4
    assert "run toolreg status" in result.err
    assert "Nothing was changed" not in result.err
    assert recorded(database) == [("applied", None)]


def test_a_connection_that_is_lost_in_the_middle_changes_nothing(repository: Repository, database: str) -> None:
    def act(statement: Statement) -> None:
        if "UPDATE registry.resources" in statement.text:
            raise Cut

    with Proxy(database, act) as proxy:
        result = run("apply", "--database", proxy.conninfo, cwd=repository.top)

    assert result.code == 4
    assert "error: the database does not answer: " in result.err
    assert "Nothing was changed in the database." in result.err
    ((outcome, error),) = recorded(database)
    assert outcome == "failed"
    assert error
    assert error.startswith("the database does not answer: ")
    assert content(database) == []
