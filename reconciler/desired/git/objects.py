"""Objects of a repository, as `git cat-file --batch` gives them: whole, of the size that was announced, and hashed.

The id of an object is the hash of its content, so an object that was damaged or forged on the disk is an error, and
what a signed commit covers is what is read.
"""

import hashlib
import os
import re
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Final, NamedTuple, Self, cast

from reconciler.core.quote import quoted
from reconciler.desired.git.process import PARTIAL, GitError, complaint, require_alive, start

_HEAD: Final = re.compile(rb"([0-9a-f]{40}|[0-9a-f]{64}) (blob|tree|commit|tag) ([0-9]{1,18})\n")
_ID: Final = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


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


def read_objects(top: Path, names: Sequence[str], most: int) -> Iterator[Object | None]:
    """Yield each object by its name in turn, without the content of more than `most` bytes; None where it is not there.

    Raises GitError for content that does not hash to its id, and where git fails or stops in the middle of an answer.
    """
    if not names:
        return
    with _Session(top, names, "--batch") as session:
        for index, name in enumerate(names):
            found = session.head(name)
            if found and found.size > most:
                # git would print it to its end; the others are asked for again.
                session.stop()
                yield found
                yield from _sifted(top, names[index + 1 :], most)
                return
            yield session.content(found) if found else None


def _sifted(top: Path, names: Sequence[str], most: int) -> Iterator[Object | None]:
    """Yield objects of which many may be too large: sizes are asked for first."""
    if not names:
        return
    with _Session(top, names, "--batch-check") as session:
        heads = [session.head(name) for name in names]
    contents = read_objects(top, [head.id for head in heads if head and head.size <= most], most)
    for head in heads:
        yield next(contents) if head and head.size <= most else head


class _Session:
    """A git that answers questions about objects in their order."""

    def __init__(self, top: Path, names: Sequence[str], option: str) -> None:
        if line_break := next((name for name in names if "\n" in name), None):
            raise GitError(f"{quoted(line_break)} holds a line break, which no name of git's does here; rename it")
        self._questions = in_memory()
        self._words = in_memory()
        self._questions.writelines(b"%b\n" % os.fsencode(name) for name in names)
        self._questions.seek(0)
        self._process = start(top, "cat-file", option, "--buffer", stdin=self._questions, stderr=self._words)
        self._answer = cast("IO[bytes]", self._process.stdout)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        # What it has still to say is not wanted.
        self.stop()
        self._questions.close()
        self._words.close()

    def stop(self) -> None:
        """End the process."""
        self._process.kill()
        self._answer.close()
        self._process.wait()

    def head(self, name: str) -> Object | None:
        """Read `<id> <type> <size>`, or `<name> missing`."""
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
        self._answer.close()
        require_alive(self._process.wait(), ("cat-file",))
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
