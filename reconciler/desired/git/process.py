"""Runs git. A signal, a failure's exit code or a truncated output is an exception, never an answer.

git obeys the settings of the machine, the user and the repository, but no setting makes git run a program or reach the
network, and objects and refs alone decide the ancestry of commits.
"""

import os
import re
import resource
import selectors
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from types import MappingProxyType
from typing import IO, Final, NamedTuple, cast

from reconciler.core.errors import TemporaryError, ToolregError
from reconciler.core.quote import quoted

OLDEST_GIT: Final = (2, 31)
"""The first git that knows GIT_CONFIG_COUNT, which switches filters off."""

PARTIAL: Final = "as in a partial clone; git fetch --refetch --no-filter, or clone again without --filter"

_MOST_BYTES: Final = 256 << 20
_MOST_SAID: Final = 1 << 16
_MOST_MEMORY: Final = 1 << 30
_PIECE: Final = 1 << 16
_LONGEST_PAUSE: Final = 0.2
_PATIENCE: Final = 1.0
"""Seconds from SIGTERM to SIGKILL."""
# Filters are configured by name, and run only in comparisons with the work tree: see worktree.override_filters.
_SAFE: Final = (
    *("-c", "core.hooksPath=/dev/null"),
    *("-c", "core.fsmonitor=false"),
    *("-c", "protocol.allow=never"),
    *("-c", "core.commitGraph=false"),
    *("-c", "core.useReplaceRefs=false"),
    *("-c", "i18n.logOutputEncoding=UTF-8"),
    *("-c", "advice.graftFileDeprecated=false"),
)
_ENVIRONMENT: Final = {
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_GRAFT_FILE": os.devnull,
    "LC_ALL": "C",
}
# git's variables for the place of its settings, and for the folders in which to look for a repository. Other variables
# would change the answer (GIT_LITERAL_PATHSPECS) or, if set by a hook, the repository (GIT_DIR).
_OBEYED: Final = re.compile(
    r"GIT_(CONFIG_(SYSTEM|NOSYSTEM|GLOBAL|COUNT|KEY_\d+|VALUE_\d+)|CEILING_DIRECTORIES|DISCOVERY_ACROSS_FILESYSTEM)"
)
NO_SETTINGS: Final[Mapping[str, str]] = MappingProxyType({})


class GitError(ToolregError):
    """git failed."""


class GitCutOff(TemporaryError):
    """git was killed, or could not be started."""


class _LimitReached(Exception):
    """git ran for as long as it may."""


class Limit:
    """The time that one call of git may take: `seconds`, and no longer than `is_stopping` returns false."""

    def __init__(self, seconds: float, is_stopping: Callable[[], bool]) -> None:
        self._seconds = seconds
        self._deadline = time.monotonic() + seconds
        self._is_stopping = is_stopping

    def next_pause(self) -> float:
        """Return for how many seconds to wait for git before the next question. Raises _LimitReached."""
        if self._is_stopping():
            raise _LimitReached("was stopped, as toolreg stops")
        remaining = self._deadline - time.monotonic()
        if remaining <= 0:
            raise _LimitReached(f"did not end within {self._seconds:g} s and was stopped")
        return min(remaining, _LONGEST_PAUSE)


class Answer(NamedTuple):
    """The result of a git process that ran to its end: exit code, stdout, and stderr."""

    code: int
    out: bytes
    said: bytes

    @property
    def failure(self) -> GitError:
        """The error for an answer whose exit code or stderr reports a failure."""
        return GitError(format_complaint(self.said))


def run_git(
    folder: Path,
    *arguments: str,
    settings: Mapping[str, str] = NO_SETTINGS,
    variables: Mapping[str, str] = NO_SETTINGS,
) -> bytes:
    """Return the output of git. Raises GitError if git failed, GitCutOff if git was killed."""
    answer = ask_git(folder, *arguments, settings=settings, variables=variables)
    if answer.code != 0 or _is_error(answer.said):
        raise answer.failure
    return answer.out


def ask_git(
    folder: Path,
    *arguments: str,
    settings: Mapping[str, str] = NO_SETTINGS,
    variables: Mapping[str, str] = NO_SETTINGS,
    most: int = _MOST_BYTES,
    limit: Limit | None = None,
) -> Answer:
    """Run git to its end, for a caller to whom some exit codes are answers.

    At its `limit`, git and the programs that git started are killed. Raises GitCutOff if git was killed, GitError if
    its output exceeds `most` bytes.
    """
    with start_git(
        folder,
        *arguments,
        settings=settings,
        variables=variables,
        stderr=subprocess.PIPE,
        own_group=limit is not None,
    ) as process:
        try:
            out, said = _read_pipes(process, most, limit)
            while limit and process.poll() is None:
                time.sleep(limit.next_pause())
        except BaseException as error:
            _kill(process, whole_group=limit is not None)
            if isinstance(error, _LimitReached):
                raise GitCutOff(f"git {arguments[0]} {error}") from None
            raise
    require_alive(process.returncode, arguments)
    return Answer(process.returncode, out, said)


def _kill(process: subprocess.Popen[bytes], *, whole_group: bool) -> None:
    """Kill git; with `whole_group` also its helpers, such as ssh, which may hold the pipes open."""
    if not whole_group:
        process.kill()
        return
    # git removes its lock files on SIGTERM.
    for number, patience in ((signal.SIGTERM, _PATIENCE), (signal.SIGKILL, None)):
        with suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with suppress(subprocess.TimeoutExpired):
            process.wait(patience)


def start_git(
    folder: Path,
    *arguments: str,
    settings: Mapping[str, str] = NO_SETTINGS,
    variables: Mapping[str, str] = NO_SETTINGS,
    stdin: int | IO[bytes] = subprocess.DEVNULL,
    stderr: int | IO[bytes] = subprocess.DEVNULL,
    memory: int = _MOST_MEMORY,
    own_group: bool = False,
) -> subprocess.Popen[bytes]:
    """Start git with at most `memory` bytes, with `own_group` in a process group of its own.

    Raises GitCutOff if the machine cannot start git.
    """
    try:
        process = subprocess.Popen(  # noqa: S603  Fixed words; a ref stands behind --end-of-options, a path behind --.
            ["git", *_SAFE, *arguments],  # noqa: S607  The git of the user.
            cwd=folder,
            env={**_add_settings(_make_environment(), settings), **variables},
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=stderr,
            start_new_session=own_group,
        )
    except OSError as error:
        raise GitCutOff(f"git cannot be started in {quoted(str(folder))}: {error.strerror}; try again") from error
    _limit_memory(process.pid, memory)
    return process


def _limit_memory(pid: int, most: int) -> None:
    """Make git fail with its own message before the machine runs out of memory: a few trees can stand for many paths.

    Packs are mapped and do not count (Linux, RLIMIT_DATA); outside Linux no limit applies.
    """
    if hasattr(resource, "prlimit"):
        with suppress(OSError, ValueError):
            resource.prlimit(pid, resource.RLIMIT_DATA, (most, most))


def require_alive(code: int, arguments: tuple[str, ...]) -> None:
    """Raise GitCutOff if a signal ended git or, by the exit code of a shell, a wrapper around git."""
    number = -code if code < 0 else code - 128
    if code < 0 or number in _DEADLY:
        raise GitCutOff(f"git {arguments[0]} was killed by signal {number} before it answered; try again")


# Exit code 128 and 129 are git's own: a fatal error, wrong usage.
_DEADLY: Final = {2, 3, 6, 7, 9, 11, 13, 15}


def _read_pipes(process: subprocess.Popen[bytes], most: int, limit: Limit | None) -> tuple[bytes, bytes]:
    """Read both pipes of a process to the end.

    Raises GitError as soon as the output exceeds `most` bytes, _LimitReached at the limit.
    """
    out, said = bytearray(), bytearray()
    with selectors.DefaultSelector() as both:
        for stream, into in ((process.stdout, out), (process.stderr, said)):
            both.register(cast("IO[bytes]", stream), selectors.EVENT_READ, into.extend)
        while both.get_map():
            for key, _ in both.select(limit.next_pause() if limit else None):
                take: Callable[[bytes], None] = key.data
                piece = os.read(key.fd, _PIECE)
                take(piece) if piece else both.unregister(key.fileobj)
            if len(out) > most:
                raise GitError(f"git printed more than {most >> 20} MiB, which no registry needs")
            # The rest of an endless stderr is read and discarded.
            del said[_MOST_SAID:]
    return bytes(out), bytes(said)


def _make_environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name[:4] != "GIT_" or _OBEYED.fullmatch(name)}
    return kept | _ENVIRONMENT


def _add_settings(environment: dict[str, str], settings: Mapping[str, str]) -> dict[str, str]:
    """Return an environment with settings after its existing settings: -c cannot express a name with `=`."""
    if not settings:
        return environment
    first = int(environment.get("GIT_CONFIG_COUNT") or 0)
    added = {"GIT_CONFIG_COUNT": str(first + len(settings))}
    for number, (key, value) in enumerate(settings.items(), first):
        added |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
    return environment | added


def _is_error(said: bytes) -> bool:
    """Whether git complained and still exited with 0, as merge-base does for an unreadable parent."""
    return bool(re.search(rb"^(error|fatal): ", said, re.MULTILINE))


def format_complaint(said: bytes) -> str:
    """Return git's stderr as a single sentence, with the advice on further lines."""
    lines = [line.strip().removeprefix("fatal: ") for line in said.decode("utf-8", "replace").splitlines()]
    text = "; ".join(filter(None, lines)).replace(":; ", ": ") or "it gave no reason"
    missing = f"; {PARTIAL}" if "from promisor remote" in text else ""
    return f"git failed: {quoted(text, limit=500)[1:-1]}{missing}"
