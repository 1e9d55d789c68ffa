"""Finds out how an attempt ended whose COMMIT was never answered."""

import time
import uuid
from typing import Final, NamedTuple

from reconciler.assets import load_query
from reconciler.core.errors import TemporaryError, ToolregError
from reconciler.database.connection import give_up_after
from reconciler.database.rows import read_row
from reconciler.database.target import Connect
from reconciler.database.writer import hold_write_lock
from reconciler.failpoints import reached

READ_BACK_SECONDS: Final = 10.0
"""Seconds for which a database that does not answer is asked again."""


class OutcomeUnknown(TemporaryError):
    """COMMIT was never answered, and the database could not be asked since."""

    def __init__(self) -> None:
        super().__init__(
            "COMMIT was cut off and the database could not be asked how it ended. The revision is applied whole"
            " or not at all: run toolreg status when the database is back"
        )


class _OutcomeRow(NamedTuple):
    applied: bool
    only_reads: bool


def was_applied(connect: Connect, attempt: uuid.UUID, error: BaseException) -> bool:
    """Find out whether the unanswered COMMIT of an attempt succeeded. Raises OutcomeUnknown without an answer in time.

    `attempt` is the id of the attempt.
    """
    deadline = time.monotonic() + READ_BACK_SECONDS
    try:
        while (answer := _read_outcome(connect, attempt)) is None:
            if time.monotonic() > deadline:
                raise OutcomeUnknown from error
            time.sleep(0.2)
    except KeyboardInterrupt:
        raise OutcomeUnknown from error
    return answer


def _read_outcome(connect: Connect, attempt: uuid.UUID) -> bool | None:
    """Return whether the revision exists, or None without a definitive answer from the database."""
    try:
        with connect() as conn:
            give_up_after(conn, 2 * READ_BACK_SECONDS)
            # Wait for the lock first: the server may still be busy with the COMMIT.
            with hold_write_lock(conn, READ_BACK_SECONDS):
                reached("before-read-back")
                row = read_row(conn, _OutcomeRow, load_query("applying/revision_exists"), {"id": attempt})
    except ToolregError:
        # Permanent errors count, too: during a failover the answering server may not be ready for toolreg.
        return None
    if row.applied:
        return True
    # A replica may not have received the revision yet.
    return None if row.only_reads else False
