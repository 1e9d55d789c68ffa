"""Judges a whole registry with the results of earlier runs: the result is that of reading all files.

A file counts as unchanged by its blob id, in the work tree by size, times and inode. Of the unchanged valid files,
those alone are read again that a rule between files may concern, as their cached facts tell.
"""

import hashlib
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import chain
from typing import Final, NamedTuple

from reconciler.core.manifest.consistency import excludes, fold_case, ranged_targets, versions_of
from reconciler.core.manifest.contract import Contract
from reconciler.core.manifest.diagnostic import Diagnostic
from reconciler.core.manifest.inspected import Inspected, ToolFacts
from reconciler.core.manifest.layout import Entry, is_manifest, parse_ref
from reconciler.core.manifest.resource import Manifest, Ref
from reconciler.desired.load import Inspect, Loaded, Progress, load_manifests, load_registry_file, pause_gc
from reconciler.desired.source import Source
from reconciler.desired.verdicts import ValidFile
from reconciler.desired.worktree_files import Worktree
from reconciler.rules.validation import (
    drop_dangling_elsewhere,
    find_missing_registry,
    find_problems_between,
    find_registry_problems,
    list_names,
    locate_further,
    read_outlines,
)

_MARGIN: Final = 50_000_000
"""Nanoseconds. A file changed so shortly before a run could change again without another time."""


class StampedFiles(NamedTuple):
    """All files of a source, with a stamp for each; `digest` is None if a file was just written."""

    entries: list[Entry]
    stamps: list[str]
    digest: str | None


class Judged(NamedTuple):
    """The problems of a registry, sorted, the results of its inspection, and the files to cache."""

    problems: list[Diagnostic]
    inspected: tuple[Inspected, ...]
    valid: Iterable[ValidFile]


def list_files(source: Source) -> StampedFiles:
    """Return all files of a source with their stamps."""
    if isinstance(source, Worktree):
        now = time.time_ns()
        with pause_gc():
            entries, stamps, newest = source.list_stamped()
        is_settled = newest < now - _MARGIN
    else:
        entries = source.list_entries()
        stamps, is_settled = [entry.blob or "" for entry in entries], True
    lines = [f"{entry.inside}\0{entry.type}\0{stamp}" for entry, stamp in zip(entries, stamps, strict=True)]
    digest = hashlib.sha256("\n".join([source.name, *lines]).encode("utf-8", "surrogateescape")).hexdigest()
    return StampedFiles(entries, stamps if is_settled else [""] * len(stamps), digest if is_settled else None)


def validate_registry_files(source: Source, entries: Iterable[Entry], contract: Contract) -> list[Diagnostic]:
    """Return the problems of the files about the registry, whose rules also concern the clock and other files."""
    loaded = load_manifests(source, [entry for entry in entries if "/" not in entry.inside], contract)
    problems = find_registry_problems(source, loaded, contract, 0)
    return sorted({*loaded.diagnostics, *locate_further(source, problems, loaded.diagnostics)})


def judge_files(
    source: Source,
    listing: StampedFiles,
    contract: Contract,
    known: Sequence[ValidFile],
    inspect: Inspect,
    progress: Progress = lambda _: None,
) -> Judged:
    """Return the result of reading all files, with `known` results for unchanged files without a finding."""
    entries = listing.entries
    hits = _find_hits(source, listing, contract, known)
    progress(len(hits))
    first = [entry for entry in entries if entry.path not in hits]
    loaded = load_manifests(source, first, contract, progress, inspect)
    manifests = (*loaded.manifests, *read_outlines(source, first, loaded, contract))
    names = frozenset(list_names(entries, contract))
    suspects = _find_suspects(hits, manifests, names)
    again = [entry for entry in entries if entry.path in suspects]
    both = _join(loaded, load_manifests(source, again, contract, inspect=inspect))
    outlines = read_outlines(source, entries, both, contract)
    cached = {path: valid for path, valid in hits.items() if path not in suspects}
    between = [
        *drop_dangling_elsewhere(
            find_problems_between((*both.manifests, *outlines), names), lambda: load_registry_file(source, contract)
        ),
        *find_registry_problems(source, both, contract, len(both.manifests) + len(cached)),
    ]
    located = locate_further(source, between, both.diagnostics)
    problems = sorted({*both.diagnostics, *find_missing_registry(source, entries), *located})
    kept = (Inspected(facts=ToolFacts(path, *valid.facts)) for path, valid in cached.items() if valid.facts)
    inspected = tuple(sorted((*both.inspected, *kept), key=_get_path))
    return Judged(problems, inspected, chain(cached.values(), _list_valid(listing, both, cached, problems)))


def _get_path(inspected: Inspected) -> str:
    return inspected.facts.path if inspected.facts else ""


def _find_hits(
    source: Source, listing: StampedFiles, contract: Contract, known: Sequence[ValidFile]
) -> dict[str, ValidFile]:
    """Return the unchanged valid files by path. Of a file with another stamp, the content is read and hashed."""
    if not known:
        return {}
    # The same content elsewhere has another name, or may belong to another team.
    by_stamp = {(valid.inside, valid.stamp): valid for valid in known if valid.stamp}
    by_content = {(valid.inside, valid.blob): valid for valid in known}
    hits: dict[str, ValidFile] = {}
    unsure: list[tuple[Entry, str]] = []
    for entry, stamp in zip(listing.entries, listing.stamps, strict=True):
        if parse_ref(entry.inside, contract) is None or not is_manifest(entry, contract):
            continue
        if valid := by_content.get((entry.inside, entry.blob or "")) or by_stamp.get((entry.inside, stamp)):
            hits[entry.path] = valid
        elif entry.blob is None:
            unsure.append((entry, stamp))
    return hits | _find_touched(source, unsure, by_content)


def _find_touched(
    source: Source, unsure: Sequence[tuple[Entry, str]], known: Mapping[tuple[str, str], ValidFile]
) -> dict[str, ValidFile]:
    contents = source.read([entry for entry, _ in unsure])
    read = [
        (entry, stamp, known.get((entry.inside, blob)))
        for (entry, stamp), (blob, _) in zip(unsure, contents, strict=True)
    ]
    return {entry.path: valid._replace(stamp=stamp) for entry, stamp, valid in read if valid is not None}


def _find_suspects(hits: Mapping[str, ValidFile], manifests: Sequence[Manifest], names: frozenset[Ref]) -> set[str]:
    """Return the unchanged files that a rule between files may concern."""
    if not hits:
        return set()
    declared = names.union(manifest.ref for manifest in manifests)
    times = Counter(fold_case(verdict.ref) for verdict in hits.values())
    times.update(fold_case(manifest.ref) for manifest in manifests)
    versions = {verdict.ref: verdict.version for verdict in hits.values()} | versions_of(manifests)
    # Of a name declared twice, a rule between files tells which version counts.
    versions |= dict.fromkeys((verdict.ref for verdict in hits.values() if times[fold_case(verdict.ref)] > 1), None)
    wanted = ranged_targets(manifests)
    suspects = set()
    for path, verdict in hits.items():
        left = {Ref(kind, name) for kind, name, text in verdict.ranges if _may_exclude(text, versions, Ref(kind, name))}
        wanted |= left
        if left or times[fold_case(verdict.ref)] > 1 or not declared.issuperset(verdict.targets):
            suspects.add(path)
    return suspects | {path for path, verdict in hits.items() if verdict.ref in wanted}


def _may_exclude(text: str, versions: Mapping[Ref, str | None], target: Ref) -> bool:
    """Whether a range excludes the version of its target, or the version is unknown."""
    version = versions.get(target, "")
    return version is None or (version != "" and _excludes(text, version))


@cache
def _excludes(text: str, version: str) -> bool:
    return excludes(text, version)


def _join(one: Loaded, other: Loaded) -> Loaded:
    """Return the files of both, in the order of reading all files."""
    manifests = sorted((*one.manifests, *other.manifests), key=lambda manifest: manifest.path or "")
    diagnostics = tuple(sorted((*one.diagnostics, *other.diagnostics)))
    return Loaded(tuple(manifests), one.registry, diagnostics, one.exceptions, (*one.inspected, *other.inspected))


def _list_valid(
    listing: StampedFiles, loaded: Loaded, cached: Mapping[str, ValidFile], problems: Iterable[Diagnostic]
) -> Iterator[ValidFile]:
    """Yield the files that were read and have no problem and no finding."""
    own = {entry.path: (entry.inside, stamp) for entry, stamp in zip(listing.entries, listing.stamps, strict=True)}
    ranged = ranged_targets(loaded.manifests)
    ranged |= {Ref(kind, name) for valid in cached.values() for kind, name, _ in valid.ranges}
    versions = versions_of(manifest for manifest in loaded.manifests if manifest.ref in ranged)
    facts = {one.facts.path: one.facts[1:] for one in loaded.inspected if one.facts}
    unfit = {problem.path for problem in problems}
    unfit |= {finding.path for one in loaded.inspected for finding in one.findings}
    unfit |= {ignore.path for one in loaded.inspected for ignore in one.ignores}
    for manifest in loaded.manifests:
        path = manifest.path or ""
        if path in own and path not in unfit:
            yield _make_valid(manifest, *own[path], versions.get(manifest.ref), facts.get(path))


def _make_valid(
    manifest: Manifest, inside: str, stamp: str, version: str | None, facts: tuple[object, ...] | None
) -> ValidFile:
    targets = tuple(reference.target for reference in manifest.references)
    ranges = tuple(_list_ranges(manifest))
    return ValidFile(inside, stamp, manifest.blob or "", *manifest.ref, version, targets, ranges, facts)


def _list_ranges(manifest: Manifest) -> Iterator[tuple[str, str, str]]:
    for reference in manifest.references:
        if reference.range:
            yield (*reference.target, reference.range.text)
