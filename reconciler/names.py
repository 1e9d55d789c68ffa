"""What names were before: what the database remembers of them, and what git does where the database never knew."""

from collections.abc import Iterator, Mapping

from reconciler import observe
from reconciler.core.check import outline
from reconciler.core.contract import Contract
from reconciler.core.diagnostic import Problem
from reconciler.core.moves import Bearer, Names, never_there
from reconciler.core.resource import Ref, State
from reconciler.core.yaml_text import MAX_BYTES
from reconciler.database import Connection
from reconciler.git_objects import NoObject
from reconciler.observe import Head
from reconciler.source import Source


def bearers(
    conn: Connection, head: Head | None, desired: State, observed: State, kept: Mapping[Ref, str]
) -> dict[Ref, tuple[Bearer, ...]]:
    """Return who ever had the names that a rename may be about; nobody where nothing was applied yet."""
    wanted = {manifest.former for manifest in desired.values() if manifest.former}
    if observed.keys() - desired.keys():
        # What is new may be the former name of what is gone.
        wanted |= desired.keys() - observed.keys() - kept.keys()
    wanted |= {ref for ref, manifest in desired.items() if manifest.former}
    return observe.bearers(conn, wanted) if head and wanted else {}


def unknown_names(
    source: Source, contract: Contract, head: Head | None, names: Names, renames: Mapping[Ref, Ref]
) -> Iterator[Problem]:
    """Yield a problem for each former name that neither the database knows nor a commit that was never applied."""
    for ref, problem in never_there(names, renames) if head else ():
        was_known = _was_in_between(source, contract, head, names.desired[ref].former)
        if not was_known and not _said_before(source, contract, names, ref):
            yield problem


def _said_before(source: Source, contract: Contract, names: Names, ref: Ref) -> bool:
    """Whether the file said so already when it was applied: a database filled later never knew the former name."""
    row = names.observed.get(ref)
    if row is None or row.blob is None or source.repository is None:
        return False
    try:
        data = next(source.repository.blobs([row.blob], MAX_BYTES))
    except NoObject:
        # The file that was applied is gone from git, so nobody can say what it said.
        return True
    inside = f"{contract.kinds[ref.kind].plural}/{ref.name}.yaml"
    before = outline(row.path or "", inside, data, row.blob, contract) if data else None
    return before is not None and before.moved_from == names.desired[ref].moved_from


def _was_in_between(source: Source, contract: Contract, head: Head | None, ref: Ref | None) -> bool:
    if not (ref and head and head.base_commit and source.repository and source.commit):
        return False
    glob = f"{contract.kinds[ref.kind].plural}/**/{ref.name}.yaml"
    return source.repository.has(head.base_commit) and source.repository.touched(
        head.base_commit, source.commit.id, source.folder, glob
    )
