"""One PostgreSQL server for the whole run, one migrated template, and a copy of it for each test that wants one."""

import gc
import os
import shutil
import signal
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple

import psycopg
import pytest
from psycopg import pq, sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from reconciler.database import embedded
from reconciler.database.connection import Connection, connect
from reconciler.database.migrate import migrate_database
from tests.bounded import Bounded
from tests.builders import Repository, Result, run
from tests.roles import MIGRATOR, as_superuser
from tests.splitting import split_once

_MEMORY = Path("/dev/shm")  # noqa: S108  A folder of our own is made in it.
_ROOM = 4 << 30
_LIBPQ = ("PGHOST", "PGHOSTADDR", "PGSERVICE", "PGDATABASE", "PGPORT", "PGUSER", "PGPASSWORD", "DATABASE_URL")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add --write-golden, which accepts what is printed now as what is expected, and --long, for who has an hour."""
    parser.addoption("--write-golden", action="store_true", help="Rewrite the golden files with what comes out now.")
    parser.addoption("--long", action="store_true", help="Run the tests marked faults in their long form.")


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Keep temporary files in memory where there is room: thousands of databases and repositories are made and removed.

    On a disk half of the time of a test goes into that. With --basetemp they are where that says, and stay.
    """
    if config.option.basetemp is None and not hasattr(config, "workerinput") and _has_room(_MEMORY):
        folder = tempfile.mkdtemp(prefix="toolreg-tests-", dir=_MEMORY)
        # A server that runs as another user has to get to what is below.
        Path(folder).chmod(0o711)
        config.option.basetemp = folder
        config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Return how many processes two cores take: the tests of faults wait as long as they work, so that a third fits."""
    return 3 if config.option.markexpr == "faults" else 2


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the slow tests: a core that gets one of them last works while the other idles."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


def pytest_collection_finish() -> None:
    """Look no more for garbage among thousands of tests that stay until the end."""
    gc.freeze()


def _has_room(folder: Path) -> bool:
    return os.access(folder, os.W_OK | os.X_OK) and shutil.disk_usage(folder).free > _ROOM


class Golden:
    """Compares text with a file, or writes the file where --write-golden was given."""

    def __init__(self, *, write: bool) -> None:
        self._write = write

    def check(self, text: str, path: Path) -> None:
        """Fail where the file holds something else."""
        if self._write:
            path.write_text(text, "utf-8")
        known = path.read_text("utf-8") if path.exists() else ""
        assert text == known, f"{path} differs; if that is meant: pytest --write-golden"


@pytest.fixture(scope="session")
def golden(request: pytest.FixtureRequest) -> Golden:
    """What compares text with golden files."""
    return Golden(write=request.config.getoption("--write-golden"))


@pytest.fixture(scope="session")
def long(request: pytest.FixtureRequest) -> bool:
    """Whether the long form of a test is wanted."""
    return bool(request.config.getoption("--long"))


@pytest.fixture(scope="session", autouse=True)
def _own_environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Nothing of the machine's own settings reaches a test, and nothing of a test the user's state.

    Without PYTHONDONTWRITEBYTECODE, only the first of hundreds of processes compiles this package.
    """
    terminal = ("NO_COLOR", "FORCE_COLOR", "CI")
    own = ("TOOLREG_REGISTRY", "TOOLREG_ENV", "TOOLREG_STATE_DIR", "GIT_DIR", "PYTHONDONTWRITEBYTECODE")
    with pytest.MonkeyPatch.context() as patch:
        for name in (*_LIBPQ, *terminal, *own):
            patch.delenv(name, raising=False)
        patch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
        patch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))
        yield


@pytest.fixture(scope="session", autouse=True)
def _split_once() -> None:
    """A migrated database is had by a hundred tests."""
    split_once()


@pytest.fixture(scope="session")
def bounded() -> Iterator[Bounded]:
    """What reads manifests in bounded time and memory."""
    with Bounded() as made:
        yield made


@pytest.fixture
def usual_signals() -> Iterator[None]:
    """What is started obeys signals. A shell has its background jobs ignore SIGINT, nohup SIGHUP: that is inherited."""
    before = {
        signal.SIGINT: signal.signal(signal.SIGINT, signal.default_int_handler),
        signal.SIGHUP: signal.signal(signal.SIGHUP, signal.SIG_DFL),
    }
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where a superuser reaches a server: that of TOOLREG_TEST_DATABASE_URL, or an embedded one of our own."""
    given = os.environ.get("TOOLREG_TEST_DATABASE_URL")
    if given:
        with _migrator(given):
            yield given
        return
    with embedded.serve(tmp_path_factory.mktemp("server")) as conninfo, _migrator(conninfo):
        with psycopg.connect(conninfo, autocommit=True) as conn:
            # What a test writes is gone after it; no need to wait for the disk.
            conn.execute("ALTER SYSTEM SET fsync = off")
            # Other servers have it, and the embedded one spares its room.
            conn.execute("CREATE DATABASE postgres")
            conn.execute("SELECT pg_reload_conf()")
        yield conninfo


@contextmanager
def _migrator(server: str) -> Iterator[None]:
    """Have a role as managed services give their users: it may create roles and databases, and is no superuser."""
    role = sql.Identifier(MIGRATOR)
    with psycopg.connect(server, autocommit=True) as conn:
        conn.execute(sql.SQL("CREATE ROLE {} LOGIN CREATEROLE CREATEDB").format(role))
    yield
    with psycopg.connect(server, autocommit=True) as conn:
        conn.execute(sql.SQL("DROP OWNED BY {0}; DROP ROLE {0}").format(role))


_numbers = count(1)
# Files are copied: through the write-ahead log it takes twice as long.
_COPY = sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER {} STRATEGY file_copy")


def _create(server: str, name: str, template: str) -> str:
    with psycopg.connect(server, autocommit=True) as conn:
        conn.execute(_COPY.format(sql.Identifier(name), sql.Identifier(template), sql.Identifier(MIGRATOR)))
    return make_conninfo(server, dbname=name, user=MIGRATOR)


def _drop(server: str, name: str) -> None:
    with psycopg.connect(server, autocommit=True) as conn:
        conn.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


@contextmanager
def copy(server: str, template: str) -> Iterator[str]:
    """How its owner reaches a copy of a database, which is dropped afterwards."""
    name = f"toolreg_{os.getpid()}_{next(_numbers)}"
    yield _create(server, name, template)
    _drop(server, name)


@pytest.fixture(scope="session")
def template(server: str) -> Iterator[str]:
    """The name of a migrated, empty database. It has no tables for days: a test makes those that it speaks of."""
    name = f"toolreg_template_{os.getpid()}"
    _drop(server, name)
    with connect(_create(server, name, "template0")) as conn:
        migrate_database(conn, 30)
        forget_first_days(conn)
    yield name
    _drop(server, name)


def forget_first_days(conn: Connection) -> None:
    """Drop what a new database has for today and the days to come: other days have other tables."""
    days = conn.execute("SELECT name FROM api.log_partitions WHERE day IS NOT NULL").fetchall()
    with conn.transaction():
        for (day,) in days:
            conn.execute(sql.SQL("DROP TABLE runtime.{}").format(sql.Identifier(str(day))))
        conn.execute("DELETE FROM runtime.maintenance_runs")


class Copies:
    """Copies of a database. The next one is made and the last one dropped while a test runs: nobody waits for that."""

    def __init__(self, server: str, template: str) -> None:
        self._template = sql.Identifier(template)
        self._making = psycopg.connect(server, autocommit=True)
        self._dropping = psycopg.connect(server, autocommit=True)
        self._next = self._begin()

    def take(self) -> str:
        """Return the name of a copy."""
        _wait(self._making)
        name, self._next = self._next, self._begin()
        return name

    def drop(self, name: str) -> None:
        """Drop a copy."""
        _wait(self._dropping)
        _send(self._dropping, sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

    def close(self) -> None:
        """Drop what nobody took."""
        _wait(self._making)
        self.drop(self._next)
        _wait(self._dropping)
        self._making.close()
        self._dropping.close()

    def _begin(self) -> str:
        name = f"toolreg_{os.getpid()}_{next(_numbers)}"
        _send(self._making, _COPY.format(sql.Identifier(name), self._template, sql.Identifier(MIGRATOR)))
        return name


def _send(conn: psycopg.Connection[Any], statement: sql.Composed) -> None:
    conn.pgconn.send_query(statement.as_bytes(conn))


def _wait(conn: psycopg.Connection[Any]) -> None:
    while result := conn.pgconn.get_result():
        assert result.status == pq.ExecStatus.COMMAND_OK, result.error_message.decode()


@pytest.fixture(scope="session")
def _copies(server: str, template: str) -> Iterator[Copies]:
    copies = Copies(server, template)
    yield copies
    copies.close()


class Beginning(NamedTuple):
    """A repository and a database that the tests of a module begin with copies of."""

    top: Path
    copies: Copies


Begin = Callable[[Callable[[Repository, "Toolreg"], object]], Beginning]


@pytest.fixture(scope="module")
def begin(server: str, template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Begin]:
    """What makes the `beginning` of a module from a function that applies its registry: once, not for each test."""
    with ExitStack() as stack:

        def made(fill: Callable[[Repository, Toolreg], object]) -> Beginning:
            repository = Repository.create(tmp_path_factory.mktemp("beginning") / "repository")
            database = stack.enter_context(copy(server, template))
            fill(repository, Toolreg(repository, database))
            copies = Copies(server, str(conninfo_to_dict(database)["dbname"]))
            stack.callback(copies.close)
            return Beginning(repository.top, copies)

        yield made


@pytest.fixture(scope="module")
def beginning() -> Beginning:
    """What a module that uses `begun` makes by `begin`."""
    raise NotImplementedError


@pytest.fixture
def _beginning(request: pytest.FixtureRequest) -> Beginning | None:
    """What this test begins with, if it is more than a service and an empty database."""
    return request.getfixturevalue("beginning") if "begun" in request.fixturenames else None


@pytest.fixture
def begun(repository: Repository) -> Repository:
    """The repository of a test that begins with the `beginning` of its module, as does its database."""
    return repository


@pytest.fixture
def applied(begun: Repository) -> Repository:
    """The repository of the `beginning`, on whose database it is applied."""
    return begun


@pytest.fixture
def database(server: str, _copies: Copies, _beginning: Beginning | None) -> Iterator[str]:
    """How its owner, no superuser, reaches a migrated database of this test's own: empty, or as `begun` says."""
    copies = _beginning.copies if _beginning else _copies
    name = copies.take()
    yield make_conninfo(server, dbname=name, user=MIGRATOR)
    copies.drop(name)


@pytest.fixture
def empty_database(server: str) -> Iterator[str]:
    """How its owner, no superuser, reaches a database that was never migrated."""
    with copy(server, "template0") as conninfo:
        yield conninfo


@pytest.fixture
def conn(database: str) -> Iterator[psycopg.Connection[Any]]:
    """A connection of a superuser to this test's database."""
    with psycopg.connect(as_superuser(database), autocommit=True) as connection:
        yield connection


@pytest.fixture(scope="session")
def _shared(server: str, template: str) -> Iterator[psycopg.Connection[Any]]:
    with copy(server, template) as conninfo, psycopg.connect(as_superuser(conninfo), autocommit=True) as connection:
        yield connection


@pytest.fixture
def undone(_shared: psycopg.Connection[Any]) -> Iterator[psycopg.Connection[Any]]:
    """A connection of a superuser to a migrated, empty database, in a transaction that is rolled back after the test.

    For tests that need no commit: it takes a tenth of the time of a database of their own.
    """
    with _shared.transaction(force_rollback=True):
        yield _shared


@pytest.fixture
def repository(tmp_path: Path, _beginning: Beginning | None) -> Repository:
    """A git repository with a registry: of one service, `api`, or as `begun` says."""
    return Repository.create(tmp_path / "repository", _beginning and _beginning.top)


class Toolreg:
    """The command line, in a repository and on a database."""

    def __init__(self, repository: Repository, database: str) -> None:
        self._run = partial(run, cwd=repository.top)
        self.database = database

    def __call__(self, *arguments: object) -> Result:
        """Run a command on the database."""
        return self._run(*arguments, "--database", self.database)

    def offline(self, *arguments: object) -> Result:
        """Run a command that needs no database."""
        return self._run(*arguments)


@pytest.fixture
def toolreg(repository: Repository, database: str) -> Toolreg:
    """The command line, in this test's repository and on its database."""
    return Toolreg(repository, database)
