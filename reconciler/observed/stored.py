"""What the database holds: the observed state, or as much of it as a change may concern."""

import json
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import replace
from typing import Any, NamedTuple

from reconciler.assets import query
from reconciler.core.json_text import json_value
from reconciler.core.manifest.resource import Manifest, Ref, State, digest_of
from reconciler.core.state.drift import Drift, Drifted, Way
from reconciler.core.state.head import Head
from reconciler.database.connection import Connection


class Bearer(NamedTuple):
    """An identity that has a name, had it last, or `left` it for another; then `blob` is that of its file at that time.

    `now` is the name that it has, or had last.
    """

    id: str
    now: Ref | None
    is_present: bool
    left: bool
    blob: str


def head(conn: Connection) -> Head | None:
    """Return the revision that is applied now, or None where there was none yet."""
    row = conn.execute(query("observed/head")).fetchone()
    if row is None:
        return None
    return Head(
        row.number,
        row.source,
        row.folder,
        row.commit,
        row.contract,
        row.plan_digest,
        row.left_undeleted,
        _registry(row.policy),
        row.base_number,
        row.base_commit,
        bool(row.is_rolled_back),
    )


def _registry(policy: str | None) -> Manifest | None:
    if policy is None:
        return None
    value = json.loads(policy)
    return Manifest(Ref(value["kind"], value["metadata"]["name"]), digest_of(policy), policy)


def drift(conn: Connection) -> Drift:
    """Return what is not as it was applied."""
    found = map(_drifted, conn.execute(query("observed/drifted")))
    return Drift({drifted.ref: drifted for drifted in found})


def altered(conn: Connection) -> Drift:
    """Return what differs from the newest version in the history, whatever the row says of itself.

    Who may apply can write a row together with the digest that `drift` goes by.
    """
    found = map(_drifted, conn.execute(query("observed/altered")))
    return Drift({drifted.ref: drifted for drifted in found})


def whole_drift(conn: Connection) -> Drift:
    """Return what is not as it was applied, by the rows themselves and by the history."""
    by_id = {one.id: one for found in (altered(conn), drift(conn)) for one in found.found.values()}
    return Drift({one.ref: one for one in by_id.values()})


def _drifted(row: Any) -> Drifted:  # noqa: ANN401  A named tuple of drifted.sql.
    ref = Ref(row.kind, row.name)
    applied = Manifest(ref, row.digest, path=row.path, blob=row.blob, id=row.id) if row.digest else None
    return Drifted(ref, Way(row.way), row.id, row.called, applied, row.revision)


def everything(conn: Connection) -> list[Manifest]:
    """Return every row, without the manifest itself."""
    return [_manifest(row) for row in conn.execute(query("observed/all_rows"))]


def touched(conn: Connection, refs: Iterable[Ref], paths: Iterable[str]) -> list[Manifest]:
    """Return the rows with one of these names, or read from one of these files, without the manifest itself."""
    parameters = {"refs": _json(refs), "paths": json.dumps([*paths])}
    return [_manifest(row) for row in conn.execute(query("observed/touched_rows"), parameters)]


def _manifest(row: Any) -> Manifest:  # noqa: ANN401  A named tuple of all_rows or touched_rows.
    return Manifest(Ref(row.kind, row.name), row.digest, path=row.path, blob=row.blob, id=row.id)


def with_text(conn: Connection, state: State, desired: State, also: Collection[Ref]) -> dict[Ref, Manifest]:
    """Return the state with the manifests of those rows that are not as desired, and of some more.

    Of those some may have been changed by hand into what no manifest can be; they are compared as if they were empty.
    """
    wanted = [row.id for ref, row in state.items() if desired.get(ref) != row or ref in also]
    rows = conn.execute(query("observed/manifests"), {"ids": json.dumps(wanted)}) if wanted else ()
    texts = {row.id: row.manifest for row in rows}
    doubtful = {state[ref].id for ref in also if ref in state}
    texts |= {row_id: _readable(texts[row_id]) for row_id in doubtful & texts.keys()}
    return {ref: replace(row, text=texts[row.id]) if row.id in texts else row for ref, row in state.items()}


def _readable(text: str) -> str:
    try:
        json_value(text)
    except ValueError:
        return "{}"
    return text


def bearers(conn: Connection, refs: Collection[Ref]) -> dict[Ref, tuple[Bearer, ...]]:
    """Return every identity that has one of these names or ever had it, once for each time that it left it."""
    found: dict[Ref, list[Bearer]] = defaultdict(list)
    if not refs:
        return {}
    for row in conn.execute(query("observed/bearers"), {"refs": _json(refs)}):
        now = Ref(row.kind, row.now) if row.now is not None else None
        found[Ref(row.kind, row.name)].append(Bearer(row.id, now, row.present, row.has_left, row.blob))
    return {ref: tuple(known) for ref, known in found.items()}


def _json(refs: Iterable[Ref]) -> str:
    return json.dumps([{"kind": ref.kind, "name": ref.name} for ref in refs])


def dependants(conn: Connection, refs: Iterable[Ref]) -> list[tuple[Ref, str, str, Ref]]:
    """Return who names one of these resources: source, its path, the JSON Pointer of the reference, and its target."""
    return [
        (Ref(row.kind, row.name), row.path, row.pointer, Ref(row.target_kind, row.target_name))
        for row in conn.execute(query("observed/dependants"), {"refs": _json(refs)})
    ]


def touched_since(conn: Connection, revision: int) -> list[Ref]:
    """Return resources that later revisions touched: some of them, where there are many."""
    return [Ref(row.kind, row.name) for row in conn.execute(query("observed/touched_since"), {"revision": revision})]


def counts(conn: Connection) -> dict[str, int]:
    """Return how many rows there are of each kind that has any, whoever put them there."""
    return {row.kind: row.resources for row in conn.execute(query("observed/count_kinds"))}


def declared(conn: Connection) -> dict[str, int]:
    """Return how many resources are declared of each kind that has any, whether their rows are there or not."""
    return {row.kind: row.resources for row in conn.execute(query("observed/count_declared"))}


def count(conn: Connection) -> int:
    """Return how many resources are declared now."""
    row = conn.execute(query("observed/count_resources")).fetchone()
    return int(row.resources) if row else 0
