"""toolreg drift."""

import sys
from pathlib import Path

import click

from reconciler.applying.repair import make_repair
from reconciler.assets import load_contract
from reconciler.cli import databases
from reconciler.cli.applying import carry_out
from reconciler.cli.completing import complete_resource
from reconciler.cli.exits import ExitCode
from reconciler.cli.group import Command
from reconciler.cli.options import (
    database_option,
    full_option,
    is_full,
    lock_timeout_option,
    output_option,
    override_suspend_option,
    registry_option,
    yes_option,
)
from reconciler.cli.output import choose_palette, note
from reconciler.cli.reading import NOTHING_YET, choose_used_target, find_named_registry, parse_resource, print_lines
from reconciler.core.errors import ToolregError
from reconciler.core.manifest.resource import Ref
from reconciler.core.plan.consent import Consent
from reconciler.core.state.drift import Drift, Drifted, DriftKind
from reconciler.database.connection import Connection
from reconciler.database.target import Connect, Target
from reconciler.observed import registries, stored
from reconciler.observed.drift import read_divergences
from reconciler.observed.resources import find_identity, open_snapshot
from reconciler.render import drift_text, json_document


@click.command(cls=Command)
@click.argument("words", nargs=-1, metavar="[KIND/NAME...]", shell_complete=complete_resource)
@click.option("--fix", is_flag=True, help="Repair rows changed or removed by hand, as a revision of its own.")
@click.option("--detailed-exitcode", is_flag=True, help="Exit with 2 if there is drift, 0 if there is none.")
@override_suspend_option
@yes_option
@lock_timeout_option
@database_option
@registry_option
@full_option
@output_option("text", "json")
def drift(
    words: tuple[str, ...],
    fix: bool,
    detailed_exitcode: bool,
    yes: bool,
    override_suspend: bool,
    lock_timeout: float,
    database: str | None,
    registry: Path,
    output: str,
) -> int:
    """Show drift between the database and the applied state, or repair it.

    Drift is a row changed by hand, removed by hand, or found only in the database. Shows the applied and the present
    value of each field, and the role and time of each change if known. Compares with the history of the database, and
    needs neither git nor files. --fix keeps rows found only in the database; toolreg adopt writes their files.

    \b
    Example:
        toolreg drift
        toolreg drift tool/process_payment --fix
    """
    target = choose_used_target(database, registry)
    with databases.open_target(target) as connect:
        with open_snapshot(connect) as conn:
            named = find_named_registry(conn)
            heads = [head for head in registries.list_heads(conn) if named in (None, head.name)]
            head = stored.read_head(conn, named)
            all_drift = stored.read_whole_drift(conn, named)
            chosen = _choose_drifted(conn, all_drift, words)
            text = [] if fix and head else _render_drift(conn, chosen, head.number if head else None, output)
        if fix and head:
            consent = Consent(suspended=override_suspend)
            for name, number in heads:
                own = [drifted.ref for drifted in chosen if drifted.registry == name]
                refs = own if words or len(heads) > 1 else None
                if own or len(heads) == 1:
                    _repair_drift(connect, target, number, consent, refs, lock_timeout, output, yes=yes)
        else:
            # Printed after the end of the snapshot, which would keep VACUUM from removing rows while a pager is open.
            print_lines(text)
    if head is None:
        note(NOTHING_YET)
    _note_next_steps(chosen, fixed=fix)
    counted = [drifted for drifted in chosen if not fix or drifted.way is not DriftKind.UNMANAGED]
    return ExitCode.CHANGES if counted and detailed_exitcode else ExitCode.DONE


def _choose_drifted(conn: Connection, drift: Drift, words: tuple[str, ...]) -> list[Drifted]:
    """Return the named drifted resources, or all. Raises ToolregError for an unknown or deleted resource."""
    if not words:
        return [*drift.found.values()]
    named = {Ref(kind.name, name): kind for kind, name in (parse_resource((word,), load_contract()) for word in words)}
    by_ref = {Ref(ref.kind, ref.name.lower()): drifted for ref, drifted in drift.found.items()}
    for ref, kind in named.items():
        if ref not in by_ref and not (known := find_identity(conn, kind, ref.name)).present:
            raise ToolregError(f"{known.ref} was deleted; toolreg history {known.ref} shows what it was")
    return [by_ref[ref] for ref in sorted(named) if ref in by_ref]


def _render_drift(conn: Connection, chosen: list[Drifted], revision: int | None, output: str) -> list[str]:
    known = read_divergences(conn, chosen, load_contract().compare)
    if output == "json":
        return [json_document.render_json(drift_text.make_drift_document(chosen, known, revision))]
    return list(drift_text.render_drift(chosen, known, choose_palette(sys.stdout), full=is_full()))


def _repair_drift(
    connect: Connect,
    target: Target,
    number: int,
    consent: Consent,
    refs: list[Ref] | None,
    lock_timeout: float,
    output: str,
    *,
    yes: bool,
) -> None:
    with connect() as conn:
        attempt = make_repair(conn, number, load_contract(), consent, refs)
    carry_out(connect, target, attempt, lock_timeout, output, lambda: None, yes=yes)


def _note_next_steps(rows: list[Drifted], *, fixed: bool) -> None:
    if not fixed and any(drifted.way is not DriftKind.UNMANAGED for drifted in rows):
        note("toolreg drift --fix puts right what was changed or removed by hand.")
    unmanaged = [drifted.ref for drifted in rows if drifted.way is DriftKind.UNMANAGED]
    if unmanaged:
        which = str(unmanaged[0]) if len(unmanaged) == 1 else "KIND/NAME"
        note(f"What is only in the database stays; toolreg adopt {which} writes its file.")
