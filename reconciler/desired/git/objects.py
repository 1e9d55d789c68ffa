"""Reads objects from `git cat-file --batch`: complete, of the announced size, and verified by their hash.

The id of an object is the hash of its content. An object damaged or forged on the disk is therefore an error, and a
signature of a commit covers all content read from the commit.
"""

import hashlib
import os
import re
import subprocess
import weakref
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Final, NamedTuple, cast

from reconciler.core.quote import quoted
from reconciler.desired.git.process import PARTIAL, GitError, format_complaint, require_alive, start_git

_HEAD: Final = re.compile(rb"([0-9a-f]{40}|[0-9a-f]{64}) (blob|tree|commit|tag) ([0-9]{1,18})\n")
_ID: Final = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
# The bytes of questions that may wait for git. A pipe holds 64 KiB on Linux, and at least 4 KiB on every system.
_MOST_WAITING: Final = 4096


class Object(NamedTuple):
    """An object. `data` is None if not read, or larger than requested."""

    id: str
    type: str
    size: int
    data: bytes | None = None


def is_id(name: str) -> bool:
    """Whether a name is a full object id, which always names the same object."""
    return bool(_ID.fullmatch(name))


class NoObject(GitError):
    """An object that others name is not in this repository."""


def make_missing_error(name: str) -> NoObject:
    """Return the error for a missing object named by other objects."""
    return NoObject(f"git failed: it does not have the object {quoted(name, limit=80)[1:-1]}, {PARTIAL}")


class Objects:
    """The objects of a repository. Keeps an idle git process for the next questions."""

    def __init__(self, top: Path) -> None:
        self._top = top
        self._idle: list[_Session] = []
        # Sessions hold no reference to their owner, and therefore stop with the owner, or at the end of the program.
        weakref.finalize(self, _stop_all, self._idle)

    def read(self, names: Sequence[str], most: int) -> Iterator[Object | None]:
        """Yield each object in order, None for a missing object, without content of more than `most` bytes.

        Raises GitError for content that does not hash to its id, and if git fails or truncates an answer.
        """
        _require_one_line(names)
        if not names:
            return
        # Not shared: the session must answer no other reader while this generator is suspended.
        session = self._take_session()
        try:
            for index, head in enumerate(session.read_heads(names)):
                if head and head.size > most:
                    # git would print the large object to its end; a new session reads the rest.
                    session.stop()
                    yield head
                    yield from self._read_by_size(names[index + 1 :], most)
                    return
                yield session.read_content(head) if head else None
        except BaseException:
            # The rest of the answer would be taken for the answer to the next question.
            session.stop()
            raise
        self._idle.append(session)

    def __reduce__(self) -> tuple[type["Objects"], tuple[Path]]:
        """Pickle without sessions: a worker process starts its own."""
        return Objects, (self._top,)

    def _take_session(self) -> "_Session":
        while self._idle:
            session = self._idle.pop()
            if session.is_ours:
                return session
            session.stop()
        return _Session(self._top, "--batch")

    def _read_by_size(self, names: Sequence[str], most: int) -> Iterator[Object | None]:
        """Yield objects after reading all sizes: many objects may be too large."""
        session = _Session(self._top, "--batch-check")
        try:
            heads = [*session.read_heads(names)]
        finally:
            session.stop()
        contents = self.read([head.id for head in heads if head and head.size <= most], most)
        for head in heads:
            yield next(contents) if head and head.size <= most else head


def _require_one_line(names: Sequence[str]) -> None:
    """Raise GitError for a name with a line break, which git would read as two questions."""
    if line_break := next((name for name in names if "\n" in name), None):
        raise GitError(f"{quoted(line_break)} holds a line break, which no name of git's does here; rename it")


def _stop_all(sessions: "list[_Session]") -> None:
    for session in sessions:
        session.stop()


class _Session:
    """A git process that answers questions about objects in order."""

    def __init__(self, top: Path, option: str) -> None:
        self._words = open_in_memory()
        self._asker = os.getpid()
        self._process = start_git(top, "cat-file", option, stdin=subprocess.PIPE, stderr=self._words)
        self._answer = cast("IO[bytes]", self._process.stdout)
        self._question = cast("IO[bytes]", self._process.stdin)

    @property
    def is_ours(self) -> bool:
        """Whether this process started the session. A fork shares the pipes, and would steal answers."""
        return self._asker == os.getpid()

    def stop(self) -> None:
        """End the process. In a forked process, only close the pipes."""
        if self.is_ours:
            self._process.kill()
            self._hang_up()
        else:
            self._question.close()
            self._answer.close()
        self._words.close()

    def _hang_up(self) -> int:
        """Close the pipes, and return the exit code."""
        # Closing flushes unsent questions, which a dead git no longer reads.
        with suppress(BrokenPipeError):
            self._question.close()
        self._answer.close()
        return self._process.wait()

    def read_heads(self, names: Sequence[str]) -> Iterator[Object | None]:
        """Ask about each name, and yield `<id> <type> <size>` in order, None for a missing object.

        With --batch, the content must be read before the next head.
        """
        questions = [b"%b\n" % os.fsencode(name) for name in names]
        asked = waiting = 0
        for name, question in zip(names, questions, strict=True):
            # git gets the next questions before answering the last, but never more than the pipe holds: on a full pipe
            # git and toolreg would wait for each other.
            if waiting < _MOST_WAITING // 2:
                first = asked
                while asked < len(questions) and (not waiting or waiting + len(questions[asked]) <= _MOST_WAITING):
                    waiting += len(questions[asked])
                    asked += 1
                self._ask(questions[first:asked])
            yield self._read_head(name)
            waiting -= len(question)

    def _ask(self, questions: Sequence[bytes]) -> None:
        try:
            self._question.write(b"".join(questions))
            self._question.flush()
        except BrokenPipeError:
            raise self._make_truncation_error() from None

    def _read_head(self, name: str) -> Object | None:
        line = self._answer.readline()
        match = _HEAD.fullmatch(line)
        if match is None:
            self._require_missing(name, line)
            return None
        identity = match[1].decode()
        if is_id(name) and identity != name:
            raise GitError(f"git was asked for object {name} and answered with {identity}")
        return Object(identity, match[2].decode(), int(match[3]))

    def read_content(self, head: Object) -> Object:
        """Read the content that follows a head. Raises GitError if truncated, or if its hash is not the id."""
        data = self._answer.read(head.size + 1)
        if len(data) != head.size + 1 or data[-1:] != b"\n":
            raise self._make_truncation_error()
        content = data[:-1]
        if _hash(head, content) != head.id:
            raise GitError(
                f"the {head.type} {head.id} is damaged or forged: its content has another hash;"
                " run git fsck, and fetch it again from where it is whole"
            )
        return Object(head.id, head.type, head.size, content)

    def _require_missing(self, name: str, line: bytes) -> None:
        """Raise GitError unless git answered that the object is missing."""
        if line == b"%b missing\n" % os.fsencode(name):
            return
        if line == b"%b ambiguous\n" % os.fsencode(name):
            raise GitError(f"{quoted(name)} is short for several objects here; write more of its digits")
        raise self._make_truncation_error()

    def _make_truncation_error(self) -> GitError:
        """Return the error for a truncated answer. Raises GitCutOff if git was killed."""
        require_alive(self._hang_up(), ("cat-file",))
        self._words.seek(0)
        said = self._words.read(1 << 16)
        return GitError(format_complaint(said) if said else "git failed: cat-file stopped in the middle of an answer")


def open_in_memory() -> IO[bytes]:
    """Return an empty file, in memory if the system can: a folder for temporary files may be missing."""
    if hasattr(os, "memfd_create"):
        return os.fdopen(os.memfd_create("toolreg"), "w+b")
    # Imported late: Linux has no need of the module.
    import tempfile  # noqa: PLC0415

    return tempfile.TemporaryFile()


def _hash(head: Object, data: bytes) -> str:
    algorithm = "sha1" if len(head.id) == len("0" * 40) else "sha256"
    digest = hashlib.new(algorithm, b"%b %d\0" % (head.type.encode(), len(data)), usedforsecurity=False)
    digest.update(data)
    return digest.hexdigest()
