"""Reads the observed state from the database: all rows, or only the rows that a change can affect."""

import json
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import replace
from typing import NamedTuple

from reconciler.assets import load_query
from reconciler.core.json_text import parse_json_text
from reconciler.core.manifest.resource import Manifest, Ref, State, digest_of
from reconciler.core.state.drift import Drift, Drifted, DriftKind
from reconciler.core.state.head import Head
from reconciler.database.connection import Connection
from reconciler.database.rows import read_row, read_rows
from reconciler.observed.rows import format_refs


class Bearer(NamedTuple):
    """An identity that has a name, had the name last, or `left` the name for another name.

    `now` is its present or last name. `blob` is the git blob of its file when the name was left, else empty.
    """

    id: str
    now: Ref | None
    is_present: bool
    left: bool
    blob: str


class _HeadRow(NamedTuple):
    number: int
    source: str
    folder: str
    commit: str | None
    contract: str | None
    plan_digest: str | None
    left_undeleted: int
    policy: str | None
    base_number: int | None
    base_commit: str | None
    is_rolled_back: bool | None
    environment: str | None


class _DriftedRow(NamedTuple):
    id: str
    kind: str
    name: str
    way: str
    called: str | None
    path: str | None
    blob: str | None
    revision: int | None
    digest: str | None
    registry: str | None


class _ResourceRow(NamedTuple):
    kind: str
    name: str
    id: str
    digest: str
    path: str | None
    blob: str | None


class _TextRow(NamedTuple):
    id: str
    manifest: str


class _BearerRow(NamedTuple):
    kind: str
    name: str
    id: str
    now: str | None
    present: bool
    has_left: bool
    blob: str


class _DependantRow(NamedTuple):
    kind: str
    name: str
    path: str
    pointer: str
    target_kind: str
    target_name: str
    range: str | None


class _CountRow(NamedTuple):
    kind: str
    resources: int


class _TotalRow(NamedTuple):
    resources: int


# Below, `registry` is the name of a registry in the database, None for all registries.


def read_head(conn: Connection, registry: str | None) -> Head | None:
    """Return the applied revision, None before the first apply."""
    row = read_rows(conn, _HeadRow, load_query("observed/head"), {"registry": registry}).fetchone()
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
        _make_registry(row.policy),
        row.base_number,
        row.base_commit,
        bool(row.is_rolled_back),
        row.environment,
    )


def _make_registry(policy: str | None) -> Manifest | None:
    if policy is None:
        return None
    value = json.loads(policy)
    return Manifest(Ref(value["kind"], value["metadata"]["name"]), digest_of(policy), policy)


def read_drift(conn: Connection, registry: str | None = None) -> Drift:
    """Return the drift shown by the rows: digests unlike the applied digests, inserted rows and missing rows."""
    rows = map(_make_drifted, read_rows(conn, _DriftedRow, load_query("observed/drifted"), {"registry": registry}))
    return Drift({drifted.ref: drifted for drifted in rows})


def find_altered(conn: Connection, registry: str | None = None) -> Drift:
    """Return the rows that differ from their newest version in the history, whatever their own digests say.

    A role with the right to apply can change a row together with the digest that `read_drift` compares.
    """
    rows = map(_make_drifted, read_rows(conn, _DriftedRow, load_query("observed/altered"), {"registry": registry}))
    return Drift({drifted.ref: drifted for drifted in rows})


def read_whole_drift(conn: Connection, registry: str | None = None) -> Drift:
    """Return all drift, by the rows themselves and by the history."""
    parts = (find_altered(conn, registry), read_drift(conn, registry))
    by_id = {drifted.id: drifted for part in parts for drifted in part.found.values()}
    return Drift({drifted.ref: drifted for drifted in by_id.values()})


def _make_drifted(row: _DriftedRow) -> Drifted:
    ref = Ref(row.kind, row.name)
    applied = Manifest(ref, row.digest, path=row.path, blob=row.blob, id=row.id) if row.digest else None
    return Drifted(ref, DriftKind(row.way), row.id, row.called, applied, row.revision, row.registry)


def read_all_rows(conn: Connection, registry: str | None) -> list[Manifest]:
    """Return every row, without manifest text."""
    rows = read_rows(conn, _ResourceRow, load_query("observed/all_rows"), {"registry": registry})
    return [_make_manifest(row) for row in rows]


def read_touched(conn: Connection, refs: Iterable[Ref], paths: Iterable[str], registry: str | None) -> list[Manifest]:
    """Return the rows with one of these names or from one of these files, without manifest text."""
    parameters = {"refs": format_refs(refs), "paths": json.dumps([*paths]), "registry": registry}
    return [
        _make_manifest(row) for row in read_rows(conn, _ResourceRow, load_query("observed/touched_rows"), parameters)
    ]


def _make_manifest(row: _ResourceRow) -> Manifest:
    return Manifest(Ref(row.kind, row.name), row.digest, path=row.path, blob=row.blob, id=row.id)


def add_text(conn: Connection, state: State, desired: State, also: Collection[Ref]) -> dict[Ref, Manifest]:
    """Return the state with the manifest text of rows that differ from the desired state, and of rows in `also`.

    A row in `also` may hold a manifest made unreadable by hand, which is compared as an empty manifest.
    """
    wanted = [row.id for ref, row in state.items() if desired.get(ref) != row or ref in also]
    texts = read_texts_of(conn, wanted)
    doubtful = {state[ref].id for ref in also if ref in state}
    texts |= {row_id: _replace_unreadable(texts[row_id]) for row_id in doubtful & texts.keys()}
    return {ref: replace(row, text=texts[row.id]) if row.id in texts else row for ref, row in state.items()}


def read_texts_of(conn: Connection, ids: Collection[str | None]) -> dict[str | None, str]:
    """Return the manifest texts of some rows by identity; for a missing row, the text last applied."""
    if not ids:
        return {}
    rows = read_rows(conn, _TextRow, load_query("observed/manifests"), {"ids": json.dumps([*ids])})
    return {row.id: row.manifest for row in rows}


def _replace_unreadable(text: str) -> str:
    try:
        parse_json_text(text)
    except ValueError:
        return "{}"
    return text


def find_bearers(conn: Connection, refs: Collection[Ref], registry: str | None) -> dict[Ref, tuple[Bearer, ...]]:
    """Return every identity that has or had one of these names, once for each time that the name was left."""
    by_name: dict[Ref, list[Bearer]] = defaultdict(list)
    if not refs:
        return {}
    parameters = {"refs": format_refs(refs), "registry": registry}
    for row in read_rows(conn, _BearerRow, load_query("observed/bearers"), parameters):
        now = Ref(row.kind, row.now) if row.now is not None else None
        by_name[Ref(row.kind, row.name)].append(Bearer(row.id, now, row.present, row.has_left, row.blob))
    return {ref: tuple(known) for ref, known in by_name.items()}


def find_dependants(conn: Connection, refs: Iterable[Ref]) -> list[tuple[Ref, str, str, Ref]]:
    """Return the references to these resources: source, path of the source, JSON Pointer of the reference, target."""
    return [
        (Ref(row.kind, row.name), row.path, row.pointer, Ref(row.target_kind, row.target_name))
        for row in read_rows(conn, _DependantRow, load_query("observed/dependants"), {"refs": format_refs(refs)})
    ]


class Use(NamedTuple):
    """A use of a resource in a range of versions. `path` is the file of the user."""

    path: str
    target: Ref
    range: str


def uses(conn: Connection, refs: Iterable[Ref]) -> list[Use]:
    """Return the uses of these resources in a range of versions."""
    return [
        Use(row.path, Ref(row.target_kind, row.target_name), row.range)
        for row in read_rows(conn, _DependantRow, load_query("observed/dependants"), {"refs": format_refs(refs)})
        if row.range is not None
    ]


def list_touched_since(conn: Connection, revision: int, registry: str | None) -> list[Ref]:
    """Return resources touched by later revisions: at most 11, from the last 1000 changes."""
    parameters = {"revision": revision, "registry": registry}
    return read_rows(conn, Ref, load_query("observed/touched_since"), parameters).fetchall()


def count_rows(conn: Connection) -> dict[str, int]:
    """Return the number of rows of each kind with rows, including rows inserted by hand."""
    return dict(read_rows(conn, _CountRow, load_query("observed/count_kinds")))


def count_declared_kinds(conn: Connection, registry: str | None) -> dict[str, int]:
    """Return the number of declared resources of each kind in use, including resources without a row."""
    return dict(read_rows(conn, _CountRow, load_query("observed/count_declared"), {"registry": registry}))


def count_declared(conn: Connection, registry: str | None) -> int:
    """Return the number of declared resources."""
    return read_row(conn, _TotalRow, load_query("observed/count_resources"), {"registry": registry}).resources
