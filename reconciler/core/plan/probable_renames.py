"""Pairs of a deleted and a created resource with the same spec: probably renames without `metadata.movedFrom`."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final, NamedTuple

from reconciler.core.manifest.resource import Manifest, Ref
from reconciler.core.plan.changes import Action, Plan

_MOST: Final = 1000
"""The number of deleted and of created resources up to which pairs are searched: each manifest is parsed."""

_Key = tuple[str, str]
_MakeKey = Callable[[Manifest], _Key | None]


class ProbableRename(NamedTuple):
    """A deletion and a creation that are probably a rename. `path` is the file of the new name."""

    before: Ref
    after: Ref
    path: str


def find_probable_renames(plan: Plan) -> tuple[ProbableRename, ...]:
    """Return the probable renames of a plan, sorted by new name.

    A pair has the same kind, and the same spec or else the same name for agents with the same input schema. A third
    resource that also fits makes the pair ambiguous, and an ambiguous pair is left out.
    """
    deleted = [change.before for change in plan.changes if change.action is Action.DELETE and change.before]
    created = [change.after for change in plan.changes if change.action is Action.CREATE and change.after]
    if not deleted or len(deleted) > _MOST or len(created) > _MOST:
        return ()
    # A file with movedFrom says already which resource it was.
    created = [manifest for manifest in created if manifest.moved_from is None]
    pairs = dict(_pair(deleted, created, _key_by_spec))
    paired = {*pairs, *pairs.values()}
    old, new = ([manifest for manifest in side if manifest.ref not in paired] for side in (deleted, created))
    pairs |= dict(_pair(old, new, _key_by_call))
    paths = {manifest.ref: manifest.path or "" for manifest in created}
    return tuple(
        sorted((ProbableRename(before, after, paths[after]) for after, before in pairs.items()), key=_sort_key)
    )


def _sort_key(rename: ProbableRename) -> Ref:
    return rename.after


def _pair(deleted: Iterable[Manifest], created: Iterable[Manifest], make_key: _MakeKey) -> Iterator[tuple[Ref, Ref]]:
    """Yield the new and the former name of each pair whose key no other resource has."""
    before, after = _group(deleted, make_key), _group(created, make_key)
    for key, olds in before.items():
        news = after.get(key, ())
        # A name that is deleted and created again is a new resource on purpose.
        if len(olds) == len(news) == 1 and olds[0] != news[0]:
            yield news[0], olds[0]


def _group(manifests: Iterable[Manifest], make_key: _MakeKey) -> dict[_Key, list[Ref]]:
    groups: dict[_Key, list[Ref]] = defaultdict(list)
    for manifest in manifests:
        if (key := make_key(manifest)) is not None:
            groups[key].append(manifest.ref)
    return groups


def _key_by_spec(manifest: Manifest) -> _Key | None:
    spec = _read_spec(manifest)
    return _make_key(manifest, spec) if spec else None


def _key_by_call(manifest: Manifest) -> _Key | None:
    spec = _read_spec(manifest)
    if not isinstance(spec.get("toolName"), str) or "inputSchema" not in spec:
        return None
    return _make_key(manifest, [spec["toolName"], spec["inputSchema"]])


def _read_spec(manifest: Manifest) -> dict[str, Any]:
    """Return the spec, empty for a row without its text or without a valid manifest."""
    value: Any = manifest.value if manifest.text is not None else None
    spec = value.get("spec") if isinstance(value, dict) else None
    return spec if isinstance(spec, dict) else {}


def _make_key(manifest: Manifest, value: object) -> _Key:
    text = json.dumps(value, sort_keys=True, separators=(",", ":"))
    return manifest.ref.kind, hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
