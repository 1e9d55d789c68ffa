"""Reads a repository through the git command. Never writes.

Commits, trees and blobs are read as objects and verified by their hash; git itself resolves names, decides the ancestry
of commits, and compares the work tree with the checkout.
"""

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from enum import Enum
from pathlib import Path
from typing import Final

from reconciler.core.history.commit import Commit
from reconciler.core.quote import quoted
from reconciler.desired.git import index, worktree
from reconciler.desired.git.commits import MOST_COMMIT_BYTES, parse_commit
from reconciler.desired.git.objects import Object, Objects, is_id, make_missing_error
from reconciler.desired.git.places import NoCommit, Places
from reconciler.desired.git.process import NO_SETTINGS, OLDEST_GIT, GitCutOff, GitError, ask_git, run_git
from reconciler.desired.git.trees import DIRECTORY, TreeEntry, find_changed_files, list_files
from reconciler.desired.git.worktree import Changes

_WIDTHS: Final = {"sha1": 20, "sha256": 32}
# Smaller than every object: no content is read.
_OF_ANY_SIZE: Final = -1
_BARE: Final = b"must be run in a work tree"
_VERSION: Final = re.compile(r"git version (\d+\.\d+\S*.*)\n")


class Kinship(Enum):
    """The ancestry of two commits."""

    DESCENDS = "the second descends from the first, or is the same"
    PRECEDES = "the first descends from the second"
    UNRELATED = "neither descends from the other"
    UNKNOWN = "the commits that would tell are not here"


def is_installed() -> bool:
    """Whether git is installed."""
    # Imported late: only a git that does not start raises the question.
    import shutil  # noqa: PLC0415

    return shutil.which("git") is not None


def read_version() -> str:
    """Return the version of git, such as 2.39.5."""
    said = run_git(Path("/"), "--version").decode("utf-8", "replace")
    match = _VERSION.fullmatch(said)
    if match is None:
        raise GitError(f"git --version says {quoted(said)}; expected a version, such as git version 2.39.5")
    return match[1]


class Repository:
    """A git repository. `top` is the folder of its work tree, or the repository's own folder if bare."""

    def __init__(
        self, top: Path, object_format: str = "sha1", *, is_bare: bool = False, is_shallow: bool = False
    ) -> None:
        self.top = top
        self.object_format = object_format
        self.is_bare = is_bare
        self.is_shallow = is_shallow
        """Whether history was cut off by a shallow clone or fetch."""
        self._objects = Objects(top)
        self._places = Places(self._objects, _WIDTHS[object_format])

    @classmethod
    def around(cls, folder: Path) -> "Repository | None":
        """Return the repository around a folder; None if absent, or without git. Raises GitError if git refuses."""
        try:
            answer = ask_git(folder, *_make_query("--show-toplevel"))
        except GitCutOff:
            if is_installed():
                raise
            return None
        if is_bare := _BARE in answer.said:
            answer = ask_git(folder, *_make_query("--absolute-git-dir"))
        if answer.code == 0:
            object_format, top, is_shallow = _parse_answers(answer.out)
            return cls(top, object_format, is_bare=is_bare, is_shallow=is_shallow)
        if b"not a git repository" in answer.said:
            return None
        raise answer.failure

    def read_head(self) -> Commit | None:
        """Return the checked-out commit, or None before the first commit."""
        try:
            return self.read_commit("HEAD")
        except NoCommit:
            answer = ask_git(self.top, "rev-parse", "--verify", "--quiet", "HEAD")
            if answer.code == 1 and not answer.said:
                return None
            raise answer.failure if answer.said else make_missing_error(os.fsdecode(answer.out).strip()) from None

    def read_commit(self, ref: str) -> Commit:
        """Return the commit named by a ref. Raises NoCommit if absent."""
        if "\n" in ref:
            raise NoCommit(f"{quoted(ref)} names no commit: no ref has a line break")
        (git_object,) = self._objects.read([f"{ref}^{{commit}}"], MOST_COMMIT_BYTES)
        if git_object is None:
            raise NoCommit(f"{quoted(ref)} names no commit here; {self._suggest_remedy(ref)}")
        if git_object.data is None:
            raise GitError(
                f"commit {git_object.id} is an object of {git_object.size:,} bytes;"
                f" expected at most {MOST_COMMIT_BYTES:,}"
            )
        return parse_commit(git_object.id, git_object.data)

    def _suggest_remedy(self, ref: str) -> str:
        if ref == "HEAD":
            return "the repository has no commit yet: git add, git commit"
        if self.is_shallow:
            return "this clone is shallow: git fetch --unshallow"
        return "git fetch, or see git log --all"

    def has(self, commit: str) -> bool:
        """Whether the repository holds a commit and its root tree."""
        return all(self._objects.read([f"{commit}^{{commit}}", f"{commit}^{{tree}}"], _OF_ANY_SIZE))

    def find_kinship(self, one: str, other: str) -> Kinship:
        """Return the ancestry of two commits.

        Parents are read from the commits: grafts, replacements and commit graphs do not count. The file `shallow` hides
        commits and can only hide a descent. Two commits that seem unrelated are therefore compared again without
        `shallow`.
        """
        if not self.has(one):
            return Kinship.UNKNOWN if self.is_shallow else Kinship.UNRELATED
        kinship = self._compare(one, other, NO_SETTINGS)
        if kinship is not Kinship.UNRELATED or not self.is_shallow:
            return kinship
        try:
            return self._compare(one, other, {"GIT_SHALLOW_FILE": ""})
        except GitError:
            return Kinship.UNKNOWN

    def merge_base(self, one: str, other: str) -> str | None:
        """Return the best common ancestor of two commits, or None if unrelated."""
        answer = ask_git(self.top, "merge-base", one, other)
        if answer.code == 1 and not answer.said and not answer.out:
            return None
        name = answer.out.decode("ascii", "replace").removesuffix("\n")
        if answer.code != 0 or answer.said or not is_id(name):
            raise answer.failure
        return name

    def count_commits(self, base: str, tip: str) -> int:
        """Return the number of commits reachable from `tip` and not from `base`."""
        answer = run_git(self.top, "rev-list", "--count", f"^{base}", tip, "--").decode("ascii", "replace")
        if not re.fullmatch(r"[0-9]+\n", answer):
            raise GitError(f"git rev-list answered {quoted(answer, limit=200)}; expected a number")
        return int(answer)

    def _compare(self, one: str, other: str, variables: Mapping[str, str]) -> Kinship:
        # git names each commit that the other cannot reach: one or both, whatever the ancestry.
        heads = self._find_bases("--independent", one, other, variables=variables)
        if heads == {other}:
            # A truncated answer for unrelated commits may look the same.
            return self._confirm(one, other, one, Kinship.DESCENDS, variables)
        if heads == {one}:
            return self._confirm(one, other, other, Kinship.PRECEDES, variables)
        if heads != {one, other}:
            raise GitError("git failed: merge-base answered with neither of the two commits that it was asked about")
        return Kinship.UNRELATED

    def _confirm(self, one: str, other: str, base: str, kinship: Kinship, variables: Mapping[str, str]) -> Kinship:
        if self._find_bases(one, other, variables=variables) != {base}:
            raise GitError("git failed: merge-base contradicts itself")
        return kinship

    def _find_bases(self, *arguments: str, variables: Mapping[str, str]) -> set[str]:
        answer = ask_git(self.top, "merge-base", *arguments, variables=variables)
        names = answer.out.decode("ascii", "replace").splitlines()
        if answer.code != 0 or answer.said or not names or not all(map(is_id, names)) or answer.out[-1:] != b"\n":
            raise answer.failure
        return set(names)

    def list_tree(self, commit: str, folder: str) -> list[TreeEntry]:
        """Return every file below a folder of a commit, sorted by path."""
        place = self.find_entry(commit, folder)
        if place is None:
            return []
        if place.mode != DIRECTORY:
            return [place]
        return list_files(self._places.read_trees, place.id, folder, _WIDTHS[self.object_format])

    def find_entry(self, commit: str, path: str) -> TreeEntry | None:
        """Return the file or folder at a path of a commit, or None if absent."""
        (place,) = self._places.find(path, commit)
        return place

    def compare_commits(self, before: str, after: str | None, folder: str) -> list[TreeEntry]:
        """Return the files below a folder that differ between two commits; mode 000000 marks a removed file.

        An `after` of None stands for a commit without files. Raises NoCommit if a commit is missing.
        """
        places = self._places.find(folder, before, *([after] if after else []))
        one, other, *_ = (place.id if place and place.mode == DIRECTORY else None for place in (*places, None))
        return find_changed_files(self._places.read_trees, one, other, folder, _WIDTHS[self.object_format])

    def list_changes(self, folder: str) -> Changes:
        """Return the changes below a folder of the work tree since the checkout."""
        changes = worktree.list_changes(self.top, folder)
        if changes.head and not changes.holds_files and self.find_entry(changes.head, folder):
            raise GitError(f"git failed: ls-files named no file of {quoted(folder)}, and status none that is gone")
        return changes

    def list_index(self, folder: str) -> list[TreeEntry]:
        """Return the files of the index below a folder, sorted by path. Raises GitError during a conflict."""
        return index.list_index(self.top, folder)

    def list_ignored(self, folder: str, witness: str | None) -> frozenset[str]:
        """Return the files below a folder of the work tree that git ignores; `witness` is a file not ignored."""
        return worktree.list_ignored(self.top, folder, witness)

    def is_dirty(self, folder: str) -> bool:
        """Whether files below a folder differ from the checkout."""
        return worktree.is_dirty(self.top, folder)

    def read_blobs(self, names: Iterable[str], most: int) -> Iterator[bytes | None]:
        """Yield the content of each blob in order, None for a blob of more than `most` bytes."""
        return (blob.data for blob in self._read_typed(names, "blob", most))

    def read_raw_commit(self, name: str, most: int) -> bytes | None:
        """Return the content of a commit object, as signed, or None if larger than `most` bytes."""
        (git_object,) = self._read_typed([name], "commit", most)
        return git_object.data

    def _read_typed(self, names: Iterable[str], kind: str, most: int) -> Iterator[Object]:
        """Yield objects. Raises GitError if an object is missing, or of another type."""
        wanted = list(names)
        for name, git_object in zip(wanted, self._objects.read(wanted, most), strict=True):
            if git_object is None:
                raise make_missing_error(name)
            # A malformed tree can give a folder the mode of a file, 100644.
            if git_object.type != kind:
                raise GitError(f"git has a {git_object.type} as {name}; expected a {kind}")
            yield git_object

    def verify(self, commit: str, settings: Mapping[str, str], gnupg: Path) -> tuple[bool, str]:
        """Return whether git verifies the signature of a commit with these settings, and the output on stderr.

        `gnupg` is the home of gpg.
        """
        variables = {"GNUPGHOME": str(gnupg)}
        answer = ask_git(self.top, "verify-commit", "--raw", commit, settings=settings, variables=variables)
        if answer.code not in (0, 1):
            raise answer.failure
        return answer.code == 0, answer.said.decode("utf-8", "replace")


def _make_query(place: str) -> tuple[str, ...]:
    return ("rev-parse", "--show-object-format", place, "--is-shallow-repository")


def _parse_answers(out: bytes) -> tuple[str, Path, bool]:
    """Return the format of ids, the place, and whether history is cut off. Raises GitError for any other answer."""
    first, _, rest = out.partition(b"\n")
    place, _, last = rest.removesuffix(b"\n").rpartition(b"\n")
    object_format = first.decode("ascii", "replace")
    if object_format not in _WIDTHS or last not in (b"true", b"false") or not place or out[-1:] != b"\n":
        oldest = ".".join(map(str, OLDEST_GIT))
        said = quoted(os.fsdecode(out), limit=200)
        raise GitError(f"git rev-parse answered {said}; install git {oldest} or newer, or try again")
    return object_format, Path(os.fsdecode(place)), last == b"true"
