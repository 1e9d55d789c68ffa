"""toolreg rollback."""

from pathlib import Path

import click

from reconciler.applying.rollback import make_rollback
from reconciler.assets import load_contract
from reconciler.cli.applying import carry_out, try_out
from reconciler.cli.commands.plan import require_unblocked
from reconciler.cli.databases import open_target
from reconciler.cli.exits import ExitCode
from reconciler.cli.group import Command
from reconciler.cli.options import (
    database_option,
    full_option,
    lock_timeout_option,
    max_deletes_option,
    max_usage_option,
    output_option,
    override_suspend_option,
    reason_option,
    registry_option,
    yes_option,
)
from reconciler.cli.reading import NUMBER, choose_used_target, find_named_registry
from reconciler.core.errors import ToolregError
from reconciler.core.plan.consent import Consent
from reconciler.core.quote import quoted
from reconciler.observed.history import find_applied
from reconciler.observed.resources import open_snapshot


@click.command(cls=Command)
@click.argument("revision", type=NUMBER, metavar="REVISION")
@reason_option("Reason, shown in the history.")
@registry_option
@database_option
@max_deletes_option
@max_usage_option
@override_suspend_option
@click.option("--dry-run", is_flag=True, help="Show the plan and write nothing.")
@click.option("--detailed-exitcode", is_flag=True, help="Exit with 2 if there were changes, 0 if there were none.")
@yes_option
@lock_timeout_option
@full_option
@output_option("text", "json")
def rollback(
    revision: int,
    reason: str,
    registry: Path,
    database: str | None,
    max_deletes: int | None,
    max_usage: int | None,
    override_suspend: bool,
    dry_run: bool,
    detailed_exitcode: bool,
    yes: bool,
    lock_timeout: float,
    output: str,
) -> int:
    """Make the database match an earlier revision.

    Restores the content from the history of the database: git is not read, and may have lost the commit. A resource
    renamed or deleted since gets its name and its identity back; registry.yaml stays unchanged. The commit applied
    before the rollback is refused from then on; a newer commit can be applied as usual.

    \b
    Example:
        toolreg rollback 41 --reason "Refunds fail since revision 42."
    """
    target = choose_used_target(database, registry)
    consent = Consent(max_deletes, suspended=override_suspend, max_usage=max_usage)
    with open_target(target) as connect:
        with open_snapshot(connect) as conn:
            _require_own(find_applied(conn, revision).registry, find_named_registry(conn), revision)
            attempt = make_rollback(conn, revision, load_contract(), consent, reason)
        if dry_run:
            proposal = try_out(connect, attempt, output, lambda: None)
            require_unblocked(proposal)
        else:
            proposal = carry_out(connect, target, attempt, lock_timeout, output, lambda: None, yes=yes)
    return ExitCode.CHANGES if proposal.plan and detailed_exitcode else ExitCode.DONE


def _require_own(owner: str | None, named: str | None, revision: int) -> None:
    """Raise ToolregError for a revision of another registry than that of the option --registry."""
    if named is not None and owner != named:
        raise ToolregError(
            f"revision {revision} is of registry {quoted(owner or '')}, not of {quoted(named)}, which --registry names;"
            " toolreg history shows the revisions of each"
        )
