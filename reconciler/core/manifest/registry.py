"""What registry.yaml says: the limits and policies of a registry."""

from typing import Any

from reconciler.core.manifest.resource import Manifest


def spec_of(registry: Manifest | None) -> dict[str, Any]:
    """Return the `spec` of a registry.yaml, empty where it says nothing or is not there."""
    spec: dict[str, Any] = (registry.value.get("spec") or {}) if registry else {}
    return spec
