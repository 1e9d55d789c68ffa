"""Guards against applying other commits than those of the branch that registry.yaml names (`spec.branch`)."""

from collections.abc import Iterator
from typing import Final

from reconciler.core.history.commit import Commit
from reconciler.core.plan.refusal import Refusal
from reconciler.desired.git.places import NoCommit
from reconciler.desired.git.repository import Kinship, Repository
from reconciler.desired.source import Source

_RULE: Final = "not-on-branch"
_OVERRIDE: Final = "If that is meant: toolreg apply --allow-branch"
_MERGE: Final = "a merge puts it there, and this plan shows what applying it before the merge would do"


def refuse_off_branch(branch: str | None, source: Source, *, allowed: bool) -> Iterator[Refusal]:
    """Yield a refusal if a source is no commit of the branch whose commits alone are applied.

    The branch is the one of the remote `origin` if known here, since anyone can commit to a local branch.
    """
    if branch is None:
        return
    if source.name != "commit" or source.commit is None or source.repository is None:
        fact = f"spec.branch has only commits of {branch} applied, and these files come from no commit"
        yield _make_refusal(fact, f"{fact}: {_MERGE}", allowed=allowed)
        return
    found = _find_tip(source.repository, branch)
    if found is None:
        message = (
            f"spec.branch has only commits of {branch} applied, and there is neither origin/{branch} nor {branch} here;"
            f" run: git fetch origin {branch}:refs/remotes/origin/{branch}, and try again. {_OVERRIDE}"
        )
        yield Refusal(_RULE, message, waived=allowed)
        return
    yield from _refuse_unmerged(*found, source.repository, source.commit.id, allowed=allowed)


def _refuse_unmerged(
    name: str, tip: Commit, repository: Repository, commit: str, *, allowed: bool
) -> Iterator[Refusal]:
    if commit == tip.id:
        return
    fact = f"commit {commit[:12]} is not on {name} (at {tip.id[:12]})"
    match repository.find_kinship(commit, tip.id):
        case Kinship.DESCENDS:
            return
        case Kinship.UNKNOWN:
            message = (
                f"this clone is shallow and cannot tell whether commit {commit[:12]} is on {name};"
                " run: git fetch --unshallow (or clone with the whole history), and try again"
            )
            yield Refusal("shallow", message, waived=allowed, temporary=True)
        case _:
            why = f"{fact}, the only branch that spec.branch has applied: merge it, and git fetch"
            yield _make_refusal(why, f"{fact}: {_MERGE}", allowed=allowed)


def _make_refusal(fact: str, in_plan: str, *, allowed: bool) -> Refusal:
    return Refusal(_RULE, f"{fact}. {_OVERRIDE}", waived=allowed, in_plan=in_plan)


def _find_tip(repository: Repository, branch: str) -> tuple[str, Commit] | None:
    """Return the name of the branch and its last commit, None without the branch."""
    # Full names, since a tag called origin/main would come before the remote branch.
    for name, ref in ((f"origin/{branch}", f"refs/remotes/origin/{branch}"), (branch, f"refs/heads/{branch}")):
        try:
            return name, repository.read_commit(ref)
        except NoCommit:
            continue
    return None
