"""JSON merge patches (RFC 7396)."""

from collections.abc import Iterator, Mapping

from reconciler.core.pointer import Json, Pointer


def merge_patch(target: Json, patch: Json) -> Json:
    """Return a value with a patch applied, as MergePatch in section 2 of RFC 7396. Changes neither of them.

    Recursion is bounded by the 100 levels of a YAML document.
    """
    if not isinstance(patch, dict):
        return patch
    return apply_members(target if isinstance(target, dict) else {}, patch)


def apply_members(target: Mapping[str, Json], patch: Mapping[str, Json]) -> dict[str, Json]:
    """Return a mapping with the members of a patch applied."""
    merged = dict(target)
    for key, part in patch.items():
        if part is None:
            merged.pop(key, None)
        else:
            merged[key] = merge_patch(merged.get(key), part)
    return merged


def list_leaves(patch: Json, at: Pointer = ()) -> Iterator[Pointer]:
    """Yield the place of each value that a patch sets or removes: everything but a mapping with keys."""
    if isinstance(patch, dict) and patch:
        for key, part in patch.items():
            yield from list_leaves(part, (*at, key))
    else:
        yield at


def is_set_by(patch: Json, pointer: Pointer) -> bool:
    """Whether the value at a pointer of the patched value comes from the patch."""
    for step in pointer:
        if not isinstance(patch, dict):
            return True
        if not isinstance(step, str) or step not in patch:
            return False
        patch = patch[step]
    return True
