"""The parent of one postgres: starts postgres, and stops postgres after its last client. Run as a script.

    python -I -S watcher.py FOLDER DATA UID POSTGRES [ARGUMENT...]

The output of the watcher is the log, and the watcher ends after postgres. A command waits for the watcher before its
server, hence the few imports: pathlib alone would double the time until postgres runs.
"""
# Therefore no pathlib.
# ruff: noqa: PTH108, PTH110, PTH116, PTH208

import _thread
import fcntl
import os
import sys

_UNWATCHED = b"toolreg: the server cannot be watched, for want of memory or of open files; it is stopped\n"
_SIGINT = 2
_EVERY_SECONDS = 3600


def main(folder: str, data: str, uid: int, command: list[str]) -> int:
    """Run postgres; return its exit status, 0 after a stop or if another watcher was first."""
    os.setsid()  # Ctrl-C in the terminal is for the command.
    os.umask(0o077)
    os.closerange(3, 1024)  # Inherited pipes: a reader would wait for the watcher to close them.
    life = _hold_life(folder)
    if life is None:
        return 0  # Another watcher was first.
    _remove_stale(data)
    pid = os.fork()
    if pid == 0:
        _become_postgres(data, uid, command)
    # Also if the thread cannot begin for want of memory: the interpreter would write a traceback to the log.
    sys.unraisablehook = lambda _: _give_up(pid)
    _thread.start_new_thread(_stop_after_last_client, (folder, pid))
    _thread.start_new_thread(_maintain_kept, (folder, life))
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def _hold_life(folder: str) -> int | None:
    """Take server.lock, for postgres and all its children to inherit; None if another watcher has it."""
    lock = os.open(f"{folder}/server.lock", os.O_RDWR | os.O_NOFOLLOW)
    os.set_inheritable(lock, True)  # noqa: FBT003  It has no name to be given by.
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return None
    return lock


def _remove_stale(data: str) -> None:
    """Remove the lock files of a killed server.

    PostgreSQL refuses to start while the number in a lock file is the ID of any process of the same user. The watcher
    holds server.lock: no process of the killed server lives.
    """
    for name in os.listdir(data):
        if name == "postmaster.pid" or (name.startswith(".s.PGSQL.") and name.endswith(".lock")):
            os.unlink(f"{data}/{name}")


def _become_postgres(data: str, uid: int, command: list[str]) -> None:
    try:
        os.chdir(data)  # Before the change to a user who may not enter the folders above.
        if uid != os.geteuid():
            os.setgroups([])
            os.setgid(uid)
            os.setuid(uid)
        # An environment without PG* variables and without a locale missing on this machine.
        os.execve(command[0], command, {"LC_ALL": "C", "TZ": "UTC", "PATH": os.defpath})  # noqa: S606  No shell.
    except OSError as error:
        os.write(2, f"toolreg: cannot run {command[0]} as user {uid} in {data}: {error}\n".encode())
    finally:
        os._exit(127)


def _give_up(pid: int) -> None:
    """Stop the unwatched server, which no other process would ever stop."""
    # A constant: memory for a new message may be missing.
    os.write(2, _UNWATCHED)
    try:
        os.kill(pid, _SIGINT)
    except ProcessLookupError:
        # postgres itself ended for want of memory.
        return


def _stop_after_last_client(folder: str, pid: int) -> None:
    """Wait for the end of the last client, then stop postgres, unless the file `keep` exists.

    The lock is then held until the end of this process, which follows the end of postgres: a new client waits.
    """
    import signal  # noqa: PLC0415  Slow, and not needed before.
    import time  # noqa: PLC0415

    # The ID of a process can be reused, a descriptor of a process cannot.
    process = os.pidfd_open(pid) if sys.platform == "linux" else -1
    lock = os.open(f"{folder}/clients.lock", os.O_RDWR | os.O_NOFOLLOW)
    fcntl.flock(lock, fcntl.LOCK_EX)
    if os.path.exists(f"{folder}/keep"):
        os.close(lock)
        return
    for order in (signal.SIGINT, signal.SIGQUIT):  # See _ORDERS in server.py.
        try:
            if sys.platform == "linux":
                signal.pidfd_send_signal(process, order)
            else:
                os.kill(pid, order)
        except ProcessLookupError:
            return
        time.sleep(10)


def _maintain_kept(folder: str, life: int) -> None:
    """While `keep` has the server up, maintain its database every hour, as upkeep.py does after commands."""
    import time  # noqa: PLC0415

    stamp = f"{folder}/maintained"
    command = [sys.executable, "-P", "-m", "reconciler.operating.embedded_upkeep", folder]
    while True:
        # A moment first: a command has its server sooner.
        time.sleep(1)
        try:
            age = time.time() - os.stat(stamp).st_mtime
            if age >= _EVERY_SECONDS and os.path.exists(f"{folder}/keep"):
                os.utime(stamp)
                # Without server.lock, which stands for a process of the server.
                without = [(os.POSIX_SPAWN_CLOSE, life)]
                os.waitpid(os.posix_spawn(command[0], command, os.environ, file_actions=without), 0)
            else:
                time.sleep(min(max(_EVERY_SECONDS - age, 60), _EVERY_SECONDS))
        except OSError:
            time.sleep(_EVERY_SECONDS)


if __name__ == "__main__":
    # Not sys.exit: the thread may be waiting still.
    os._exit(main(sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4:]) & 0xFF)
