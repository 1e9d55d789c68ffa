"""Chooses the commit that a command compares with, and the source of the policy of `toolreg check`.

A pull request is data in CI: its own registry.yaml and exceptions.yaml neither choose the commit nor except a finding.
"""

from collections.abc import Mapping
from typing import Final

from reconciler.cli.output import note
from reconciler.core.errors import TemporaryError, ToolregError
from reconciler.core.history.commit import Commit
from reconciler.core.manifest.contract import Contract
from reconciler.core.quote import quoted
from reconciler.desired.git.places import NoCommit
from reconciler.desired.git.repository import Repository
from reconciler.desired.git_files import GitTree
from reconciler.desired.source import Source
from reconciler.render.terminal import safe
from reconciler.rules.compatibility.policy import read_branch

_ORIGIN: Final = "origin/HEAD"
_HINT: Final = "say what to compare with: --against REF"
_DEEPEN: Final = "git fetch --unshallow"
_NO: Final = ("", "0", "false")


class NoMergeBase(TemporaryError):
    """The common ancestor of two commits is not in this clone."""


def is_ci(environment: Mapping[str, str]) -> bool:
    """Whether this is a run of a CI system, by the variable CI."""
    return environment.get("CI", "").lower() not in _NO


def find_base(source: Source, against: str | None, policy_from: str | None, contract: Contract, *, ci: bool) -> GitTree:
    """Return the commit to compare with: the named one, else the merge base with the branch of the registry."""
    repository = source.repository
    if repository is None:
        raise ToolregError("check compares with a commit, and there is no git repository here")
    if against is not None:
        return GitTree(repository, source.folder, against)
    name, tip = _find_tip(repository, _read_branch(source, repository, policy_from, contract, ci=ci), ci=ci)
    base = repository.merge_base(tip.id, source.commit.id) if source.commit else None
    if base is None:
        raise ToolregError(f"{name} has no commit in common with this one; {_HINT}")
    return GitTree(repository, source.folder, base)


def find_merge_base(source: Source, against: str) -> GitTree:
    """Return the best common ancestor of the source and a ref. Prints a note on stderr if the source is behind the ref.

    Raises NoMergeBase if the ancestor is not in this clone.
    """
    repository = source.repository
    if repository is None or source.commit is None:
        what = "no commit is checked out" if repository else "there is no git repository here"
        raise ToolregError(f"--against compares with a commit, and {what}")
    tip = repository.read_commit(against)
    base = repository.merge_base(tip.id, source.commit.id)
    if base is None and repository.is_shallow:
        raise NoMergeBase(f"{quoted(against)} and this commit have no common ancestor in this shallow clone; {_DEEPEN}")
    if base is None:
        raise ToolregError(f"{quoted(against)} has no commit in common with this one; name another: --against REF")
    if behind := repository.count_commits(base, tip.id):
        commits = f"{behind:,} commit{'s' if behind > 1 else ''}"
        note(f"{commits} behind {safe(against)}; what others merged is not shown.")
    return GitTree(repository, source.folder, base)


def find_policy(source: Source, base: GitTree, policy_from: str | None, *, ci: bool) -> Source:
    """Return the source of the policy: the named commit, else in CI the base, else the checked source itself."""
    if policy_from is not None:
        return GitTree(base.repository, base.folder, policy_from)
    return base if ci else source


def _read_branch(
    source: Source, repository: Repository, policy_from: str | None, contract: Contract, *, ci: bool
) -> str | None:
    """Return `spec.branch` of the policy, None if not given."""
    if policy_from is not None:
        return read_branch(GitTree(repository, source.folder, policy_from), contract)
    if not ci:
        return read_branch(source, contract)
    # In CI the branch comes from the tip of the origin: a pull request that names its own branch would be compared
    # with itself, find no change, and be judged by its own exceptions. Without origin/HEAD a base has to be named.
    tip = _find_commit(repository, "refs/remotes/origin/HEAD")
    return read_branch(GitTree(repository, source.folder, tip.id), contract) if tip else None


def _find_tip(repository: Repository, branch: str | None, *, ci: bool) -> tuple[str, Commit]:
    """Return the commit to take the merge base with, and its name."""
    # Full names, since a tag called origin/main would come before the remote branch. In CI a local branch can be the
    # branch of the pull request, under the same name.
    names = {f"origin/{branch}": f"refs/remotes/origin/{branch}"} if branch else {}
    if branch and not ci:
        names[branch] = f"refs/heads/{branch}"
    names[_ORIGIN] = f"refs/remotes/{_ORIGIN}"
    for name, ref in names.items():
        if commit := _find_commit(repository, ref):
            return name, commit
    raise ToolregError(f"there is no {' and no '.join(names)} here; {_HINT}")


def _find_commit(repository: Repository, ref: str) -> Commit | None:
    try:
        return repository.read_commit(ref)
    except NoCommit:
        return None
