"""Finds the folder of the user's state, and the part of it that belongs to a registry."""

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path


def name_registry(registry: Path) -> str:
    """Return the name of a registry's state: readable, and unique by a hash of the path."""
    path = registry.resolve()
    project = path.parent if path.name == "registry" else path
    readable = re.sub(r"[^a-z0-9]+", "-", project.name.lower()).strip("-")[:24] or "registry"
    return f"{readable}-{hashlib.sha256(bytes(path)).hexdigest()[:12]}"


def find_user_state(environment: Mapping[str, str]) -> Path:
    """Return the folder of the user's state: TOOLREG_STATE_DIR, else a folder below XDG_STATE_HOME."""
    if own := environment.get("TOOLREG_STATE_DIR"):
        return Path(own).absolute()
    xdg = Path(environment.get("XDG_STATE_HOME", ""))
    # Relative paths are ignored (XDG Base Directory Specification).
    home = Path(environment.get("HOME") or Path.home())
    return (xdg if xdg.is_absolute() else home / ".local" / "state") / "toolreg"
