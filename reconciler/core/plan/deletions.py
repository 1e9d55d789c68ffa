"""The guard against unintended deletions."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from typing import Final, NamedTuple

from reconciler.core.manifest.policy import DeletionLimits
from reconciler.core.manifest.resource import Manifest, Ref
from reconciler.core.plan.changes import Action, Change, Plan
from reconciler.core.plan.refusal import Refusal


class Remedy(NamedTuple):
    """The remedies for a refused deletion: the option to `allow` it, and the step after a resource is `unprotected`.

    `allow_usage` is the option that allows the loss of a tool in use.
    """

    allow: str
    unprotected: str
    allow_usage: str


FOR_FILES: Final = Remedy(
    "toolreg apply --max-deletes",
    "the file in a later one (toolreg apply --no-delete applies the rest)",
    "toolreg apply --max-usage",
)
FOR_HISTORY: Final = Remedy("--max-deletes", "roll back in a later one", "--max-usage")


def refuse_deletions(
    plan: Plan,
    resources: Mapping[str, int],
    plurals: Mapping[str, str],
    limits: DeletionLimits,
    most: int | None,
    remedy: Remedy = FOR_FILES,
    declared_protected: Collection[Ref] = (),
) -> Iterator[Refusal]:
    """Yield a refusal if a plan deletes a protected resource, or more resources than allowed.

    `resources` counts the resources of each kind before the plan; `plurals` gives the plural of each kind. `most` is
    the user's limit on all deletions, in place of `limits`. `declared_protected` are protected even if their rows,
    changed by hand, say otherwise.
    """
    deletions = [change for change in plan.changes if change.action is Action.DELETE]
    yield from _refuse_protected(deletions, declared_protected, remedy)
    yield from _refuse_too_many(deletions, resources, plurals, limits, most, remedy)


def _refuse_protected(deletions: list[Change], declared: Collection[Ref], remedy: Remedy) -> Iterator[Refusal]:
    protected = frozenset(
        change.ref for change in deletions if change.ref in declared or (change.before and is_protected(change.before))
    )
    if protected:
        some = ", ".join(sorted(map(str, protected))[:3]) + (", ..." if len(protected) > 3 else "")  # noqa: PLR2004
        verb = "is" if len(protected) == 1 else "are"
        message = f"{some} {verb} protected; remove metadata.protected in one revision, and {remedy.unprotected}"
        yield Refusal("protected", message, "it is protected", protected)


def is_protected(manifest: Manifest) -> bool:
    """Whether a manifest sets `metadata.protected: true`."""
    metadata = manifest.value.get("metadata")
    return isinstance(metadata, dict) and metadata.get("protected") is True


def _refuse_too_many(
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
        deleted = _join_words([f"{number} {plurals[kind]}" for kind, number in sorted(count.items())])
        message = f"this revision would delete {deleted} (allowed: {most}). If that is meant: {remedy.allow} {total}"
        yield Refusal("too-many-deletions", message, f"more than {most} deletions", _select_refs(deletions, set(count)))
        return
    beyond = {
        kind: limit
        for kind, number in count.items()
        if (limit := _find_exceeded_limit(number, resources[kind], limits))
    }
    if beyond:
        deleted = _join_words(
            [f"{count[kind]} of {resources[kind]} {plurals[kind]} ({limit})" for kind, limit in sorted(beyond.items())]
        )
        message = f"this revision would delete {deleted}. If that is meant: {remedy.allow} {total}"
        why = f"it would be one of {deleted}"
        yield Refusal("too-many-deletions", message, why, _select_refs(deletions, set(beyond)), waived=most is not None)


def _find_exceeded_limit(number: int, of: int, limits: DeletionLimits) -> str | None:
    """Return the exceeded limit, or None."""
    if of >= limits.of_at_least and number * 100 > of * limits.percent:
        return f"limit {limits.percent}%"
    return "never all of a kind" if number >= of else None


def _select_refs(deletions: list[Change], kinds: set[str]) -> frozenset[Ref]:
    return frozenset(change.ref for change in deletions if change.ref.kind in kinds)


def _join_words(words: list[str]) -> str:
    *first, last = words
    return f"{', '.join(first)} and {last}" if first else last
