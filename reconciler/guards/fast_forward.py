"""Guards against going back: a new commit must descend from the applied commit."""

from collections.abc import Iterator
from typing import Final

from reconciler.core.plan.refusal import Refusal
from reconciler.core.state.head import Head
from reconciler.desired.git.repository import Kinship, Repository
from reconciler.desired.passage import Passage
from reconciler.desired.source import Source

_OVERRIDE: Final = "If that is meant: toolreg apply --allow-rewind"
_CATCH_UP: Final = (
    "this branch is behind. Rebase it onto that commit or merge that commit, and plan again;"
    " what follows is what applying it as it is would do, not what merging it would"
)


def refuse_rewinds(
    head: Head | None, source: Source, *, allowed: bool, is_overtaken: bool = False
) -> Iterator[Refusal]:
    """Yield a refusal if a source is not newer than the applied commit, or cannot be compared.

    `is_overtaken`: another writer applied a revision while this writer waited, which is no reason to go back.
    """
    if head is None or head.base_commit is None:
        return
    applied = f"commit {head.base_commit[:12]}, which revision {head.base_number} applied"
    if source.commit is None or source.repository is None:
        fact = f"these files come from no commit, so nobody can tell whether they are newer than {applied}"
        yield _make_rewind(fact, allowed=allowed, is_overtaken=is_overtaken)
    elif source.commit.id == head.base_commit:
        if head.is_rolled_back:
            message = (
                f"revision {head.number} rolled back {applied}; applying that commit again would undo it."
                f" Apply a newer commit. {_OVERRIDE}"
            )
            yield Refusal("rolled-back", message, waived=allowed)
    else:
        asked = f"commit {source.commit.id[:12]}"
        match _find_kinship(source, source.repository, source.commit.id, head.base_commit):
            case Kinship.DESCENDS:
                return
            case Kinship.PRECEDES:
                fact = f"{asked} is older than {applied}"
                is_overtaken = is_overtaken or source.has_moved()
                yield _make_rewind(fact, f"{fact}: {_CATCH_UP}", allowed=allowed, is_overtaken=is_overtaken)
            case Kinship.UNRELATED:
                fact, in_plan = _describe_unrelated(source.repository, asked, head.base_commit, applied)
                yield _make_rewind(fact, in_plan, allowed=allowed, is_overtaken=is_overtaken)
            case Kinship.UNKNOWN:
                message = (
                    f"this clone is shallow and cannot tell whether {asked} descends from {applied};"
                    " run: git fetch --unshallow (or clone with the whole history), and try again"
                )
                yield Refusal("shallow", message, waived=allowed, temporary=True)


def _find_kinship(source: Source, repository: Repository, commit: str, base: str) -> Kinship:
    """Return the ancestry of a commit and the applied commit, from the passage if possible, which is read anyway."""
    passage = source.find_passage(base)
    if isinstance(passage, Passage) and passage.descends:
        return Kinship.DESCENDS
    return repository.find_kinship(base, commit)


def _make_rewind(fact: str, in_plan: str = "", *, allowed: bool, is_overtaken: bool) -> Refusal:
    if is_overtaken:
        message = f"{fact} meanwhile; there may be nothing left to do: try again"
        return Refusal("rewind", message, waived=allowed, temporary=True, in_plan=in_plan)
    return Refusal("rewind", f"{fact}. {_OVERRIDE}", waived=allowed, in_plan=in_plan)


def _describe_unrelated(repository: Repository, asked: str, base: str, applied: str) -> tuple[str, str]:
    """Return the fact for an apply, and the message for the author of a plan."""
    if repository.has(base):
        fact = f"{asked} does not descend from {applied}: "
        return f"{fact}merge or rebase onto it", f"{fact}{_CATCH_UP}"
    message = (
        f"{asked} does not descend from {applied}, and that is not in this repository: fetch it, or find out"
        " whether history was rewritten or this is another repository"
    )
    return message, message
