"""Files into manifests: many at once, in several processes where there are enough to be worth it."""

import gc
import os
import signal
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Final

from reconciler.core.check import read
from reconciler.core.contract import Contract
from reconciler.core.diagnostic import Diagnostic, Problem
from reconciler.core.layout import Entry, is_manifest, misplaced
from reconciler.core.pointer import Pointer
from reconciler.core.resource import Manifest
from reconciler.core.yaml12 import Document, parse
from reconciler.source import Source

# Below this, starting a second process takes longer than the reading.
_WORTH_A_PROCESS: Final = 600
_CHUNK: Final = 250
_MOST_PROCESSES: Final = 8

Progress = Callable[[int], None]
"""Called with the number of files that were just read."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """What was found in some files: manifests, and every problem, sorted.

    `registry` is the manifest of registry.yaml, None where it was not among the files or is not valid.
    """

    manifests: tuple[Manifest, ...]
    registry: Manifest | None
    diagnostics: tuple[Diagnostic, ...]


def load(source: Source, entries: Sequence[Entry], contract: Contract, progress: Progress = lambda _: None) -> Loaded:
    """Read files and check each by itself. What holds between them is for `consistency` to say."""
    manifests: list[Manifest] = []
    diagnostics = list(misplaced(entries, contract))
    for results in _chunk_results(source, [entry for entry in entries if is_manifest(entry, contract)], contract):
        for result in results:
            if isinstance(result, Manifest):
                manifests.append(result)
            else:
                diagnostics += result
        progress(len(results))
    resources = tuple(manifest for manifest in manifests if contract.kinds[manifest.ref.kind].plural)
    registry = next((manifest for manifest in manifests if not contract.kinds[manifest.ref.kind].plural), None)
    return Loaded(resources, registry, tuple(sorted(diagnostics)))


def located(source: Source, problems: Iterable[Problem]) -> list[Diagnostic]:
    """Return problems with their lines. Each file is read again once."""
    by_path: dict[str, list[Problem]] = defaultdict(list)
    for problem in problems:
        by_path[problem.path].append(problem)
    entries = [entry for entry in source.entries() if entry.path in by_path] if by_path else []
    documents = {entry.path: parse(data) for entry, (_, data) in zip(entries, source.read(entries), strict=True)}
    return sorted(
        Diagnostic(path, *_place(documents.get(path), problem.pointer), problem.rule, problem.message)
        for path, found in by_path.items()
        for problem in found
    )


def _place(document: object, pointer: Pointer) -> tuple[int, int]:
    return document.position(pointer) if isinstance(document, Document) else (1, 1)


Result = Manifest | list[Diagnostic]


def _chunk_results(source: Source, entries: Sequence[Entry], contract: Contract) -> Iterator[list[Result]]:
    chunks = [entries[start : start + _CHUNK] for start in range(0, len(entries), _CHUNK)]
    processes = min(_MOST_PROCESSES, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 2)
    if len(entries) < _WORTH_A_PROCESS or processes == 1:
        yield from map(partial(_read_chunk, source, contract), chunks)
        return
    # Most commands read a few files, and importing this takes longer than reading a hundred.
    import multiprocessing  # noqa: PLC0415
    from concurrent.futures import ProcessPoolExecutor  # noqa: PLC0415

    # A forked process has everything imported already; elsewhere than on Linux forking is not safe.
    context = multiprocessing.get_context("fork" if sys.platform == "linux" else None)
    with ProcessPoolExecutor(processes, context, initializer=_begin, initargs=(source, contract)) as pool:
        yield from pool.map(_read_given, chunks)


_given: tuple[Source, Contract] | None = None


def _begin(source: Source, contract: Contract) -> None:
    """Keep in a worker process what every chunk needs, so that it is not sent each time."""
    global _given  # noqa: PLW0603
    # Ctrl-C reaches the whole group; the first process ends the others.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    _given = (source, contract)


def _read_given(entries: Sequence[Entry]) -> list[Result]:
    if _given is None:
        message = "the worker was not begun"
        raise RuntimeError(message)
    return _read_chunk(*_given, entries)


def _read_chunk(source: Source, contract: Contract, entries: Sequence[Entry]) -> list[Result]:
    with _no_collection():
        return [
            read(entry.path, entry.inside, data, blob, contract)
            for entry, (blob, data) in zip(entries, source.read(entries), strict=True)
        ]


@contextmanager
def _no_collection() -> Iterator[None]:
    """Pause the garbage collector: node trees of many documents cost it dearly, and hold no cycles."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
