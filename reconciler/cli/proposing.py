"""Proposes the changes of a source to a database, for toolreg plan."""

from dataclasses import replace
from pathlib import Path

from reconciler.applying import reconcile
from reconciler.applying.files import Files
from reconciler.assets import load_contract
from reconciler.cli.databases import choose_target, open_target
from reconciler.cli.first import plan_first
from reconciler.cli.progress import show_count
from reconciler.core.plan.consent import Consent
from reconciler.core.plan.proposal import Proposal
from reconciler.desired.source import Source
from reconciler.planning.environments import add_first


def propose(database: str | None, registry: Path, source: Source, consent: Consent) -> Proposal:
    """Return the proposal for a database, which stays unchanged; a missing embedded server counts as empty."""
    target, files = choose_target(database, registry), Files(source, load_contract(), consent)
    if target.was_never_used:
        with show_count("files read") as advance:
            return add_first(plan_first(replace(files, progress=advance)), files.source, files.contract)
    with open_target(target) as connect, connect() as conn, show_count("files read") as advance:
        return reconcile.plan(conn, reconcile.Attempt(replace(files, progress=advance)))
