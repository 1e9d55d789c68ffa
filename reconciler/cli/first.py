"""Plans the first apply of a registry on the command line, without making the database."""

from datetime import UTC, datetime

from reconciler.applying.files import Files
from reconciler.cli.output import note
from reconciler.core.plan.proposal import Proposal


def plan_first(files: Files) -> Proposal:
    """Return the proposal for a database that is still to be made. Prints a note on stderr."""
    # The embedded server will have the clock of this machine.
    proposal = files.propose_first(datetime.now(UTC))
    command = "toolreg apply" if files.source.repository else "toolreg apply --worktree"
    note(
        f"There is no database yet, so everything is to be created; {command} makes an embedded server."
        " To plan for another database: --database URL or DATABASE_URL"
    )
    return proposal
