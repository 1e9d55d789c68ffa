"""Checks the limits of registry.yaml."""

from collections.abc import Iterator

from reconciler.core.manifest.diagnostic import Problem
from reconciler.core.manifest.policy import read_policy
from reconciler.core.manifest.resource import Manifest


def check_resource_limit(registry: Manifest | None, resources: int) -> Iterator[Problem]:
    """Yield a problem if the number of resources exceeds spec.limits.maxResources."""
    if registry is None:
        return
    most = read_policy(registry).max_resources
    if resources > most:
        message = f"there are {resources} resources, but spec.limits.maxResources is {most}; raise it or remove some"
        yield Problem(registry.path or "", ("spec", "limits", "maxResources"), "too-many-resources", message)
