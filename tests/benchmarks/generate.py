"""Puts a generated registry on the disk, in a git repository, and changes it."""

import re
from pathlib import Path

from reconciler.desired.git import repository as git
from reconciler.desired.git_files import GitTree
from tests.benchmarks import block_yaml
from tests.benchmarks.resources import resources
from tests.builders import Repository


def generate(top: Path, size: int) -> Repository:
    """Return a repository with a registry of this many resources in one commit. One that is there is used again."""
    repository = Repository(top)
    if (top / ".git").is_dir():
        return repository
    folders = set()
    for inside, manifest in resources(size):
        path = top / "registry" / inside
        if path.parent not in folders:
            path.parent.mkdir(parents=True, exist_ok=True)
            folders.add(path.parent)
        path.write_text(block_yaml.text(manifest), encoding="utf-8")
    repository.git("init", "-q", "-b", "main")
    # As in a clone; and nothing is to happen in the background of a measurement.
    repository.git("config", "gc.auto", "0")
    repository.commit("Generate")
    repository.git("repack", "-adq")
    return repository


def head(repository: Repository) -> GitTree:
    """Return the registry as its last commit has it."""
    found = git.Repository(repository.top)
    return GitTree(found, "registry", "HEAD")


def tools(repository: Repository) -> list[Path]:
    """Return the files of the tools, sorted."""
    return sorted(repository.top.glob("registry/tools/*/*.yaml"))


def change_one(repository: Repository, tool: Path) -> str:
    """Give one tool a version that it never had, and return the id of the commit."""
    version = f"9.{repository.git('rev-list', '--count', 'HEAD')}.0"
    tool.write_text(re.sub(r"(?m)^  version: .*$", f"  version: {version}", tool.read_text(), count=1))
    repository.git("commit", "-q", "-m", f"Change {tool.stem}", "--", str(tool))
    return repository.git("rev-parse", "HEAD")
