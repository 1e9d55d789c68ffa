"""Creates files in a work tree. Never replaces a file, and never follows a symbolic link out of the tree."""

import os
from pathlib import Path

from reconciler.core.errors import ToolregError
from reconciler.core.quote import quoted


class NotPlaced(ToolregError):
    """A file cannot be created."""


def create_file(top: Path, path: str, text: str) -> bool:
    """Create a file at a path below a folder, with the folders on the way; return False if the file exists.

    Raises NotPlaced if the file cannot be created, or would lie outside of the folder.
    """
    target = top / path
    try:
        if target.exists() or target.is_symlink():
            return False
        _require_inside(top, target)
        target.parent.mkdir(parents=True, exist_ok=True)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
        mode = 0o777 if text.startswith("#!") else 0o666
        with os.fdopen(os.open(target, flags, mode), "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except OSError as error:
        raise NotPlaced(f"{quoted(str(target), 200)} cannot be created: {error.strerror}") from error
    return True


def _require_inside(top: Path, target: Path) -> None:
    existing = next(parent for parent in target.parents if parent.exists())
    if not existing.resolve().is_relative_to(top.resolve()):
        where = f"{quoted(str(target), 200)} would lie outside of {quoted(str(top), 200)}"
        raise NotPlaced(f"{where}, because a folder is a symbolic link; remove the link")
