"""From files that change to resources that change: a resource is there as long as any file declares it. Pure."""

from collections.abc import Callable, Iterable, Iterator, Mapping

from reconciler.core.history.passage import AS_BEGUN, Blob, Files
from reconciler.core.manifest.resource import Manifest, Ref

Blobs = Mapping[Ref, Blob]
"""The resources that one commit changed, by the blobs of their files; None for those that are gone."""


def resources(steps: Iterable[Files], ref_of: Callable[[str], Ref | None]) -> set[Ref]:
    """Return the resources whose files are among those that some commits changed."""
    return {ref for files in steps for path in files if (ref := ref_of(path))}


def blobs(steps: Iterable[Files], ref_of: Callable[[str], Ref | None], rows: Mapping[Ref, Manifest]) -> Iterator[Blobs]:
    """Yield for each commit the resources that it changed. `rows` are those that were there before all commits."""
    there: dict[Ref, dict[str, str]] = {}
    for files in steps:
        changed: dict[Ref, None] = {}
        for path, blob in files.items():
            if ref := ref_of(path):
                row = rows.get(ref)
                declaring = there.setdefault(ref, _declaring(row))
                changed[ref] = None
                _set(declaring, path, _declaring(row).get(path) if blob == AS_BEGUN else blob)
        yield {ref: there[ref][min(there[ref])] if there[ref] else None for ref in changed}


def _declaring(row: Manifest | None) -> dict[str, str]:
    return {row.path: row.blob or ""} if row and row.path else {}


def _set(declaring: dict[str, str], path: str, blob: Blob) -> None:
    if blob is None:
        declaring.pop(path, None)
    else:
        declaring[path] = blob
