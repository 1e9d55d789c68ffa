"""The limits that a registry sets for itself in registry.yaml."""

from collections.abc import Iterator

from reconciler.core.manifest.diagnostic import Problem
from reconciler.core.manifest.policy import policy_of
from reconciler.core.manifest.resource import Manifest


def too_many(registry: Manifest | None, resources: int) -> Iterator[Problem]:
    """Yield a problem where there are more resources than spec.limits.maxResources allows."""
    if registry is None:
        return
    most = policy_of(registry).max_resources
    if resources > most:
        message = f"there are {resources} resources, but spec.limits.maxResources is {most}; raise it or remove some"
        yield Problem(registry.path or "", ("spec", "limits", "maxResources"), "too-many-resources", message)
