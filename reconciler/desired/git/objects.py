"""Objects of a repository, as `git cat-file --batch` gives them: whole, of the size that was announced, and hashed.

The id of an object is the hash of its content, so an object that was damaged or forged on the disk is an error, and
what a signed commit covers is what is read.
"""

import hashlib
import os
import re
import subprocess
import tempfile
import weakref
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Final, NamedTuple, cast

from reconciler.core.quote import quoted
from reconciler.desired.git.process import PARTIAL, GitError, complaint, require_alive, start

_HEAD: Final = re.compile(rb"([0-9a-f]{40}|[0-9a-f]{64}) (blob|tree|commit|tag) ([0-9]{1,18})\n")
_ID: Final = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
# Bytes of questions that may wait for git. A pipe holds 64 KiB on Linux, and at least this on every system.
_MOST_WAITING: Final = 4096


class Object(NamedTuple):
    """An object. `data` is None where it has more bytes than were asked for."""

    id: str
    type: str
    size: int
    data: bytes | None = None


def is_id(name: str) -> bool:
    """Whether a name is a whole object id, which means the same object for good."""
    return bool(_ID.fullmatch(name))


class NoObject(GitError):
    """An object that others name is not in this repository."""


def missing(name: str) -> NoObject:
    """Return what to raise where an object that others name is not there."""
    return NoObject(f"git failed: it does not have the object {quoted(name, limit=80)[1:-1]}, {PARTIAL}")


class Objects:
    """The objects of one repository. Keeps the git that answered last for the next questions."""

    def __init__(self, top: Path) -> None:
        self._top = top
        self._idle: list[_Session] = []
        # A session refers to this by nothing, so that it ends with it, and at the end of the program.
        weakref.finalize(self, _stop_all, self._idle)

    def read(self, names: Sequence[str], most: int) -> Iterator[Object | None]:
        """Yield each object by its name in turn, None where it is not there, without content of more than `most` bytes.

        Raises GitError for content that does not hash to its id, and where git fails or stops in the middle of an
        answer.
        """
        _require_one_line(names)
        if not names:
            return
        # Nobody else is answered by a session while this one waits to be asked for the next object.
        session = self._session()
        try:
            for index, head in enumerate(session.heads(names)):
                if head and head.size > most:
                    # git would print it to its end; the others are asked for again.
                    session.stop()
                    yield head
                    yield from self._sifted(names[index + 1 :], most)
                    return
                yield session.content(head) if head else None
        except BaseException:
            # What it has still to say would be taken for the answer to another question.
            session.stop()
            raise
        self._idle.append(session)

    def __reduce__(self) -> tuple[type["Objects"], tuple[Path]]:
        """Be made anew in a worker process."""
        return Objects, (self._top,)

    def _session(self) -> "_Session":
        while self._idle:
            session = self._idle.pop()
            if session.is_ours:
                return session
            session.stop()
        return _Session(self._top, "--batch")

    def _sifted(self, names: Sequence[str], most: int) -> Iterator[Object | None]:
        """Yield objects of which many may be too large: sizes are asked for first."""
        session = _Session(self._top, "--batch-check")
        try:
            heads = [*session.heads(names)]
        finally:
            session.stop()
        contents = self.read([head.id for head in heads if head and head.size <= most], most)
        for head in heads:
            yield next(contents) if head and head.size <= most else head


def _require_one_line(names: Sequence[str]) -> None:
    """Raise GitError for a name that would be two questions."""
    if line_break := next((name for name in names if "\n" in name), None):
        raise GitError(f"{quoted(line_break)} holds a line break, which no name of git's does here; rename it")


def _stop_all(sessions: "list[_Session]") -> None:
    for session in sessions:
        session.stop()


class _Session:
    """A git that answers questions about objects in their order."""

    def __init__(self, top: Path, option: str) -> None:
        self._words = in_memory()
        self._asker = os.getpid()
        self._process = start(top, "cat-file", option, stdin=subprocess.PIPE, stderr=self._words)
        self._answer = cast("IO[bytes]", self._process.stdout)
        self._question = cast("IO[bytes]", self._process.stdin)

    @property
    def is_ours(self) -> bool:
        """Whether this process started it. A forked one has its pipes, too: both would read each other's answers."""
        return self._asker == os.getpid()

    def stop(self) -> None:
        """End the process. In a forked process, only let go of its pipes."""
        if self.is_ours:
            self._process.kill()
            self._hang_up()
        else:
            self._question.close()
            self._answer.close()
        self._words.close()

    def _hang_up(self) -> int:
        """Ask nothing more, and return the exit code."""
        # What was not yet sent is sent in vain.
        with suppress(BrokenPipeError):
            self._question.close()
        self._answer.close()
        return self._process.wait()

    def heads(self, names: Sequence[str]) -> Iterator[Object | None]:
        """Ask about each name, and yield `<id> <type> <size>` in turn, None where there is no such object.

        With --batch, the content has to be read before the next.
        """
        questions = [b"%b\n" % os.fsencode(name) for name in names]
        asked = waiting = 0
        for name, question in zip(names, questions, strict=True):
            # git has the next questions before it has answered the last, and the pipe has room for them: else it and
            # we would wait for each other.
            if waiting < _MOST_WAITING // 2:
                first = asked
                while asked < len(questions) and (not waiting or waiting + len(questions[asked]) <= _MOST_WAITING):
                    waiting += len(questions[asked])
                    asked += 1
                self._ask(questions[first:asked])
            yield self._head(name)
            waiting -= len(question)

    def _ask(self, questions: Sequence[bytes]) -> None:
        try:
            self._question.write(b"".join(questions))
            self._question.flush()
        except BrokenPipeError:
            raise self._cut() from None

    def _head(self, name: str) -> Object | None:
        line = self._answer.readline()
        found = _HEAD.fullmatch(line)
        if found is None:
            self._require_missing(name, line)
            return None
        identity = found[1].decode()
        if is_id(name) and identity != name:
            raise GitError(f"git was asked for object {name} and answered with {identity}")
        return Object(identity, found[2].decode(), int(found[3]))

    def content(self, head: Object) -> Object:
        """Read the content, and the newline behind it."""
        data = self._answer.read(head.size + 1)
        if len(data) != head.size + 1 or data[-1:] != b"\n":
            raise self._cut()
        content = data[:-1]
        if _hash(head, content) != head.id:
            raise GitError(
                f"the {head.type} {head.id} is damaged or forged: its content has another hash;"
                " run git fsck, and fetch it again from where it is whole"
            )
        return Object(head.id, head.type, head.size, content)

    def _require_missing(self, name: str, line: bytes) -> None:
        """Raise GitError where an answer does not say that there is no such object."""
        if line == b"%b missing\n" % os.fsencode(name):
            return
        if line == b"%b ambiguous\n" % os.fsencode(name):
            raise GitError(f"{quoted(name)} is short for several objects here; write more of its digits")
        raise self._cut()

    def _cut(self) -> GitError:
        """Return what to raise where an answer ends early. Raises GitCutOff where git was killed."""
        require_alive(self._hang_up(), ("cat-file",))
        self._words.seek(0)
        said = self._words.read(1 << 16)
        return GitError(complaint(said) if said else "git failed: cat-file stopped in the middle of an answer")


def in_memory() -> IO[bytes]:
    """Return an empty file, in memory where there is such a thing, since no folder for temporary files may be there."""
    if hasattr(os, "memfd_create"):
        return os.fdopen(os.memfd_create("toolreg"), "w+b")
    return tempfile.TemporaryFile()


def _hash(head: Object, data: bytes) -> str:
    algorithm = "sha1" if len(head.id) == len("0" * 40) else "sha256"
    digest = hashlib.new(algorithm, b"%b %d\0" % (head.type.encode(), len(data)), usedforsecurity=False)
    digest.update(data)
    return digest.hexdigest()
