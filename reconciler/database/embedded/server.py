"""Starts and stops one postgres. Callers hold start.lock."""

import os
import signal
import sys
from contextlib import suppress
from pathlib import Path

from reconciler.database.embedded import account, binaries, cluster, locks, upkeep
from reconciler.database.embedded.address import PORT
from reconciler.database.embedded.binaries import Programs
from reconciler.database.embedded.faults import EmbeddedBusyError, EmbeddedError
from reconciler.database.embedded.probe import find_listener, is_answering, read_server_status

_WATCHER = Path(__file__).with_name("watcher.py")
_LARGEST_LOG = 1_000_000

_SETTINGS = {
    "listen_addresses": "",
    "port": str(PORT),
    "unix_socket_directories": ".",  # The data folder, by a short name.
    "unix_socket_permissions": "0700",
    "max_connections": "80",
    "shared_buffers": "64MB",
    # A killed command frees its locks in half a second, not when its statement ends.
    "client_connection_check_interval": "500ms",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
    # No replica follows the server: no log records or processes for replication.
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_logical_replication_workers": "0",
}
_SETTINGS_18 = {
    "io_method": "sync",  # No separate processes for reading, which take a tenth of the start.
}
_HAS_IO_METHOD = 18

_ORDERS = ((0.0, signal.SIGINT), (10.0, signal.SIGQUIT))
"""Seconds until each signal to stop: a fast shutdown, then an immediate shutdown if the fast shutdown hangs.

PostgreSQL 18.4 was seen to hang on a stop during its recovery from the kill of a backend. The write-ahead log makes
an immediate shutdown as safe as a power cut.
"""

_children: dict[Path, int] = {}
"""Watchers of this process, to be reaped."""


def bring_up(folder: Path) -> None:
    """Start the server unless up; return when the server takes connections. Makes missing data."""
    waiting = locks.Waiting(folder, "the embedded server to come up or go down")
    while not is_answering(folder):
        with locks.claim_server_lock(folder) as alive:
            if alive is not None:
                programs = _prepare_programs(folder / "data", alive)
        if alive is not None:
            _launch(folder, programs)
        elif read_server_status(folder) == "stopping":
            halt(folder)
        waiting.step()  # The server is starting, or was killed and its last process has not noticed yet.


def _prepare_programs(data: Path, alive: int) -> Programs:
    """Return the programs for this data, after making missing data."""
    major = _read_major(data) if data.exists() else None
    programs = binaries.make_reachable(binaries.locate(major), account.server())
    if major is None:
        cluster.make_cluster(data, programs, alive)
        upkeep.note_creation(data.parent)
    return programs


def _read_major(data: Path) -> int:
    version = (data / "PG_VERSION").read_text(errors="replace").strip()
    if not version.isdecimal():
        raise EmbeddedError(
            f"{data} is damaged: PG_VERSION holds {version!r}. Bring it back from a backup, or remove it:"
            " the next apply fills a new one from git, without the runtime facts of the old one"
        )
    return int(version)


def halt(folder: Path) -> bool:
    """Stop the server and wait for the end of all its processes; return False if the server was not running.

    Open transactions are rolled back and their sessions end; committed data stays.
    """
    waiting = locks.Waiting(folder, "the embedded server to stop")
    orders = list(_ORDERS)
    while not _is_gone(folder):
        if orders and waiting.seconds() >= orders[0][0] and (pid := find_listener(folder)):
            with suppress(ProcessLookupError):
                os.kill(pid, orders.pop(0)[1])
        waiting.step()
    _reap(folder)
    return len(orders) < len(_ORDERS)


def _is_gone(folder: Path) -> bool:
    with locks.claim_server_lock(folder) as alive:
        return alive is not None


def _launch(folder: Path, programs: Programs) -> None:
    """Start the watcher and wait until its server answers, or the watcher ends because another watcher was first."""
    watcher = _spawn(folder, programs)
    waiting = locks.Waiting(folder, "the embedded server to start")
    while not is_answering(folder) and not _has_ended(watcher, folder):
        waiting.step()


def _has_ended(watcher: int, folder: Path) -> bool:
    try:
        pid, how = os.waitpid(watcher, os.WNOHANG)
    except ChildProcessError:  # Other code in this process reaped the watcher, and has its exit status.
        # Treated as an exit status of 1.
        pid, how = watcher, 0x100
    if pid:
        _children.pop(folder, None)
    if os.WIFSIGNALED(how):
        name = signal.Signals(os.WTERMSIG(how)).name
        raise EmbeddedBusyError(f"the embedded server in {folder} was ended by {name} while it started; try again")
    if how:
        log = folder / "server.log"
        message = f"the embedded server in {folder} does not start. Mend the cause; its log is {log}:"
        raise EmbeddedError(message, log.read_text(errors="replace"))
    return bool(pid)


def _spawn(folder: Path, programs: Programs) -> int:
    """Start the watcher, which starts postgres; return the process ID of the watcher."""
    _reap(folder)
    with locks.open_state_file(_rotate_log(folder), os.O_WRONLY | os.O_APPEND) as log:
        _children[folder] = os.posix_spawn(
            sys.executable,
            [sys.executable, "-I", "-S", str(_WATCHER), *_make_watcher_arguments(folder, programs)],
            os.environ,  # For Python, which may need LD_LIBRARY_PATH. The server gets a clean environment.
            file_actions=[
                (os.POSIX_SPAWN_DUP2, log, 1),
                (os.POSIX_SPAWN_DUP2, log, 2),
                (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            ],
            setsigmask=[],
            setsigdef=[signal.SIGCHLD],  # Ignored by some parents, and then waiting for postgres would fail.
        )
    return _children[folder]


def _rotate_log(folder: Path) -> Path:
    """Return the path of the log, after setting aside a log of more than 1 MB."""
    log = folder / "server.log"
    if log.exists() and log.stat().st_size > _LARGEST_LOG:
        log.replace(folder / "server.log.1")
    return log


def _make_watcher_arguments(folder: Path, programs: Programs) -> list[str]:
    data = folder.absolute() / "data"
    user = account.server()
    uid = os.geteuid() if user.uid is None else user.uid
    settings = _SETTINGS | (_SETTINGS_18 if programs.major >= _HAS_IO_METHOD else {}) | _make_network_settings(folder)
    options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    return [str(folder), str(data), str(uid), programs.path("postgres"), "-D", user.place(data), *options]


def _make_network_settings(folder: Path) -> dict[str, str]:
    if not (folder / "listen").exists() and not (folder / "data" / f".s.PGSQL.{PORT}").is_symlink():
        return {}
    from reconciler.database.embedded import listening  # noqa: PLC0415  Most servers listen nowhere, and are to start at once.

    return listening.prepare_network(folder)


def _reap(folder: Path) -> None:
    if watcher := _children.pop(folder, None):
        with suppress(ChildProcessError):
            os.waitpid(watcher, 0)
