"""A saved plan, and its differences from the present state."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from typing import Final, NamedTuple

from reconciler.core.manifest.resource import Ref
from reconciler.core.plan.changes import Plan, Step, plan_digest
from reconciler.core.plan.consent import Consent
from reconciler.core.quote import quoted

_MOST_NAMES: Final = 10
# Of one name, and of a list of names, in characters: several lists must fit into one message.
_LONGEST_NAME: Final = 120
_LONGEST_LIST: Final = 220


class Basis(NamedTuple):
    """The inputs of a plan: files, with the digest of registry.yaml, and the applied revision with its commit."""

    source: str
    folder: str
    commit: str | None
    registry: str | None
    revision: int | None
    revision_commit: str | None
    environment: str | None = None


@dataclass(frozen=True)
class Planned:
    """A saved plan: its inputs, its options, and its changes by digests.

    `max_deletes`, `delete`, `max_usage` and `version_reuse` come from the user's consent; `left` are the resources kept
    at the user's request.
    """

    basis: Basis
    max_deletes: int | None
    delete: bool
    left: tuple[str, ...]
    steps: tuple[Step, ...]
    max_usage: int | None = None
    version_reuse: bool = False

    @cached_property
    def digest(self) -> str:
        """The digest of the plan."""
        return plan_digest(self.steps)

    @property
    def consent(self) -> Consent:
        """The user's consent to the plan."""
        return Consent(self.max_deletes, delete=self.delete, max_usage=self.max_usage, version_reuse=self.version_reuse)

    @property
    def from_worktree(self) -> bool:
        """Whether the plan was made from the worktree, and not from a commit."""
        return self.basis.source == "worktree"

    @property
    def rows(self) -> list[Ref]:
        """The names of the rows that the plan changes, or expects to be absent."""
        return [step.former or step.ref for step in self.steps]


def compare_files(then: Basis, now: Basis) -> Iterator[str]:
    """Yield the differences between the files read now and the planned files."""
    if now.commit != then.commit:
        yield f"{_format_commit(now.commit)} is read, but {_format_commit(then.commit)} was planned"
    elif now.registry != then.registry:
        yield "registry.yaml is not what it was"
    if now.folder != then.folder:
        yield f"the folder {quoted(now.folder)} is read, but {quoted(then.folder)} was planned"


def compare_revision(then: Basis, now: Basis, touched: Sequence[Ref]) -> Iterator[str]:
    """Yield a message if the database is at another revision; `touched` are the resources changed since."""
    if (now.revision, now.revision_commit) != (then.revision, then.revision_commit):
        changed = f", and {_join_names(map(str, touched))} changed since" if touched else ""
        yield f"the database is at {_format_revision(now)}, but the plan was made at {_format_revision(then)}{changed}"


def compare_rows(planned: Planned, rows: Mapping[Ref, str]) -> set[Ref]:
    """Return the resources whose rows differ from the saved plan. `rows` are the present digests."""
    return {step.ref for step in planned.steps if not _is_as_planned(step, rows.get(step.former or step.ref))}


def _is_as_planned(step: Step, row: str | None) -> bool:
    # A plan for a row removed by hand starts from the applied version.
    return row == step.before or (row is None and step.drifted)


def compare_changes(planned: Planned, plan: Plan) -> set[Ref]:
    """Return the resources with new or different changes, compared with the saved plan."""
    return {step.ref for step in {*plan.steps} - {*planned.steps}}


def describe_differences(planned: Planned, plan: Plan, left: Iterable[Ref], rows: set[Ref]) -> Iterator[str]:
    """Yield the differences from the saved plan, each resource once. `rows` are the changed rows."""
    then, now = ({step.ref for step in steps} - rows for steps in (planned.steps, plan.steps))
    by_hand = {change.ref for change in plan.changes if change.drifted}
    new = [f"{ref} (changed by hand in the database)" if ref in by_hand else str(ref) for ref in sorted(now - then)]
    otherwise = {step.ref for step in {*planned.steps} ^ {*plan.steps}} & then & now
    known = {str(ref) for ref in rows | (then ^ now) | otherwise}
    for what, names in (
        ("changed in the database since", sorted(rows)),
        ("to be changed, too", new),
        ("no longer to be changed", sorted(then - now)),
        ("to be changed otherwise", sorted(otherwise)),
        ("to be left undeleted or not", sorted((set(planned.left) ^ {str(ref) for ref in left}) - known)),
    ):
        if names:
            yield f"{what}: {_join_names(map(str, names))}"


def _join_names(names: Iterable[str]) -> str:
    """Return the first names, and the number of further names."""
    every = [quoted(name, _LONGEST_NAME)[1:-1] for name in names]
    ends = accumulate(len(name) for name in every[:_MOST_NAMES])
    shown = [name for name, end in zip(every, ends, strict=False) if end <= _LONGEST_LIST]
    more = len(every) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "")


def _format_commit(commit: str | None) -> str:
    return f"commit {commit[:12]}" if commit else "no commit"


def _format_revision(basis: Basis) -> str:
    if basis.revision is None:
        return "no revision"
    return f"revision {basis.revision} ({_format_commit(basis.revision_commit)})"
