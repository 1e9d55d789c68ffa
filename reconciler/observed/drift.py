"""Reads drift with its policy, and the details of drifted resources."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from datetime import datetime
from itertools import islice
from typing import Final, NamedTuple

from reconciler.assets import load_query
from reconciler.core.difference import ABSENT, Absent, Comparison, Difference, list_parts
from reconciler.core.json_text import parse_json_text
from reconciler.core.manifest.check import add_references
from reconciler.core.manifest.contract import Contract
from reconciler.core.manifest.policy import read_policy
from reconciler.core.manifest.resource import Manifest, Ref
from reconciler.core.plan.changes import Plan
from reconciler.core.state.divergence import Divergence, HandChange
from reconciler.core.state.drift import Drift, Drifted, Unrepaired
from reconciler.database.connection import Connection
from reconciler.database.rows import read_rows
from reconciler.desired.load import load_registry_file
from reconciler.desired.source import Source
from reconciler.observed import stored

# Manifests held in memory at once: manifests are large, their differences small.
_BATCH: Final = 500


class _DetailRow(NamedTuple):
    id: str
    manifest: str | None
    updated_at: datetime | None
    applied: str | None
    commit: str | None
    author: str | None
    finished_at: datetime | None


class _HandChangeRow(NamedTuple):
    id: str
    at: datetime
    role: str
    action: str
    number: int


def judge_drift(conn: Connection, source: Source, contract: Contract, registry: str | None) -> Drift:
    """Return the drift of a registry, with the policy for drift of the registry in the source."""
    drift = stored.read_drift(conn, registry)
    # Other problems of registry.yaml are reported by the main load.
    return replace(drift, policy=read_policy(load_registry_file(source, contract)).drift) if drift.repairable else drift


def find_unrepaired(conn: Connection, plan: Plan, drift: Drift, stays: AbstractSet[Ref]) -> tuple[Unrepaired, ...]:
    """Return the drifted resources in `stays`, each with the resources outside the plan whose references dangle."""
    absent = [ref for ref in stays if drift.found[ref].is_absent]
    namers = defaultdict(set)
    for source, _, _, target in stored.find_dependants(conn, absent) if absent else ():
        namers[target].add(source)
    return tuple(
        Unrepaired(ref, drift.found[ref].way, tuple(sorted(namers[ref] - plan.touched))) for ref in sorted(stays)
    )


def read_declared(conn: Connection, rows: Sequence[Drifted], contract: Contract) -> dict[Ref, Manifest]:
    """Return the applied manifests of drifted resources, each with its identity."""
    ids = json.dumps([drifted.id for drifted in rows])
    texts = {
        row.id: row.applied for row in read_rows(conn, _DetailRow, load_query("observed/drift_details"), {"ids": ids})
    }
    manifests = [replace(drifted.applied, text=texts[drifted.id]) for drifted in rows if drifted.applied]
    return {manifest.ref: add_references(manifest, contract) for manifest in manifests}


def read_divergences(conn: Connection, rows: Iterable[Drifted], compare: Comparison) -> Iterator[Divergence]:
    """Yield the details of drifted resources, by name."""
    waiting = iter(sorted(rows, key=lambda drifted: drifted.ref))
    while batch := list(islice(waiting, _BATCH)):
        yield from _read_batch(conn, batch, compare)


def _read_batch(conn: Connection, batch: list[Drifted], compare: Comparison) -> list[Divergence]:
    ids = json.dumps([drifted.id for drifted in batch])
    since = json.dumps([{"id": drifted.id, "revision": drifted.revision} for drifted in batch])
    details = {row.id: row for row in read_rows(conn, _DetailRow, load_query("observed/drift_details"), {"ids": ids})}
    done = defaultdict(list)
    for row in read_rows(conn, _HandChangeRow, load_query("observed/hand_changes"), {"since": since}):
        done[row.id].append(row)
    return [_make_divergence(drifted, details[drifted.id], done[drifted.id], compare) for drifted in batch]


def _make_divergence(
    drifted: Drifted, row: _DetailRow, done: Sequence[_HandChangeRow], compare: Comparison
) -> Divergence:
    return Divergence(
        drifted,
        _compare_texts(row.applied, row.manifest, compare),
        [HandChange(change.at, change.role, change.action) for change in done],
        done[0].number if done else 0,
        row.updated_at,
        row.finished_at,
        row.commit,
        row.author,
    )


def _compare_texts(applied: str | None, there: str | None, compare: Comparison) -> list[Difference] | None:
    try:
        before = ABSENT if applied is None else parse_json_text(applied)
        after = ABSENT if there is None else parse_json_text(there)
    except ValueError:
        return None
    if isinstance(before, Absent):
        return (
            []
            if isinstance(after, Absent)
            else [Difference(place, ABSENT, value) for place, value in list_parts(after)]
        )
    if isinstance(after, Absent):
        return [Difference(place, value, ABSENT) for place, value in list_parts(before)]
    return list(compare(before, after))
