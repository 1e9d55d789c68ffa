"""The guard against deleting what nobody meant to delete."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from typing import Final, NamedTuple

from reconciler.core.manifest.policy import DeletionLimits
from reconciler.core.manifest.resource import Manifest, Ref
from reconciler.core.plan.changes import Action, Change, Plan
from reconciler.core.plan.refusal import Refusal


class Remedy(NamedTuple):
    """What to do about a deletion that is refused: how to `allow` it, and what to do after it was `unprotected`."""

    allow: str
    unprotected: str


FOR_FILES: Final = Remedy(
    "toolreg apply --max-deletes", "the file in a later one (toolreg apply --no-delete applies the rest)"
)
FOR_HISTORY: Final = Remedy("--max-deletes", "roll back in a later one")


def blocked_deletions(
    plan: Plan,
    resources: Mapping[str, int],
    plurals: Mapping[str, str],
    limits: DeletionLimits,
    most: int | None,
    remedy: Remedy = FOR_FILES,
    declared_protected: Collection[Ref] = (),
) -> Iterator[Refusal]:
    """Yield a refusal where a plan deletes a protected resource, or more than is allowed.

    `resources` counts what there is of each kind before; `plurals` says what to call it. `most` is what the user allows
    in all, instead of the limits. `declared_protected` are protected whatever somebody made of their rows.
    """
    deletions = [change for change in plan.changes if change.action is Action.DELETE]
    yield from _protected(deletions, declared_protected, remedy)
    yield from _too_many(deletions, resources, plurals, limits, most, remedy)


def _protected(deletions: list[Change], declared: Collection[Ref], remedy: Remedy) -> Iterator[Refusal]:
    protected = frozenset(
        change.ref for change in deletions if change.ref in declared or (change.before and is_protected(change.before))
    )
    if protected:
        some = ", ".join(sorted(map(str, protected))[:3]) + (", ..." if len(protected) > 3 else "")  # noqa: PLR2004
        verb = "is" if len(protected) == 1 else "are"
        message = f"{some} {verb} protected; remove metadata.protected in one revision, and {remedy.unprotected}"
        yield Refusal("protected", message, "it is protected", protected)


def is_protected(manifest: Manifest) -> bool:
    """Whether a manifest says `metadata.protected: true`."""
    metadata = manifest.value.get("metadata")
    return isinstance(metadata, dict) and metadata.get("protected") is True


def _too_many(
    deletions: list[Change],
    resources: Mapping[str, int],
    plurals: Mapping[str, str],
    limits: DeletionLimits,
    most: int | None,
    remedy: Remedy,
) -> Iterator[Refusal]:
    count = Counter(change.ref.kind for change in deletions)
    total = len(deletions)
    if most is not None and total > most:
        found = _listed([f"{number} {plurals[kind]}" for kind, number in sorted(count.items())])
        message = f"this revision would delete {found} (allowed: {most}). If that is meant: {remedy.allow} {total}"
        yield Refusal("too-many-deletions", message, f"more than {most} deletions", _refs(deletions, set(count)))
        return
    beyond = {kind: limit for kind, number in count.items() if (limit := _limit(number, resources[kind], limits))}
    if beyond:
        found = _listed(
            [f"{count[kind]} of {resources[kind]} {plurals[kind]} ({limit})" for kind, limit in sorted(beyond.items())]
        )
        message = f"this revision would delete {found}. If that is meant: {remedy.allow} {total}"
        why = f"it would be one of {found}"
        yield Refusal("too-many-deletions", message, why, _refs(deletions, set(beyond)), waived=most is not None)


def _limit(number: int, of: int, limits: DeletionLimits) -> str | None:
    """Return the limit that is exceeded, or None."""
    if of >= limits.of_at_least and number * 100 > of * limits.percent:
        return f"limit {limits.percent}%"
    return "never all of a kind" if number >= of else None


def _refs(deletions: list[Change], kinds: set[str]) -> frozenset[Ref]:
    return frozenset(change.ref for change in deletions if change.ref.kind in kinds)


def _listed(words: list[str]) -> str:
    *first, last = words
    return f"{', '.join(first)} and {last}" if first else last
