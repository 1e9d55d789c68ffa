r"""Commits written as git stores them: a tenth of a millisecond each, where the command takes ten.

The format is that of gitformat-object: `<type> <size>\0<content>`, named by its SHA-1 and compressed.
"""

import hashlib
import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path

_WHO = "Ada Lovelace <ada@example.com>"


def blob_id(data: bytes) -> str:
    """Return the name that git gives this content."""
    return hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()


class Objects:
    """Writes the objects of a repository."""

    def __init__(self, repository: Path) -> None:
        self._folder = repository / ".git/objects"

    def commit(self, files: Mapping[str, bytes], parents: Iterable[str], number: int) -> str:
        """Write a commit of these files, by path, and return its id. The number is its time and its message."""
        lines = [f"tree {self._tree(files)}", *(f"parent {parent}" for parent in parents)]
        lines += [f"{role} {_WHO} {1_700_000_000 + number} +0000" for role in ("author", "committer")]
        return self._written("commit", "\n".join([*lines, "", f"Commit {number}", ""]).encode())

    def _tree(self, files: Mapping[str, bytes]) -> str:
        folders: dict[str, dict[str, bytes]] = {}
        entries = []
        for path, data in files.items():
            first, _, rest = path.partition("/")
            if rest:
                folders.setdefault(first, {})[rest] = data
            else:
                entries.append((first, f"100644 {first}", self._written("blob", data)))
        # A folder is sorted as if its name ended with a slash.
        entries += [(f"{name}/", f"40000 {name}", self._tree(inside)) for name, inside in folders.items()]
        content = b"".join(f"{entry}\0".encode() + bytes.fromhex(name) for _, entry, name in sorted(entries))
        return self._written("tree", content)

    def _written(self, kind: str, content: bytes) -> str:
        data = f"{kind} {len(content)}\0".encode() + content
        name = hashlib.sha1(data, usedforsecurity=False).hexdigest()
        path = self._folder / name[:2] / name[2:]
        if not path.exists():
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(zlib.compress(data, 1))
        return name
