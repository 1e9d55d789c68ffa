"""The limits that a registry sets for itself in registry.yaml."""

from collections.abc import Iterator
from typing import Final

from reconciler.core.manifest.diagnostic import Problem
from reconciler.core.manifest.registry import spec_of
from reconciler.core.manifest.resource import Manifest

# What one registry may hold unless it says less.
_MOST_RESOURCES: Final = 200_000


def too_many(registry: Manifest | None, resources: int) -> Iterator[Problem]:
    """Yield a problem where there are more resources than spec.limits.maxResources allows."""
    if registry is None:
        return
    most = int(spec_of(registry).get("limits", {}).get("maxResources", _MOST_RESOURCES))
    if resources > most:
        message = f"there are {resources} resources, but spec.limits.maxResources is {most}; raise it or remove some"
        yield Problem(registry.path or "", ("spec", "limits", "maxResources"), "too-many-resources", message)
