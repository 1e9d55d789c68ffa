"""The owner of a resource: the team in `metadata.owner`."""

from typing import Any

from reconciler.core.manifest.resource import Manifest


def read_owner(manifest: Manifest) -> str | None:
    """Return `metadata.owner`, None without the text of the manifest or without an owner."""
    value: Any = manifest.value if manifest.text is not None else None
    metadata = value.get("metadata") if isinstance(value, dict) else None
    owner = metadata.get("owner") if isinstance(metadata, dict) else None
    return owner if isinstance(owner, str) else None
