"""Replaces files of the work tree atomically."""

import os
from pathlib import Path

from reconciler.core.errors import ToolregError
from reconciler.core.quote import quoted


class NotWritten(ToolregError):
    """A file cannot be written."""


def replace_file(path: Path, before: bytes, after: bytes) -> None:
    """Replace the content of a regular file, and keep its permissions.

    Raises NotWritten if the file no longer holds `before`, or cannot be written.
    """
    draft = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        if path.is_symlink() or path.read_bytes() != before:
            raise NotWritten(f"{quoted(str(path), 200)} changed meanwhile; run the command again")
        try:
            with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600), "wb") as file:
                file.write(after)
                os.fchmod(file.fileno(), path.stat().st_mode & 0o7777)
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)
    except OSError as error:
        raise NotWritten(f"{quoted(str(path), 200)} cannot be written: {error.strerror}") from error
