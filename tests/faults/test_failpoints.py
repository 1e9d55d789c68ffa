"""Killed, terminated or interrupted at any failpoint, an apply leaves the old revision or the new one, and no lock."""

import ast
import signal
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from reconciler import assets
from tests import conftest
from tests.builders import Repository, run
from tests.faults.scene import Content, content, cut_at_commit, no_lock_remains, recorded, with_two_commits
from tests.proxy import Proxy
from tests.victims import Victims

pytestmark = pytest.mark.faults

PACKAGE = Path(assets.__file__).parent
# Where COMMIT was answered: what comes then changes nothing any more.
COMMITTED = ("after-commit", "after-close", "after-apply")


def names() -> Iterator[str]:
    """Yield the failpoints as the code has them."""
    for path in sorted(PACKAGE.rglob("*.py")):
        for call in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "reached":
                (name,) = call.args
                yield from of_each_script(name) if isinstance(name, ast.JoinedStr) else [ast.literal_eval(name)]


def of_each_script(name: ast.JoinedStr) -> Iterator[str]:
    """Yield `before-01_identify` and so on for `before-{script.stem}`."""
    before = name.values[0]
    assert isinstance(before, ast.Constant)
    yield from (f"{before.value!s}{script.stem}" for script in assets.list_scripts("apply"))


NAMES = sorted(names())
# Only where COMMIT was not answered.
READ_BACK = "before-read-back"


@dataclass(frozen=True)
class Story:
    """A repository with two commits, databases with the first, and what they hold before and after the second."""

    repository: Repository
    take: Callable[[], AbstractContextManager[str]]
    before: Content
    after: Content
    reached: list[str]
    victims: Victims


@pytest.fixture(scope="module")
def story(server: str, template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    """The same for all of these tests: none of them changes it."""
    repository = Repository.create(tmp_path_factory.mktemp("story"))
    with conftest.copy(server, template) as first, Victims(repository.top) as victims:
        with_two_commits(repository, first)
        before = content(first)
        copies = conftest.Copies(server, str(conninfo_to_dict(first)["dbname"]))

        @contextmanager
        def take() -> Iterator[str]:
            name = copies.take()
            yield make_conninfo(first, dbname=name)
            copies.drop(name)

        with take() as database:
            apply = victims.start("apply", "--database", database)
            assert apply.end().code == 0
            after = content(database)
        yield Story(repository, take, before, after, apply.reached, victims)
        copies.close()


def test_every_failpoint_is_reached_by_an_apply(story: Story) -> None:
    """Each stands at one place, and what breaks there is tested below."""
    assert len(NAMES) == len(set(NAMES)) > 30
    assert sorted(set(story.reached)) == [name for name in NAMES if name != READ_BACK]


def applied(story: Story, database: str) -> None:
    """Run it again: it converges, with no manual step."""
    again = run("apply", "--database", database, cwd=story.repository.top)
    assert again.code == 0, again.err
    assert content(database) == story.after


@pytest.mark.parametrize("name", [name for name in NAMES if name not in (*COMMITTED, READ_BACK)])
def test_what_ends_before_commit_changes_nothing(
    story: Story,
    name: str,
    long: bool,  # noqa: FBT001  A fixture.
) -> None:
    signals = [signal.SIGKILL, signal.SIGTERM, signal.SIGINT]
    if not long:
        # Each by kill, and every second one by one of the others, too.
        signals = [signals[0], *signals[1:][NAMES.index(name) % 4 : NAMES.index(name) % 4 + 1]]
    with story.take() as database:
        for number in signals:
            result = story.victims.start("apply", "--database", database, at=(name, number)).end()

            assert result.code == (-number if number == signal.SIGKILL else 128 + number), result.err
            assert content(database) == story.before
            assert ("Nothing was changed in the database." in result.err) == (number != signal.SIGKILL), result.err
            assert "Traceback" not in result.err
            assert "Applied" not in result.err
            no_lock_remains(database)
        assert [outcome for outcome, _ in recorded(database)] == ["applied", *(["failed"] * (len(signals) - 1))]
        applied(story, database)


@pytest.mark.parametrize("name", COMMITTED)
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_what_ends_after_commit_has_changed_all(story: Story, name: str, number: signal.Signals) -> None:
    """Who is still there to say so says so."""
    with story.take() as database:
        result = story.victims.start("apply", "--database", database, at=(name, number)).end()

        assert "Traceback" not in result.err
        assert "Nothing was changed" not in result.err
        if number == signal.SIGKILL:
            assert result.code == -signal.SIGKILL
        else:
            assert result.code == (128 + number if name == "after-apply" else 0)
            assert "Applied as revision 2 from commit " in result.err
        no_lock_remains(database)
        assert [outcome for outcome, _ in recorded(database)] == ["applied", "applied"]
        applied(story, database)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_what_ends_while_the_outcome_is_read_back_does_not_guess_it(story: Story, number: signal.Signals) -> None:
    with story.take() as database:
        with Proxy(database, cut_at_commit("after")) as proxy:
            result = story.victims.start("apply", "--database", proxy.conninfo, at=(READ_BACK, number)).end()

        assert result.code == (-number if number == signal.SIGKILL else 4)
        assert ("run toolreg status when the database is back" in result.err) == (number != signal.SIGKILL)
        assert "Nothing was changed" not in result.err
        no_lock_remains(database)
        applied(story, database)
