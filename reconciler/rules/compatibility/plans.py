"""The effect of a plan on the callers of tools."""

import time
from collections.abc import Collection
from typing import Final

from reconciler.core.compatibility.report import ToolReport
from reconciler.core.manifest.contract import Contract
from reconciler.core.manifest.resource import Manifest, Ref
from reconciler.core.plan.changes import Change, Plan
from reconciler.rules.compatibility.judges import Judges
from reconciler.rules.compatibility.tools import compare_tool

_MOST: Final = 100
"""The number of tools compared in a plan; `toolreg check` compares all."""


_SECONDS: Final = 10.0
"""The time after which no further tool of a plan is compared. A schema takes two seconds at most."""


def compare_plan(plan: Plan, contract: Contract, first: Collection[Ref] = ()) -> dict[Ref, ToolReport]:
    """Return the reports of changed tools of a plan: of all in `first`, and of others up to a hundred in total.

    A tool has no report if the time ran out, or if its row holds no valid manifest, as after a change by hand.
    """
    pairs = [pair for change in plan.changes if (pair := _pair_of(change, contract))]
    pairs.sort(key=lambda pair: pair[1].ref not in first)
    reports: dict[Ref, ToolReport] = {}
    deadline = time.monotonic() + _SECONDS
    with Judges() as judges:
        for before, after in pairs:
            if time.monotonic() > deadline or (len(reports) >= _MOST and after.ref not in first):
                break
            if contract.kinds[before.ref.kind].validator.is_valid(before.value):
                reports[after.ref] = compare_tool(before, after, judges)
    return reports


def _pair_of(change: Change, contract: Contract) -> tuple[Manifest, Manifest] | None:
    """Return both sides of a changed tool, None for another change."""
    before, after = change.before, change.after
    if before is None or after is None or before.text is None or after.text is None:
        return None
    return (before, after) if contract.kinds[after.ref.kind].schemas else None
