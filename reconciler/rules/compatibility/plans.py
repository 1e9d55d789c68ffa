"""The effect of a plan on the callers of tools."""

from itertools import islice
from typing import Final

from reconciler.core.compatibility.report import ToolReport
from reconciler.core.manifest.contract import Contract
from reconciler.core.manifest.resource import Ref
from reconciler.core.plan.changes import Plan
from reconciler.rules.compatibility.judges import Judges
from reconciler.rules.compatibility.tools import compare

_MOST: Final = 100
"""The number of tools compared in a plan; `toolreg check` compares all."""


def compare_plan(plan: Plan, contract: Contract) -> dict[Ref, ToolReport]:
    """Return the report of each changed tool of a plan, of the first hundred."""
    pairs = [
        (change.before, change.after)
        for change in plan.changes
        if change.before and change.after and contract.kinds[change.ref.kind].schemas
    ]
    known = [(before, after) for before, after in pairs if before.text is not None and after.text is not None]
    with Judges() as judges:
        return {after.ref: compare(before, after, judges) for before, after in islice(known, _MOST)}
