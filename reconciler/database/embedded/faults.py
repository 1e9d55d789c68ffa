"""Errors of the embedded server, and the only conversion of `OSError` into them."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from reconciler.core.errors import TemporaryError, ToolregError

_ELSEWHERE = "Set TOOLREG_STATE_DIR to a folder that you own and can write"
_FREE = "Free some space, or set TOOLREG_STATE_DIR to a folder on another disk"
_ANOTHER_USER = (
    "PostgreSQL does not run as root, and this root may not become another user, as in a container without"
    " CAP_SETUID and CAP_CHOWN. Run toolreg as an ordinary user, or use --database or DATABASE_URL"
)
_ADVICE = {
    errno.ENOSPC: _FREE,
    errno.EDQUOT: _FREE,
    errno.EPERM: _ANOTHER_USER,
    errno.EINVAL: _ANOTHER_USER,  # chown(2), setuid(2): a user unknown to this container.
}
_TAIL = 8


class EmbeddedError(ToolregError):
    """The embedded server cannot be used. The end of `log` is shown below the message."""

    def __init__(self, message: str, log: str = "") -> None:
        super().__init__(message)
        self.details = tuple(log.strip().splitlines()[-_TAIL:])


class EmbeddedBusyError(EmbeddedError, TemporaryError):
    """Another command holds the embedded server; try again."""


@contextmanager
def explain_os_errors(folder: Path) -> Iterator[None]:
    """Turn an `OSError` into an `EmbeddedError` with the path and advice."""
    try:
        yield
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        advice = _ADVICE.get(error.errno or 0, _ELSEWHERE)
        what = error.strerror or error
        raise EmbeddedError(f"the embedded server in {folder} failed: {where}{what}. {advice}") from error
