"""Turns changes of files into changes of resources: a resource exists as long as any file declares it. Pure."""

from collections.abc import Callable, Iterable, Iterator, Mapping

from reconciler.core.history.passage import AS_BEGUN, Blob, ChangedFiles
from reconciler.core.manifest.resource import Manifest, Ref

Blobs = Mapping[Ref, Blob]
"""The resources changed by one commit, with the blobs of their files; None for a removed resource."""


def list_changed_resources(steps: Iterable[ChangedFiles], ref_of: Callable[[str], Ref | None]) -> set[Ref]:
    """Return the resources whose files were changed by any of the commits."""
    return {ref for files in steps for path in files if (ref := ref_of(path))}


def list_blobs(
    steps: Iterable[ChangedFiles], ref_of: Callable[[str], Ref | None], rows: Mapping[Ref, Manifest]
) -> Iterator[Blobs]:
    """Yield the changed resources of each commit. `rows` are the resources before all commits."""
    there: dict[Ref, dict[str, str]] = {}
    for files in steps:
        changed: dict[Ref, None] = {}
        for path, blob in files.items():
            if ref := ref_of(path):
                row = rows.get(ref)
                declaring = there.setdefault(ref, _list_declaring_files(row))
                changed[ref] = None
                _set_blob(declaring, path, _list_declaring_files(row).get(path) if blob == AS_BEGUN else blob)
        yield {ref: there[ref][min(there[ref])] if there[ref] else None for ref in changed}


def _list_declaring_files(row: Manifest | None) -> dict[str, str]:
    return {row.path: row.blob or ""} if row and row.path else {}


def _set_blob(declaring: dict[str, str], path: str, blob: Blob) -> None:
    if blob is None:
        declaring.pop(path, None)
    else:
        declaring[path] = blob
