"""Reads the clock of the database, by which suspensions and freeze windows begin and end."""

from datetime import datetime
from typing import NamedTuple

from reconciler.assets import load_query
from reconciler.database.connection import Connection
from reconciler.database.rows import read_row


class _ClockRow(NamedTuple):
    moment: datetime


def read_clock(conn: Connection) -> datetime:
    """Return the time of the database. Read it once, and pass it on: two readings contradict each other."""
    return read_row(conn, _ClockRow, load_query("guards/clock")).moment
