"""git, asked through its command. Only ever reads."""

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import IO, Final, cast

from reconciler.core.quote import quoted
from reconciler.errors import ToolregError

# Neither hooks nor the network, whatever the machine and the repository configure; and text always as UTF-8. Filters
# are configured by name, and only comparing with the work tree runs them: see `_without_filters`.
_SAFE: Final = (
    *("-c", "core.hooksPath=/dev/null"),
    *("-c", "core.fsmonitor=false"),
    *("-c", "protocol.allow=never"),
    *("-c", "i18n.logOutputEncoding=UTF-8"),
)
_ENVIRONMENT: Final = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "LC_ALL": "C",
}
# Of git's variables only those that say where its settings are and how far up to look for a repository. The others
# would change the answer (GIT_LITERAL_PATHSPECS), or, set inside a hook, the repository that is asked (GIT_DIR).
_OBEYED: Final = re.compile(
    r"GIT_(CONFIG_(GLOBAL|COUNT|KEY_\d+|VALUE_\d+)|CEILING_DIRECTORIES|DISCOVERY_ACROSS_FILESYSTEM)"
)
# What lies inside a submodule is not compared: it is not read, and its own settings would say what to run.
_NOT_INSIDE: Final = ("--ignore-submodules=dirty",)
_PARTIAL: Final = "as in a partial clone; git fetch --refetch --no-filter, or clone again without --filter"
_BARE: Final = b"must be run in a work tree"


class GitError(ToolregError):
    """git failed."""


class MissingObject(GitError):
    """git does not have an object."""


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit. `author` is `Name <address>`; `committed_at` has its time zone."""

    id: str
    parents: tuple[str, ...]
    author: str
    committed_at: datetime
    subject: str


@dataclass(frozen=True, slots=True)
class TreeEntry:
    """An entry of a git tree: its mode such as 100644, its object id, and its path from the top of the repository."""

    mode: str
    id: str
    path: str


def is_installed() -> bool:
    """Whether there is a git to ask."""
    return shutil.which("git") is not None


def version() -> str:
    """Return the version of git, such as 2.39.5."""
    return _run(Path.cwd(), "--version").stdout.decode("utf-8", "replace").removeprefix("git version ").strip()


class Repository:
    """A git repository: `top` is the folder of its work tree, or the repository's own where it is bare."""

    def __init__(self, top: Path, object_format: str = "sha1", *, is_bare: bool = False) -> None:
        self.top = top
        self.object_format = object_format
        self.is_bare = is_bare

    @classmethod
    def around(cls, folder: Path) -> "Repository | None":
        """Return the repository that a folder lies in, or None, as without git. Raises GitError where git refuses."""
        if not is_installed():
            return None
        result = _run(folder, "rev-parse", "--show-object-format", "--show-toplevel")
        if is_bare := _BARE in result.stderr:
            result = _run(folder, "rev-parse", "--show-object-format", "--absolute-git-dir")
        if result.returncode == 0:
            object_format, _, top = result.stdout.partition(b"\n")
            return cls(Path(os.fsdecode(top.removesuffix(b"\n"))), object_format.decode(), is_bare=is_bare)
        if b"not a git repository" in result.stderr:
            return None
        raise GitError(_complaint(result.stderr))

    def head(self) -> Commit | None:
        """Return the commit that is checked out, or None before the first one."""
        try:
            return self.commit("HEAD")
        except GitError:
            return None

    def commit(self, ref: str) -> Commit:
        """Return the commit that a ref names. Raises GitError where there is none."""
        resolved = _run(self.top, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}")
        if resolved.returncode != 0:
            raise GitError(f"{quoted(ref)} names no commit here; {self._missing(ref)}")
        form = "%H%x00%P%x00%an <%ae>%x00%cI%x00%s"
        raw = self._output("log", "-1", "--no-show-signature", f"--format={form}", resolved.stdout.decode().strip())
        name, parents, author, date, subject = raw.decode("utf-8", "replace").rstrip("\n").split("\0")
        try:
            committed_at = datetime.fromisoformat(date)
        except ValueError:
            raise GitError(f"commit {name} has the date {quoted(date)}, which is none; commit again") from None
        return Commit(name, tuple(parents.split()), author, committed_at, subject)

    def _missing(self, ref: str) -> str:
        if ref == "HEAD":
            return "the repository has no commit yet: git add, git commit"
        if self.is_shallow:
            return "this clone is shallow: git fetch --unshallow"
        return "git fetch, or see git log --all"

    def has(self, commit: str) -> bool:
        """Whether a commit is here, with its tree."""
        return _run(self.top, "rev-parse", "--verify", "--quiet", f"{commit}^{{tree}}").returncode == 0

    @property
    def is_shallow(self) -> bool:
        """Whether history was cut off somewhere when this was cloned or fetched."""
        return self._output("rev-parse", "--is-shallow-repository").strip() == b"true"

    def is_ancestor(self, ancestor: str, commit: str) -> bool:
        """Whether one commit is the other or lies behind it, as far as this repository knows both."""
        return _run(self.top, "merge-base", "--is-ancestor", ancestor, commit).returncode == 0

    def tree(self, commit: str, folder: str) -> list[TreeEntry]:
        """Return every file below a folder of a commit, sorted by path."""
        raw = self._output("ls-tree", "-r", "-z", "--full-tree", commit, "--", *_pathspec(folder))
        entries = []
        for line in raw.split(b"\0")[:-1]:
            head, path = line.split(b"\t", 1)
            mode, _, name = head.decode().split(" ")
            entries.append(TreeEntry(mode, name, os.fsdecode(path)))
        return entries

    def changed(self, before: str, after: str | None, folder: str) -> list[TreeEntry]:
        """Return the files below a folder that differ between two commits, or a commit and the work tree (None).

        Mode 000000 means that the file is gone; in the work tree, an id of zeros means that it has not been computed.
        """
        options = ("-r", "-z", "--raw", "--no-renames", "--no-ext-diff", "--no-textconv", "--abbrev=64", *_NOT_INSIDE)
        if after is None:
            raw = self._compared("diff-index", *options, before, "--", *_pathspec(folder))
        else:
            raw = self._output("diff-tree", *options, before, after, "--", *_pathspec(folder))
        fields = raw.split(b"\0")[:-1]
        entries = []
        for head, path in zip(fields[::2], fields[1::2], strict=True):
            _, mode, _, name, _ = head.decode().split(" ")
            entries.append(TreeEntry(mode, name, os.fsdecode(path)))
        return entries

    def untracked(self, folder: str) -> list[str]:
        """Return the files below a folder that the index does not know, ignored ones too."""
        raw = self._output("ls-files", "--others", "-z", "--full-name", "--", *_pathspec(folder))
        return [os.fsdecode(path) for path in raw.split(b"\0")[:-1]]

    def unwatched(self, folder: str) -> list[str]:
        """Return the files below a folder whose state in the work tree git was told not to look at."""
        raw = self._output("ls-files", "-v", "-z", "--full-name", "--", *_pathspec(folder))
        listed = (line.split(b" ", 1) for line in raw.split(b"\0")[:-1])
        # S is skip-worktree, as in a sparse checkout; a small letter is assume-unchanged (git-ls-files, -t and -v).
        return [os.fsdecode(path) for tag, path in listed if tag == b"S" or tag.islower()]

    def is_dirty(self, folder: str) -> bool:
        """Whether files below a folder differ from what is checked out."""
        options = ("--porcelain", "-z", "--no-renames", "--untracked-files=normal", *_NOT_INSIDE)
        return bool(self._compared("status", *options, "--", *_pathspec(folder)))

    def blobs(self, names: Iterable[str], most: int) -> Iterator[bytes | None]:
        """Yield the content of each blob in turn, or None for one of more than `most` bytes."""
        # A file, since a pipe would fill up while git waits for its own output to be read.
        with tempfile.TemporaryFile() as questions:
            wanted = list(names)
            questions.writelines(f"{name}\n".encode() for name in wanted)
            questions.seek(0)
            process = subprocess.Popen(  # noqa: S603  Fixed words and object ids, no shell.
                _command("cat-file", "--batch", "--buffer"),
                cwd=self.top,
                env=_environment(),
                stdin=questions,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
            with process:
                for name in wanted:
                    yield _blob(name, cast("IO[bytes]", process.stdout), most)

    def verify(self, commit: str, settings: Mapping[str, str], gnupg: Path) -> tuple[bool, str]:
        """Return whether git finds the signature of a commit good with these settings, and what was said of it.

        `gnupg` is the home of gpg.
        """
        result = _run(self.top, "verify-commit", "--raw", commit, settings=settings, gnupg=gnupg)
        return result.returncode == 0, result.stderr.decode("utf-8", "replace")

    def _output(self, *arguments: str, settings: Mapping[str, str] = MappingProxyType({})) -> bytes:
        result = _run(self.top, *arguments, settings=settings)
        if result.returncode != 0:
            raise GitError(_complaint(result.stderr))
        return result.stdout

    def _compared(self, *arguments: str) -> bytes:
        """Return what git says of the work tree, without running what the repository configures for reading files."""
        return self._output(*arguments, settings=self._without_filters())

    def _without_filters(self) -> dict[str, str]:
        """Return settings that override every filter there is (gitattributes, `filter`)."""
        found = _run(self.top, "config", "--name-only", "-z", "--get-regexp", r"^filter\..*\.")
        filters = {os.fsdecode(key).rpartition(".")[0] for key in found.stdout.split(b"\0")[:-1]}
        nothing = {"clean": "", "process": "", "required": "false"}
        return {f"{name}.{key}": value for name in filters for key, value in nothing.items()}


def _blob(name: str, answer: IO[bytes], most: int) -> bytes | None:
    """Read one answer: `<id> <type> <size>`, the content, a newline; or `<id> missing`, or nothing from a dead git."""
    head = answer.readline().split()
    if head[1:] == [b"missing"]:
        raise MissingObject(f"git does not have the object {name}, {_PARTIAL}")
    if len(head) != len(("id", "type", "size")):
        raise GitError(f"git does not have the object {name}, {_PARTIAL}")
    size = int(head[2])
    if size <= most:
        return answer.read(size + 1)[:-1]
    while size >= 0:
        size -= len(answer.read(min(size + 1, 1 << 20)) or b"\0" * (size + 1))
    return None


def _pathspec(folder: str) -> tuple[str, ...]:
    return (f":(top,literal){folder}",) if folder else (":(top)",)


def _command(*arguments: str) -> list[str]:
    return ["git", *_SAFE, *arguments]


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


def _run(
    folder: Path, *arguments: str, settings: Mapping[str, str] = MappingProxyType({}), gnupg: Path | None = None
) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(  # noqa: S603  Fixed words; a ref stands behind --end-of-options, a path behind --.
        _command(*arguments),
        cwd=folder,
        env=_with_settings(_environment(), settings) | ({"GNUPGHOME": str(gnupg)} if gnupg else {}),
        capture_output=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )


def _complaint(stderr: bytes) -> str:
    """Return what git said as one sentence, its advice on lines of their own included."""
    said = [line.strip().removeprefix("fatal: ") for line in stderr.decode("utf-8", "replace").splitlines()]
    text = "; ".join(filter(None, said)).replace(":; ", ": ")
    missing = f"; {_PARTIAL}" if "from promisor remote" in text else ""
    return f"git failed: {quoted(text, limit=500)[1:-1]}{missing}"
