"""Checks the machine itself: git, the folder of the registry, the disk of the embedded server."""

import shutil
from pathlib import Path
from typing import Final

from reconciler.core.errors import ToolregError
from reconciler.core.quote import quoted
from reconciler.core.state.finding import Finding, FindingLevel
from reconciler.desired.git import repository as git
from reconciler.desired.git.process import OLDEST_GIT

_LEAST_FREE: Final = 1 << 30
_MEGABYTE: Final = 1 << 20


def check_git() -> Finding:
    """Check that git is installed and new enough."""
    if not git.is_installed():
        return Finding(
            "git", FindingLevel.WARNING, "git is not on the PATH", "install it; without it only --worktree can be read"
        )
    try:
        text = git.read_version()
    except ToolregError as error:
        return Finding("git", FindingLevel.ERROR, str(error), "mend or reinstall git")
    numbers = tuple(int(part) for part in text.split(".")[:2] if part.isdecimal())
    if numbers < OLDEST_GIT:
        oldest = ".".join(map(str, OLDEST_GIT))
        return Finding("git", FindingLevel.WARNING, f"git {text}", f"install git {oldest} or newer")
    return Finding("git", FindingLevel.OK, f"git {text}")


def check_registry(registry: Path) -> Finding:
    """Check that the folder of the registry is readable, and report its commit."""
    there = quoted(str(registry.resolve()), limit=500)
    if not registry.is_dir():
        advice = "go to a repository that has one, or say --registry DIR; toolreg init makes a new one"
        return Finding("registry", FindingLevel.WARNING, f"there is no folder {there}", advice)
    if not (registry / "registry.yaml").is_file():
        return Finding(
            "registry", FindingLevel.WARNING, f"{there} has no registry.yaml", "toolreg init, or say --registry DIR"
        )
    if not git.is_installed():
        return Finding(
            "registry", FindingLevel.WARNING, f"{there}, at no known commit", "install git, or read it with --worktree"
        )
    try:
        repository = git.Repository.around(registry)
        head = repository.read_head() if repository else None
    except ToolregError as error:
        return Finding("registry", FindingLevel.ERROR, f"{there}: {error}", "mend what git complains of")
    if repository is None:
        return Finding(
            "registry", FindingLevel.WARNING, f"{there} is in no git repository", "git init, git add, git commit"
        )
    if head is None:
        return Finding(
            "registry", FindingLevel.WARNING, f"{there} is in a repository without a commit", "git add, git commit"
        )
    return Finding("registry", FindingLevel.OK, f"{there}, at commit {head.id[:12]}")


def check_disk(folder: Path) -> Finding:
    """Check the free space on the disk of the embedded server."""
    free = shutil.disk_usage(folder).free
    room = f"{free // _MEGABYTE:,} MB free in {quoted(str(folder), limit=500)}"
    if free < _LEAST_FREE:
        return Finding("disk", FindingLevel.WARNING, room, "free some: a full disk stops the embedded server")
    return Finding("disk", FindingLevel.OK, room)
