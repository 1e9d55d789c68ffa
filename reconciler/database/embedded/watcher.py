"""The parent of one postgres: starts it, and stops it when its last client is gone. Run as a script.

    python -I -S watcher.py FOLDER DATA UID POSTGRES [ARGUMENT...]

Its output is the log, and it ends when postgres has ended. It stands between a command and its server, so it imports
next to nothing: pathlib alone would double the time until postgres runs.
"""
# For that reason there is no pathlib here.
# ruff: noqa: PTH108, PTH110, PTH208

import _thread
import fcntl
import os
import sys

_UNWATCHED = b"toolreg: the server cannot be watched, for want of memory or of open files; it is stopped\n"
_SIGINT = 2


def main(folder: str, data: str, uid: int, command: list[str]) -> int:
    """Return 0 when postgres was stopped, or its exit status."""
    os.setsid()  # Ctrl-C in the terminal is for the command.
    os.umask(0o077)
    os.closerange(3, 1024)  # What a shell passed on to the command: its reader would wait for us to close it.
    if not _hold_life(folder):
        return 0  # Another watcher was first.
    _remove_stale(data)
    pid = os.fork()
    if pid == 0:
        _become_postgres(data, uid, command)
    # Also where the thread cannot even begin, for want of memory: the interpreter would write a traceback to the log.
    sys.unraisablehook = lambda _: _give_up(pid)
    _thread.start_new_thread(_stop_after_last_client, (folder, pid))
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def _hold_life(folder: str) -> bool:
    """Take server.lock, for postgres and all its children to inherit."""
    lock = os.open(f"{folder}/server.lock", os.O_RDWR | os.O_NOFOLLOW)
    os.set_inheritable(lock, True)  # noqa: FBT003  It has no name to be given by.
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _remove_stale(data: str) -> None:
    """Remove what a killed server left.

    PostgreSQL refuses to start while the number in such a file is that of a process of the same user, whatever it
    is. We hold server.lock: no process of that server lives.
    """
    for name in os.listdir(data):
        if name == "postmaster.pid" or (name.startswith(".s.PGSQL.") and name.endswith(".lock")):
            os.unlink(f"{data}/{name}")


def _become_postgres(data: str, uid: int, command: list[str]) -> None:
    try:
        os.chdir(data)  # Before we become somebody who may not enter the folders above.
        if uid != os.geteuid():
            os.setgroups([])
            os.setgid(uid)
            os.setuid(uid)
        # Nothing of ours: no PG* variable, and no locale that this machine may not have.
        os.execve(command[0], command, {"LC_ALL": "C", "TZ": "UTC", "PATH": os.defpath})  # noqa: S606  No shell.
    except OSError as error:
        os.write(2, f"toolreg: cannot run {command[0]} as user {uid} in {data}: {error}\n".encode())
    finally:
        os._exit(127)


def _give_up(pid: int) -> None:
    """Stop the server that cannot be watched: nobody else would ever do so."""
    # The words stand ready: there may be no memory to make others.
    os.write(2, _UNWATCHED)
    try:
        os.kill(pid, _SIGINT)
    except ProcessLookupError:
        # It found too little memory itself.
        return


def _stop_after_last_client(folder: str, pid: int) -> None:
    """Wait until no client is left, then stop postgres, unless it is to be kept up.

    The lock is then held until this process ends, which is when postgres has: a new client waits for that.
    """
    import signal  # noqa: PLC0415  Slow, and not needed before.
    import time  # noqa: PLC0415

    # A number may pass to another process; a descriptor of a process does not.
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


if __name__ == "__main__":
    # Not sys.exit: the thread may be waiting still.
    os._exit(main(sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4:]) & 0xFF)
