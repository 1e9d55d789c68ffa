"""toolreg drift."""

import sys
from pathlib import Path

import click

from reconciler.applying.repair import repairing
from reconciler.assets import contract
from reconciler.cli import databases
from reconciler.cli.applying import carry_out
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
)
from reconciler.cli.output import note, palette
from reconciler.cli.reading import NOTHING_YET, resource_of, show, used
from reconciler.core.errors import ToolregError
from reconciler.core.manifest.resource import Ref
from reconciler.core.plan.consent import Consent
from reconciler.core.state.drift import Drift, Drifted, Way
from reconciler.database.connection import Connection
from reconciler.database.target import Connect, Target
from reconciler.observed import stored
from reconciler.observed.drift import divergences
from reconciler.observed.resources import identity, snapshot
from reconciler.render import drift_text, json_document


@click.command(cls=Command)
@click.argument("words", nargs=-1, metavar="[KIND/NAME...]")
@click.option("--fix", is_flag=True, help="Put right what was changed or removed by hand, as a revision of its own.")
@click.option("--detailed-exitcode", is_flag=True, help="Exit with 2 when anything drifted, 0 when nothing did.")
@override_suspend_option
@lock_timeout_option
@database_option
@registry_option
@full_option
@output_option("text", "json")
def drift(
    words: tuple[str, ...],
    fix: bool,
    detailed_exitcode: bool,
    override_suspend: bool,
    lock_timeout: float,
    database: str | None,
    registry: Path,
    output: str,
) -> int:
    """Show what is not as it was applied, or put it right.

    Changed by hand, removed by hand, or only in the database: field by field from what was applied to what is there,
    with who did it and when, where that is known. Compares with the history of the database, so it needs neither git
    nor files. --fix leaves alone what is only in the database; toolreg adopt writes the file of that.

    \b
    Example:
        toolreg drift
        toolreg drift tool/process_payment --fix
    """
    target = used(database, registry)
    with databases.opened(target) as connect:
        with snapshot(connect) as conn:
            head = stored.head(conn)
            found = stored.whole_drift(conn)
            chosen = _chosen(conn, found, words)
            text = [] if fix and head else _text(conn, chosen, head.number if head else None, output)
        if fix and head:
            consent = Consent(suspended=override_suspend)
            refs = [drifted.ref for drifted in chosen] if words else None
            _fix(connect, target, head.number, consent, refs, lock_timeout, output)
        else:
            # Not before the snapshot is let go: whoever pages through it would keep the database from cleaning up.
            show(text)
    if head is None:
        note(NOTHING_YET)
    _note_what_next(chosen, fixed=fix)
    counted = [one for one in chosen if not fix or one.way is not Way.UNMANAGED]
    return ExitCode.CHANGES if counted and detailed_exitcode else ExitCode.DONE


def _chosen(conn: Connection, found: Drift, words: tuple[str, ...]) -> list[Drifted]:
    """Return what drifted of the resources that were named, or everything. Raises ToolregError where there is none."""
    if not words:
        return [*found.found.values()]
    named = {Ref(kind.name, name): kind for kind, name in (resource_of((word,), contract()) for word in words)}
    drifted = {Ref(ref.kind, ref.name.lower()): one for ref, one in found.found.items()}
    for ref, kind in named.items():
        if ref not in drifted and not (known := identity(conn, kind, ref.name)).present:
            raise ToolregError(f"{known.ref} was deleted; toolreg history {known.ref} shows what it was")
    return [drifted[ref] for ref in sorted(named) if ref in drifted]


def _text(conn: Connection, chosen: list[Drifted], revision: int | None, output: str) -> list[str]:
    known = divergences(conn, chosen)
    if output == "json":
        return [json_document.document(drift_text.document(chosen, known, revision))]
    return list(drift_text.lines(chosen, known, palette(sys.stdout), full=is_full()))


def _fix(
    connect: Connect,
    target: Target,
    number: int,
    consent: Consent,
    refs: list[Ref] | None,
    lock_timeout: float,
    output: str,
) -> None:
    with connect() as conn:
        attempt = repairing(conn, number, contract(), consent, refs)
    carry_out(connect, target, attempt, lock_timeout, output, lambda: None)


def _note_what_next(found: list[Drifted], *, fixed: bool) -> None:
    if not fixed and any(one.way is not Way.UNMANAGED for one in found):
        note("toolreg drift --fix puts right what was changed or removed by hand.")
    unmanaged = [one.ref for one in found if one.way is Way.UNMANAGED]
    if unmanaged:
        which = str(unmanaged[0]) if len(unmanaged) == 1 else "KIND/NAME"
        note(f"What is only in the database stays; toolreg adopt {which} writes its file.")
