"""The teams that a plan touches."""

from reconciler.core.manifest.owner import read_owner
from reconciler.core.plan.changes import Plan


def list_teams(plan: Plan) -> tuple[str, ...]:
    """Return the owners of all changed resources, before and after the change, sorted."""
    sides = (manifest for change in plan.changes for manifest in (change.before, change.after) if manifest)
    return tuple(sorted({owner for manifest in sides if (owner := read_owner(manifest)) is not None}))
