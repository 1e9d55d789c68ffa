"""Carries out attempts on the command line: shows the plan, writes the revision, reports the outcome."""

import sys
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace

from reconciler.applying.files import Files
from reconciler.applying.reading_back import OutcomeUnknown
from reconciler.applying.reconcile import AppliedRevision, Attempt, Prepared, plan, prepared
from reconciler.cli.asking import ask_first, must_ask
from reconciler.cli.commands.plan import show_plan
from reconciler.cli.first import plan_first
from reconciler.cli.output import choose_palette, note
from reconciler.cli.progress import show_count, show_wait
from reconciler.core.errors import Refused, ToolregError
from reconciler.core.plan.proposal import Proposal
from reconciler.database.target import Connect, Target
from reconciler.failpoints import reached
from reconciler.guards.judge import NotNow
from reconciler.render import plan_text
from reconciler.render.terminal import safe


def carry_out(
    connect: Connect,
    target: Target,
    attempt: Attempt,
    lock_timeout: float,
    output: str,
    planned: Callable[[], None],
    *,
    yes: bool,
) -> Proposal:
    """Show, apply and return the proposal of an attempt. `planned` is called as soon as the proposal is known.

    Without `yes`, asks on a terminal before it writes to a server other than the embedded one.
    """
    known: Prepared | None = None
    shown: str | None = None
    if must_ask(target, yes=yes):
        attempt, shown = ask_first(connect, target, attempt, output, planned)
    with ExitStack() as ending:
        # On every exit: a user who interrupts after COMMIT still learns about the applied revision.
        ending.callback(lambda: _report_revision(known.committed if known else None, attempt, target))
        try:
            with prepared(connect, attempt, lock_timeout) as known:
                planned()
                if output != "json" and known.proposal.plan.digest != shown:
                    show_plan(known.proposal, attempt.origin, output)
                for line in plan_text.render_overridden(known.proposal, choose_palette(sys.stderr)):
                    note(line)
                ending.enter_context(show_wait("writing the revision"))
                known.apply()
            reached("after-apply")
        except (ToolregError, KeyboardInterrupt) as error:
            if isinstance(error, Refused | NotNow) and known and output == "json":
                show_plan(known.proposal, attempt.origin, output)
                error.is_shown = True
            if not (known and known.committed) and not isinstance(error, OutcomeUnknown):
                note("Nothing was changed in the database.")
            raise
    if output == "json":
        show_plan(known.proposal, attempt.origin, output, known.committed.number if known.committed else None)
    return known.proposal


def try_out(connect: Connect, attempt: Attempt, output: str, planned: Callable[[], None]) -> Proposal:
    """Show the proposal of an attempt and return it, without applying."""
    with connect() as conn:
        proposal = plan(conn, attempt)
    planned()
    show_plan(proposal, attempt.origin, output)
    note("Dry run: nothing was written.")
    return _for_operator(proposal)


def try_out_first(files: Files, output: str) -> Proposal:
    """Show the proposal for a database that is still to be made and return it, without making the database."""
    with show_count("files read") as advance:
        proposal = plan_first(replace(files, progress=advance))
    show_plan(proposal, files.source, output)
    note("Dry run: nothing was written.")
    return _for_operator(proposal)


def _for_operator(proposal: Proposal) -> Proposal:
    """Return the proposal with the messages of an apply, which name options, for all refusals."""
    return replace(proposal, refusals=tuple(refusal._replace(in_plan="") for refusal in proposal.refusals))


def _report_revision(revision: AppliedRevision | None, attempt: Attempt, target: Target) -> None:
    if revision is None:
        return
    commit = f" from commit {revision.commit[:12]}" if revision.commit else ""
    if attempt.origin.name == "worktree":
        # The files were checked out from this commit, and may have been edited since.
        commit = f" from the work tree at commit {revision.commit[:12]}" if revision.commit else " from the work tree"
    content = f" with the content of revision {attempt.content.restored}" if attempt.content.restored else commit
    where = f"{content} to {safe(target.place)}"
    note(f"Applied as revision {revision.number}{where}, in {revision.seconds:.2f} s.")
