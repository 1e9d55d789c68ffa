"""Asks on a terminal before a command writes to a server other than the embedded one."""

import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace

import click

from reconciler.applying.approval import bind_to_digest
from reconciler.applying.reconcile import Attempt, plan
from reconciler.cli.commands.plan import show_plan
from reconciler.cli.output import choose_palette, note
from reconciler.core.errors import ToolregError
from reconciler.core.plan.proposal import Proposal
from reconciler.core.plan.refusal import Refusal
from reconciler.database.connection import Connection
from reconciler.database.target import Connect, Target
from reconciler.render import plan_text
from reconciler.render.terminal import harmless, safe


class Declined(ToolregError):
    """The plan was not confirmed, and nothing was changed in the database. Without a question: --yes."""


def must_ask(target: Target, *, yes: bool) -> bool:
    """Whether to ask: with a person at the terminal, and a server that others use, too."""
    if yes or target.conninfo is None or not (sys.stdin.isatty() and sys.stderr.isatty()):
        return False
    # Some CI systems give their jobs a terminal.
    from reconciler.cli.comparison import is_ci  # noqa: PLC0415

    return not is_ci(os.environ)


def ask_first(
    connect: Connect, target: Target, attempt: Attempt, output: str, planned: Callable[[], None]
) -> tuple[Attempt, str | None]:
    """Show the plan of an attempt and ask; return the attempt bound to this plan, and the digest shown on stdout.

    No connection is open while the question stands, so no lock is held. Raises Declined for any other answer than yes.
    A plan that a guard refuses, or without changes, is not asked about.
    """
    with connect() as conn:
        proposal = plan(conn, attempt)
    planned()
    bound = bind_to_digest(attempt, proposal.plan.digest)
    if proposal.standing:
        return replace(bound, guards=(*bound.guards, _refuse_unasked)), None
    if not proposal.plan:
        return bound, None
    is_shown = output != "json" and sys.stdout.isatty()
    if is_shown:
        show_plan(proposal, attempt.origin, output)
    else:
        # The person at the terminal does not see stdout.
        for line in plan_text.render_plan(proposal, choose_palette(sys.stderr)):
            note(line)
    if not is_confirmed(f"Apply to {safe(target.place)}? [y/N] "):
        raise Declined
    return bound, proposal.plan.digest if is_shown else None


def is_confirmed(question: str) -> bool:
    """Ask on the terminal, and return whether the answer is yes."""
    click.echo(harmless(question), err=True, nl=False)
    answer = sys.stdin.readline()
    if not answer.endswith("\n"):
        # The terminal ended the input on the line of the question.
        note("")
    return answer.strip().lower() in ("y", "yes")


def _refuse_unasked(_conn: Connection, proposal: Proposal) -> Iterator[Refusal]:
    """Yield a refusal for a plan that a guard refused when the question was due, and refuses no longer."""
    if not proposal.standing:
        message = "a guard refused this plan a moment ago, and refuses it no longer; try again, to be asked"
        yield Refusal("unapproved-plan", message, temporary=True)
