"""A plan that somebody saved, and what is no longer as it was planned."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from typing import Final, NamedTuple

from reconciler.core.manifest.resource import Ref
from reconciler.core.plan.changes import Plan, Step, plan_digest
from reconciler.core.quote import quoted

_MOST_NAMES: Final = 10
# Of one name, and of a list of them: several lists have to fit into one message.
_LONGEST_NAME: Final = 120
_LONGEST_LIST: Final = 220


class Basis(NamedTuple):
    """What a plan is made of: files, with the digest of registry.yaml, and the applied revision with its commit."""

    source: str
    folder: str
    commit: str | None
    registry: str | None
    revision: int | None
    revision_commit: str | None


@dataclass(frozen=True)
class Planned:
    """A plan as it was saved: what it was made of, the options that shaped it, and its changes by their digests.

    `max_deletes` and `delete` are those of the user's consent; `left` are the resources that were not to be deleted.
    """

    basis: Basis
    max_deletes: int | None
    delete: bool
    left: tuple[str, ...]
    steps: tuple[Step, ...]

    @cached_property
    def digest(self) -> str:
        """The digest of the plan."""
        return plan_digest(self.steps)

    @property
    def from_worktree(self) -> bool:
        """Whether it was made of the files as they lay, and not of a commit."""
        return self.basis.source == "worktree"

    @property
    def rows(self) -> list[Ref]:
        """The names of the rows that it touches, or that are not to be there yet."""
        return [step.former or step.ref for step in self.steps]


def other_files(then: Basis, now: Basis) -> Iterator[str]:
    """Yield in which way other files are read than were planned."""
    if now.commit != then.commit:
        yield f"{_commit(now.commit)} is read, but {_commit(then.commit)} was planned"
    elif now.registry != then.registry:
        yield "registry.yaml is not what it was"
    if now.folder != then.folder:
        yield f"the folder {quoted(now.folder)} is read, but {quoted(then.folder)} was planned"


def other_revision(then: Basis, now: Basis, touched: Sequence[Ref]) -> Iterator[str]:
    """Yield that the database is at another revision; `touched` are resources that were changed since."""
    if (now.revision, now.revision_commit) != (then.revision, then.revision_commit):
        changed = f", and {_named(map(str, touched))} changed since" if touched else ""
        yield f"the database is at {_revision(now)}, but the plan was made at {_revision(then)}{changed}"


def other_rows(planned: Planned, rows: Mapping[Ref, str]) -> set[Ref]:
    """Return the resources whose rows are not as they were planned to be found. `rows` are the digests of those now."""
    return {step.ref for step in planned.steps if not _is_as_planned(step, rows.get(step.former or step.ref))}


def _is_as_planned(step: Step, row: str | None) -> bool:
    # A row that somebody removed by hand is planned for with what was applied.
    return row == step.before or (row is None and step.drifted)


def other_changes(planned: Planned, plan: Plan) -> set[Ref]:
    """Return what is to be changed now that was not to be, or otherwise."""
    return {step.ref for step in {*plan.steps} - {*planned.steps}}


def told(planned: Planned, plan: Plan, left: Iterable[Ref], rows: set[Ref]) -> Iterator[str]:
    """Yield what is done otherwise than planned, each resource once: first those of the `rows` that are others."""
    then, now = ({step.ref for step in steps} - rows for steps in (planned.steps, plan.steps))
    by_hand = {change.ref for change in plan.changes if change.drifted}
    new = [f"{ref} (changed by hand in the database)" if ref in by_hand else str(ref) for ref in sorted(now - then)]
    for what, names in (
        ("changed in the database since", sorted(rows)),
        ("to be changed, too", new),
        ("no longer to be changed", sorted(then - now)),
        ("to be changed otherwise", sorted({step.ref for step in {*planned.steps} ^ {*plan.steps}} & then & now)),
        ("to be left undeleted or not", sorted(set(planned.left) ^ {str(ref) for ref in left})),
    ):
        if names:
            yield f"{what}: {_named(map(str, names))}"


def _named(names: Iterable[str]) -> str:
    """Return the first names, and how many more there are."""
    every = [quoted(name, _LONGEST_NAME)[1:-1] for name in names]
    ends = accumulate(len(name) for name in every[:_MOST_NAMES])
    shown = [name for name, end in zip(every, ends, strict=False) if end <= _LONGEST_LIST]
    more = len(every) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "")


def _commit(commit: str | None) -> str:
    return f"commit {commit[:12]}" if commit else "no commit"


def _revision(basis: Basis) -> str:
    if basis.revision is None:
        return "no revision"
    return f"revision {basis.revision} ({_commit(basis.revision_commit)})"
