"""toolreg migrate."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import click

from reconciler.cli.databases import choose_target, open_target
from reconciler.cli.exits import ExitCode
from reconciler.cli.group import Command
from reconciler.cli.options import database_option, lock_timeout_option, output_option, registry_option
from reconciler.cli.output import put
from reconciler.cli.progress import show_wait
from reconciler.core.state.storage import Storage
from reconciler.database.connection import begin_snapshot
from reconciler.database.migrate import migrate_database, read_storage
from reconciler.database.pooler import require_own_session
from reconciler.database.rights import RightsDifference, find_rights_differences
from reconciler.render import json_document

_DONE: Final = {"api": "rebuilt schema api", "rights": "made roles and rights those of sql/rights.sql"}


@click.command(cls=Command)
@click.option(
    "--status",
    is_flag=True,
    help="Only show applied and pending migrations and differing rights; exit with 1 unless all is up to date.",
)
@database_option
@registry_option
@lock_timeout_option
@output_option("text", "json")
def migrate(status: bool, database: str | None, registry: Path, lock_timeout: float, output: str) -> int:
    """Bring the database to the current storage schema.

    Runs the pending migrations of sql/migrations, rebuilds schema api if its files changed, and makes the group roles
    and their rights match sql/rights.sql, in a single transaction. Every command that uses the embedded server migrates
    the server first.

    \b
    Example:
        toolreg migrate --database postgresql://admin@db.example.com/tools
    """
    with open_target(choose_target(database, registry)) as connect, connect() as conn:
        if status:
            with begin_snapshot(conn):
                state = read_storage(conn)
                wrong = find_rights_differences(conn) if state.applied else []
            put(_format_json(state, wrong) if output == "json" else _format_text(state, wrong))
            return ExitCode.DONE if state.is_current and not wrong else ExitCode.FAILED
        require_own_session(conn, connect)
        with show_wait("migrating the database"):
            done = migrate_database(conn, lock_timeout)
    if output == "json":
        put(json_document.render_json({"done": [*done]}))
    else:
        for name in done:
            put(_DONE.get(name, f"applied {name}"))
        put("The database is up to date." if done else "Nothing to do: the database is up to date.")
    return ExitCode.DONE


def _list_states(storage_state: Storage) -> dict[str, str]:
    states = dict.fromkeys(storage_state.pending, "pending") | dict.fromkeys(
        storage_state.unknown, "unknown to this toolreg"
    )
    states |= dict.fromkeys(storage_state.applied, "applied") | dict.fromkeys(
        storage_state.edited, "edited since it was applied"
    )
    return dict(sorted(states.items())) | {"api": "up to date" if storage_state.api_is_current else "to be rebuilt"}


def _format_text(storage_state: Storage, wrong: Sequence[RightsDifference]) -> str:
    rows = _list_states(storage_state) | {
        "rights": f"{len(wrong)} differ" if wrong else "as listed" if storage_state.applied else "to be set"
    }
    width = max(map(len, rows))
    lines = [f"{name:{width}}  {state}" for name, state in rows.items()]
    return "\n".join([*lines, *(f"  {difference}" for difference in wrong)])


def _format_json(storage_state: Storage, wrong: Sequence[RightsDifference]) -> str:
    return json_document.render_json(
        {
            "current": storage_state.is_current and not wrong,
            "migrations": {**_list_states(storage_state)},
            "rights": [{"object": difference.object, "found": difference.found} for difference in wrong],
        }
    )
