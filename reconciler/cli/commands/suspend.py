"""toolreg suspend."""

import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import click

from reconciler.cli.databases import open_target
from reconciler.cli.group import Command
from reconciler.cli.options import database_option, lock_timeout_option, reason_option, registry_option
from reconciler.cli.output import put
from reconciler.cli.progress import show_wait
from reconciler.cli.reading import choose_used_target, find_named_registry
from reconciler.core.quote import quoted
from reconciler.core.times import format_time, parse_duration, parse_moment
from reconciler.database.connection import begin_snapshot
from reconciler.database.migrate import read_storage
from reconciler.guards import suspension
from reconciler.guards.suspension import PastTime
from reconciler.render.terminal import safe

_WITHOUT_ZONE: Final = re.compile(r"\d{4}-\d\d-\d\d([Tt ]\d\d:\d\d(:\d\d(\.\d+)?)?)?")


def _parse_end(_context: click.Context, _option: click.Parameter, value: str | None) -> datetime | timedelta | None:
    """Return the end or the length of the suspension, None without a limit."""
    end = None if value is None else parse_duration(value) or parse_moment(value)
    if value is not None and end is None:
        if _WITHOUT_ZONE.fullmatch(value):
            raise click.BadParameter(f"{quoted(value)} is a time in no zone; add its offset: ...T18:00:00+01:00, or Z")
        expected = "a duration such as 30m, 2h or 1d, or a time such as 2026-12-20T18:00:00+01:00"
        raise click.BadParameter(f"{quoted(value)} is no time; expected {expected}")
    return end


@click.command(cls=Command)
@reason_option("Reason, shown to users whose applies are refused.")
@click.option(
    "--until", callback=_parse_end, metavar="TIME", help="End of the suspension: 2h, 1d, 2026-12-20T18:00:00+01:00."
)
@click.option("--replace", is_flag=True, help="Replace the suspension in effect.")
@database_option
@registry_option
@lock_timeout_option
def suspend(
    reason: str,
    until: datetime | timedelta | None,
    replace: bool,
    database: str | None,
    registry: Path,
    lock_timeout: float,
) -> None:
    """Pause all applies until toolreg resume, or until a given time.

    Waits for a running apply to end. Afterwards no apply, rollback or drift --fix runs without --override-suspend.
    Plans, maintenance and migrations continue. In a database with several registries, all are suspended, or the one
    that --registry names. A time is compared with the clock of the database.

    \b
    Example:
        toolreg suspend --reason "The payment provider is down." --until 2h
    """
    with (
        open_target(choose_used_target(database, registry)) as connect,
        connect() as conn,
        show_wait("waiting for another writer"),
    ):
        try:
            with begin_snapshot(conn):
                read_storage(conn).require_current()
                only = find_named_registry(conn)
            made, before = suspension.suspend_applies(conn, reason, until, lock_timeout, only, replace=replace)
        except PastTime as error:
            raise click.BadParameter(str(error), param_hint="--until") from error
    if before:
        put(f"Replaced the suspension {safe(str(before), 500)}")
    what = f"Suspended registry {safe(made.registry)}" if made.registry else "Suspended"
    put(f"{what} until {format_time(made.until)}." if made.until else f"{what} until toolreg resume.")
