"""Lists and compares trees of files, within bounds, at the cost of the folders that differ.

A few small trees can name each other repeatedly, and stand for more paths than the universe has atoms.
"""

import re
import stat
from collections.abc import Callable, Iterator, Sequence
from typing import Final, NamedTuple

from reconciler.core.quote import quoted
from reconciler.desired.git.process import GitError

MOST_TREE_BYTES: Final = 64 << 20
"""The largest tree object that is read, in bytes: some million files in a folder."""

MOST_FILES: Final = 500_000
MOST_LEVELS: Final = 64
LONGEST_PATH: Final = 4096
GONE: Final = "000000"
"""The mode of a removed file."""

DIRECTORY: Final = "040000"
_NO_FILE: Final = (GONE, DIRECTORY)
_CHUNK: Final = 1 << 16
_NOT_A_NAME: Final = frozenset((b"", b".", b".."))

Read = Callable[[Sequence[str]], Sequence[bytes]]
"""Returns the trees with these ids. Raises GitError if a tree is missing."""


class TreeEntry(NamedTuple):
    """An entry of a git tree: its mode such as 100644, its object id, and its path from the top of the repository."""

    mode: str
    id: str
    path: str


class TooMany(GitError):
    """A folder holds more than a registry can."""


class Bounds(NamedTuple):
    """The limits below a folder: files and folders together, nested folders, and characters of a path."""

    entries: int = MOST_FILES
    levels: int = MOST_LEVELS
    path: int = LONGEST_PATH

    def require(self, entries: int, levels: int, folder: str) -> None:
        """Raise TooMany beyond the limits."""
        if entries > self.entries:
            raise TooMany(f"{_describe_folder(folder)} holds more than {self.entries:,} files, which no registry does")
        if levels > self.levels:
            raise TooMany(
                f"{_describe_folder(folder)} has more than {self.levels} levels of folders, which no registry has"
            )

    def make_length_error(self, path: str) -> TooMany:
        """Return the error for a path longer than any file system accepts."""
        return TooMany(f"{quoted(path)} is a path of {len(path):,} characters; expected at most {self.path:,}")


BOUNDS: Final = Bounds()


def parse_tree(data: bytes, width: int) -> dict[bytes, tuple[str, bytes]]:
    """Return the mode and the id of each name in a tree object; `width` is the number of bytes of an id."""
    matches = _compile_entry(width).findall(data)
    # Mode, space, name, NUL, id: bytes skipped in between are missing from the sum.
    size = sum(len(mode) + len(name) for mode, name, _ in matches) + (2 + width) * len(matches)
    modes = {mode: _parse_mode(mode) for mode in {mode for mode, _, _ in matches}}
    named = {name: (modes[mode], identity) for mode, name, identity in matches}
    if size != len(data) or len(named) != len(matches) or named.keys() & _NOT_A_NAME:
        raise GitError("git has a tree that is malformed: run git fsck")
    return named


def list_files(read: Read, root: str, folder: str, width: int, bounds: Bounds = BOUNDS) -> list[TreeEntry]:
    """Return every file below a folder with the tree `root`, sorted by path."""
    return sorted(_walk(read, [(folder, "", root)], folder, width, bounds), key=lambda entry: entry.path)


def find_changed_files(
    read: Read, before: str | None, after: str | None, folder: str, width: int, bounds: Bounds = BOUNDS
) -> list[TreeEntry]:
    """Return the files that differ between two trees, sorted by path. Mode 000000 marks a removed file."""
    changed = _walk(read, [(folder, before or "", after or "")], folder, width, bounds)
    return sorted(changed, key=lambda entry: entry.path)


_Pair = tuple[str, str, str]
"""A folder, and its trees before and after; an empty id for a tree without entries."""


def _walk(read: Read, level: list[_Pair], top: str, width: int, bounds: Bounds) -> Iterator[TreeEntry]:
    count = depth = 0
    while level := [pair for pair in level if pair[1] != pair[2]]:
        depth += 1
        bounds.require(count, depth, top)
        wanted = [*dict.fromkeys(tree for _, *trees in level for tree in trees if tree)]
        trees = dict(zip(wanted, read(wanted), strict=True)) | {"": b""}
        below: list[_Pair] = []
        for folder, before, after in level:
            changed = _compare_trees(trees[before], trees[after], width)
            count += len(changed)
            bounds.require(count, depth, top)
            above = f"{folder}/" if folder else ""
            for name, (was, old), (mode, new) in changed:
                path = above + name.decode("utf-8", "surrogateescape")
                if len(path) > bounds.path:
                    raise bounds.make_length_error(path)
                if DIRECTORY in (was, mode):
                    below.append((path, _get_tree_id(was, old), _get_tree_id(mode, new)))
                if mode not in _NO_FILE:
                    yield TreeEntry(mode, new.hex(), path)
                elif was not in _NO_FILE:
                    yield TreeEntry(GONE, "0" * 2 * width, path)
        level = below


def _get_tree_id(mode: str, identity: bytes) -> str:
    return identity.hex() if mode == DIRECTORY else ""


_Side = tuple[str, bytes]
"""The mode and the id of a name in a tree."""

_NOTHING: Final[_Side] = (GONE, b"")


def _compare_trees(before: bytes, after: bytes, width: int) -> list[tuple[bytes, _Side, _Side]]:
    """Return the names whose mode or id differs between two trees."""
    one, other = (parse_tree(part, width) for part in _trim_common(before, after, width))
    if not one:
        return [(name, _NOTHING, side) for name, side in other.items()]
    names = dict.fromkeys([*one, *other])
    sides = ((name, one.get(name, _NOTHING), other.get(name, _NOTHING)) for name in names)
    return [(name, was, now) for name, was, now in sides if was != now]


def _trim_common(before: bytes, after: bytes, width: int) -> tuple[bytes, bytes]:
    """Return two trees without their common first and last entries: most of a large folder need not be parsed."""
    if not before or not after:
        return before, after
    entry = _compile_entry(width)
    begin = _compile_run(width).match(before, 0, _measure_common_prefix(before, after))
    first = begin.end() if begin else 0
    same = _measure_common_suffix(before[first:], after[first:])
    one, other = first, first
    while (left := len(before) - one) != (right := len(after) - other) or left > same:
        data, position = (before, one) if left >= right else (after, other)
        match = entry.match(data, position)
        if match is None:
            # Malformed: parsing the whole tree raises the error.
            return before, after
        if left >= right:
            one = match.end()
        else:
            other = match.end()
    return before[first:one], after[first:other]


def _measure_common_prefix(one: bytes, other: bytes) -> int:
    most = min(len(one), len(other))
    start = next((i for i in range(0, most, _CHUNK) if one[i : i + _CHUNK] != other[i : i + _CHUNK]), most)
    rest = zip(one[start : start + _CHUNK], other[start : start + _CHUNK], strict=False)
    return next((start + i for i, (a, b) in enumerate(rest) if a != b), min(start + _CHUNK, most))


def _measure_common_suffix(one: bytes, other: bytes) -> int:
    return _measure_common_prefix(one[::-1], other[::-1])


def _compile_entry(width: int) -> re.Pattern[bytes]:
    return re.compile(rb"([0-7]{5,6}) ([^\0/]+)\0(.{%d})" % width, re.DOTALL)


def _compile_run(width: int) -> re.Pattern[bytes]:
    """Return a pattern for the longest run of entries, without backtracking."""
    return re.compile(rb"(?:[0-7]{5,6} [^\0/]+\0.{%d})*+" % width, re.DOTALL)


def _parse_mode(raw: bytes) -> str:
    """Return the canonical mode (git, cache.h, canon_mode)."""
    mode = int(raw, 8)
    if stat.S_ISREG(mode):
        return "100755" if mode & stat.S_IXUSR else "100644"
    if stat.S_ISLNK(mode):
        return "120000"
    return DIRECTORY if stat.S_ISDIR(mode) else "160000"


def _describe_folder(folder: str) -> str:
    return quoted(folder) if folder else "the repository"
