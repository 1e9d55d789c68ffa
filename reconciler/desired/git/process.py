"""Runs git. A failure is an exception and never an answer: neither a signal, nor an exit code, nor an output cut short.

Settings of the machine, the user and the repository are obeyed as git does, but none makes git run a program or reach
the network, and nothing beside objects and refs decides which commit descends from which.
"""

import os
import re
import resource
import selectors
import subprocess
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from types import MappingProxyType
from typing import IO, Final, NamedTuple, cast

from reconciler.core.errors import TemporaryError, ToolregError
from reconciler.core.quote import quoted

OLDEST_GIT: Final = (2, 31)
"""The first git that knows GIT_CONFIG_COUNT, by which filters are switched off."""

PARTIAL: Final = "as in a partial clone; git fetch --refetch --no-filter, or clone again without --filter"

_MOST_BYTES: Final = 256 << 20
_MOST_SAID: Final = 1 << 16
_MOST_MEMORY: Final = 1 << 30
_PIECE: Final = 1 << 16
# Filters are configured by name, and only comparing with the work tree runs them: see Repository._without_filters.
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
# Of git's variables only those that say where its settings are and how far up to look for a repository. The others
# would change the answer (GIT_LITERAL_PATHSPECS), or, set inside a hook, the repository that is asked (GIT_DIR).
_OBEYED: Final = re.compile(
    r"GIT_(CONFIG_(SYSTEM|NOSYSTEM|GLOBAL|COUNT|KEY_\d+|VALUE_\d+)|CEILING_DIRECTORIES|DISCOVERY_ACROSS_FILESYSTEM)"
)
NO_SETTINGS: Final[Mapping[str, str]] = MappingProxyType({})


class GitError(ToolregError):
    """git failed."""


class GitCutOff(TemporaryError):
    """git was killed, or could not be started."""


class Answer(NamedTuple):
    """The end of a git process that ran to its end: its exit code, its output, and its words on stderr."""

    code: int
    out: bytes
    said: bytes

    @property
    def failure(self) -> GitError:
        """What to raise where the answer is none."""
        return GitError(complaint(self.said))


def output(folder: Path, *arguments: str, settings: Mapping[str, str] = NO_SETTINGS) -> bytes:
    """Return the output of git. Raises GitError where it failed, GitCutOff where it was killed."""
    answer = ask(folder, *arguments, settings=settings)
    if answer.code != 0 or _is_error(answer.said):
        raise answer.failure
    return answer.out


def ask(
    folder: Path,
    *arguments: str,
    settings: Mapping[str, str] = NO_SETTINGS,
    variables: Mapping[str, str] = NO_SETTINGS,
    most: int = _MOST_BYTES,
) -> Answer:
    """Run git to its end, for a caller to whom some exit codes are answers.

    Raises GitCutOff where git was killed, GitError where its output exceeds `most` bytes.
    """
    with start(folder, *arguments, settings=settings, variables=variables, stderr=subprocess.PIPE) as process:
        try:
            out, said = _collected(process, most)
        except BaseException:
            process.kill()
            raise
    require_alive(process.returncode, arguments)
    return Answer(process.returncode, out, said)


def start(
    folder: Path,
    *arguments: str,
    settings: Mapping[str, str] = NO_SETTINGS,
    variables: Mapping[str, str] = NO_SETTINGS,
    stdin: int | IO[bytes] = subprocess.DEVNULL,
    stderr: int | IO[bytes] = subprocess.DEVNULL,
    memory: int = _MOST_MEMORY,
) -> subprocess.Popen[bytes]:
    """Start git, which may take so many bytes of memory. Raises GitCutOff where the machine does not let it start."""
    try:
        process = subprocess.Popen(  # noqa: S603  Fixed words; a ref stands behind --end-of-options, a path behind --.
            ["git", *_SAFE, *arguments],  # noqa: S607  The git of the user.
            cwd=folder,
            env={**_with_settings(_environment(), settings), **variables},
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=stderr,
        )
    except OSError as error:
        raise GitCutOff(f"git cannot be started in {quoted(str(folder))}: {error.strerror}; try again") from error
    _bound_memory(process.pid, memory)
    return process


def _bound_memory(pid: int, most: int) -> None:
    """Let git end with its own words before it takes the memory of the machine: a few trees can stand for many paths.

    Packs are mapped and do not count (Linux, RLIMIT_DATA); elsewhere than on Linux there is no such limit.
    """
    if hasattr(resource, "prlimit"):
        with suppress(OSError, ValueError):
            resource.prlimit(pid, resource.RLIMIT_DATA, (most, most))


def require_alive(code: int, arguments: tuple[str, ...]) -> None:
    """Raise GitCutOff where a signal ended git: its own, or, as a shell says it, of a wrapper around git."""
    number = -code if code < 0 else code - 128
    if code < 0 or number in _DEADLY:
        raise GitCutOff(f"git {arguments[0]} was killed by signal {number} before it answered; try again")


# Exit code 128 and 129 are git's own: a fatal error, wrong usage.
_DEADLY: Final = {2, 3, 6, 7, 9, 11, 13, 15}


def _collected(process: subprocess.Popen[bytes], most: int) -> tuple[bytes, bytes]:
    """Read both pipes of a process to their ends. Raises GitError as soon as the output exceeds `most` bytes."""
    out, said = bytearray(), bytearray()
    with selectors.DefaultSelector() as both:
        for stream, into in ((process.stdout, out), (process.stderr, said)):
            both.register(cast("IO[bytes]", stream), selectors.EVENT_READ, into.extend)
        while both.get_map():
            for key, _ in both.select():
                take: Callable[[bytes], None] = key.data
                piece = os.read(key.fd, _PIECE)
                take(piece) if piece else both.unregister(key.fileobj)
            if len(out) > most:
                raise GitError(f"git printed more than {most >> 20} MiB, which no registry needs")
            # The rest of an endless complaint is read and forgotten.
            del said[_MOST_SAID:]
    return bytes(out), bytes(said)


def _environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name[:4] != "GIT_" or _OBEYED.fullmatch(name)}
    return kept | _ENVIRONMENT


def _with_settings(environment: dict[str, str], settings: Mapping[str, str]) -> dict[str, str]:
    """Return an environment with settings behind those that it already has: -c has no way to write a `=` in a name."""
    if not settings:
        return environment
    first = int(environment.get("GIT_CONFIG_COUNT") or 0)
    added = {"GIT_CONFIG_COUNT": str(first + len(settings))}
    for number, (key, value) in enumerate(settings.items(), first):
        added |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
    return environment | added


def _is_error(said: bytes) -> bool:
    """Whether git complained although it ended with 0, as merge-base does where it cannot read a parent."""
    return bool(re.search(rb"^(error|fatal): ", said, re.MULTILINE))


def complaint(said: bytes) -> str:
    """Return git's own words as one sentence, its advice on lines of their own included."""
    lines = [line.strip().removeprefix("fatal: ") for line in said.decode("utf-8", "replace").splitlines()]
    text = "; ".join(filter(None, lines)).replace(":; ", ": ") or "it gave no reason"
    missing = f"; {PARTIAL}" if "from promisor remote" in text else ""
    return f"git failed: {quoted(text, limit=500)[1:-1]}{missing}"
