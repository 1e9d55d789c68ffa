"""Reads files into manifests, in several processes if the number of files is worth the start of a process."""

import gc
import os
import signal
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Final, NamedTuple, cast

from reconciler.core.errors import TemporaryError
from reconciler.core.manifest.check import check_document
from reconciler.core.manifest.contract import Contract
from reconciler.core.manifest.diagnostic import Diagnostic, Problem
from reconciler.core.manifest.inspected import Inspected
from reconciler.core.manifest.layout import (
    EXCEPTIONS_FILE,
    REGISTRY_FILE,
    Entry,
    FileType,
    find_misplaced,
    is_manifest,
    parse_file_key,
    split_environment,
)
from reconciler.core.manifest.merge_patch import is_set_by
from reconciler.core.manifest.resource import Manifest
from reconciler.core.pointer import Pointer
from reconciler.core.yaml.document import Document, parse_yaml
from reconciler.desired.source import Source, entries_at, strip_folder
from reconciler.failpoints import reached

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.process import BaseProcess

# Below this number of files, starting a second process takes longer than reading.
_WORTH_A_PROCESS: Final = 600
_CHUNK: Final = 250
_MOST_PROCESSES: Final = 8
_HELD: Final = (signal.SIGINT, signal.SIGTERM)

Progress = Callable[[int], None]
"""Called with the number of files just read."""

Inspect = Callable[[Entry, Document, Manifest | None, int], Inspected]
"""Looks at a parsed file of some bytes, in the process that read the file. The manifest is None for an invalid file."""


FilePlace = tuple[str, Pointer]
"""A path, and a place in the file."""


class ReaderKilled(TemporaryError):
    """A process that reads files was killed. Try again, or check whether the machine has enough memory."""


class Loaded(NamedTuple):
    """The manifests of some files, and all problems, sorted.

    `registry` is the manifest of registry.yaml, and `exceptions` of exceptions.yaml; None if absent or invalid.
    `inspected` are the results of an inspection, none without an inspection.
    """

    manifests: tuple[Manifest, ...]
    registry: Manifest | None
    diagnostics: tuple[Diagnostic, ...]
    exceptions: Manifest | None = None
    inspected: tuple[Inspected, ...] = ()


def load_manifests(
    source: Source,
    entries: Sequence[Entry],
    contract: Contract,
    progress: Progress = lambda _: None,
    inspect: Inspect | None = None,
) -> Loaded:
    """Read files and check each by itself; `consistency` checks the relations between files."""
    manifests: list[Manifest] = []
    inspected: list[Inspected] = []
    diagnostics = list(find_misplaced(entries, contract))
    reached("before-load")
    read_chunk = partial(_read_chunk, source, contract, inspect)
    for results, seen in _read_in_chunks(read_chunk, [entry for entry in entries if is_manifest(entry, contract)]):
        inspected += seen
        for result in results:
            if isinstance(result, Manifest):
                manifests.append(result)
            else:
                diagnostics += result
        progress(len(results))
        reached("during-load")
    reached("after-load")
    resources = tuple(manifest for manifest in manifests if contract.kinds[manifest.ref.kind].plural)
    singles = {contract.kinds[manifest.ref.kind].file: manifest for manifest in manifests}
    problems = tuple(sorted(diagnostics))
    return Loaded(resources, singles.get(REGISTRY_FILE), problems, singles.get(EXCEPTIONS_FILE), tuple(inspected))


def load_registry_file(source: Source, contract: Contract) -> Manifest | None:
    """Return registry.yaml, None if absent or invalid."""
    entry = source.find_entry(REGISTRY_FILE)
    return load_manifests(source, [entry], contract).registry if entry else None


def locate_problems(source: Source, problems: Iterable[Problem]) -> list[Diagnostic]:
    """Return problems with their lines, in a patch for a value of a patch. Each file is read again once."""
    told = [*_attribute(source, problems)]
    places = find_positions(source, [(problem.path, problem.pointer) for problem in told])
    return sorted(
        Diagnostic(problem.path, *places[problem.path, problem.pointer], problem.rule, problem.message)
        for problem in told
    )


def _attribute(source: Source, problems: Iterable[Problem]) -> Iterator[Problem]:
    """Yield each problem of a value that comes from a patch with the path of the patch."""
    if not source.patches:
        yield from problems
        return
    told = list(problems)
    keys = {problem.path: parse_file_key(strip_folder(source.folder, problem.path)) for problem in told}
    patches = {path: source.patches[key] for path, key in keys.items() if key in source.patches}
    contents = zip(patches.items(), source.read(patches.values()), strict=True)
    documents = {path: (patch.path, parse_yaml(data)) for (path, patch), (_, data) in contents}
    for problem in told:
        path, document = documents.get(problem.path, (problem.path, None))
        # The envelope of a patch repeats that of its manifest.
        is_inside = problem.pointer[:1] == ("spec",)
        is_patched = is_inside and isinstance(document, Document) and is_set_by(document.value, problem.pointer)
        yield problem._replace(path=path) if is_patched else problem


def find_positions(source: Source, places: Iterable[FilePlace]) -> dict[FilePlace, tuple[int, int]]:
    """Return line and column of each place: of the value, or of its nearest parent. Each file is read again once."""
    by_path: dict[str, set[Pointer]] = defaultdict(set)
    for path, pointer in places:
        by_path[path].add(pointer)
    entries = entries_at(source, by_path.keys())
    documents = {entry.path: parse_yaml(data) for entry, (_, data) in zip(entries, source.read(entries), strict=True)}
    return {
        (path, pointer): _find_position(documents.get(path), pointer)
        for path, pointers in by_path.items()
        for pointer in pointers
    }


def _find_position(document: object, pointer: Pointer) -> tuple[int, int]:
    return document.find_position(pointer) if isinstance(document, Document) else (1, 1)


Result = Manifest | list[Diagnostic]
_Chunks = Sequence[Sequence[Entry]]
_Chunk = tuple[list[Result], list[Inspected]]
_ReadChunk = Callable[[Sequence[Entry]], _Chunk]


def _read_in_chunks(read_chunk: _ReadChunk, entries: Sequence[Entry]) -> Iterator[_Chunk]:
    chunks = [entries[start : start + _CHUNK] for start in range(0, len(entries), _CHUNK)]
    processes = min(_MOST_PROCESSES, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 2)
    if len(entries) < _WORTH_A_PROCESS or processes == 1:
        return map(read_chunk, chunks)
    return _read_in_processes(read_chunk, chunks, processes)


def _read_in_processes(read_chunk: _ReadChunk, chunks: _Chunks, number: int) -> Iterator[_Chunk]:
    """Yield the results of each chunk, in order. No worker outlives this generator, even after an exception."""
    # Importing multiprocessing takes longer than reading a hundred files, and most commands read fewer.
    import multiprocessing  # noqa: PLC0415

    # A forked process has all modules imported already; outside Linux forking is not safe.
    context = multiprocessing.get_context("fork" if sys.platform == "linux" else None)
    workers: dict[Connection, BaseProcess] = {}
    try:
        for _ in range(number):
            ours, theirs = context.Pipe()
            inherited = (*workers, ours) if context.get_start_method() == "fork" else ()
            process: BaseProcess = context.Process(
                target=_work, args=(theirs, inherited, read_chunk, chunks), daemon=True
            )
            with _hold_signals():
                process.start()
                workers[ours] = process
            theirs.close()
        yield from _collect_in_order(list(workers), len(chunks))
    finally:
        for connection, process in workers.items():
            connection.close()
            # SIGKILL is safe: a worker only reads. SIGTERM would be lost before the worker has set up its handlers.
            process.kill()
            process.join()


@contextmanager
def _hold_signals() -> Iterator[None]:
    """Block SIGINT and SIGTERM: exit would wait in vain for a worker started but not yet recorded."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _HELD)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _collect_in_order(workers: Sequence["Connection"], count: int) -> Iterator[_Chunk]:
    """Send chunk numbers to the workers, and yield the results in the order of the chunks."""
    from multiprocessing.connection import wait  # noqa: PLC0415

    given = iter(range(count))
    done: dict[int, _Chunk] = {}
    try:
        # Each worker has a second chunk queued, and does not wait while this process receives a result.
        for worker, number in zip([*workers, *workers], given, strict=False):
            worker.send(number)
        for wanted in range(count):
            while wanted not in done:
                for worker in cast("list[Connection]", wait(workers)):
                    number, result = worker.recv()
                    if isinstance(result, Exception):
                        raise result
                    done[number] = result
                    for following in islice(given, 1):
                        worker.send(following)
            yield done.pop(wanted)
    except (EOFError, ConnectionError) as error:
        raise ReaderKilled from error


def _work(connection: "Connection", inherited: Iterable["Connection"], read_chunk: _ReadChunk, chunks: _Chunks) -> None:
    """Read the chunks whose numbers arrive, until the sending process is gone."""
    # Ctrl-C reaches the whole group; the first process ends the others.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _HELD)
    for end in inherited:
        # Left open, an inherited end would hide the end of the first process from another worker.
        end.close()
    with suppress(EOFError, ConnectionError):
        while True:
            number = connection.recv()
            try:
                result: _Chunk | Exception = read_chunk(chunks[number])
            except Exception as error:  # noqa: BLE001  Raised again in the first process.
                result = error
            connection.send((number, result))


def _read_chunk(source: Source, contract: Contract, inspect: Inspect | None, entries: Sequence[Entry]) -> _Chunk:
    results: list[Result] = []
    inspected: list[Inspected] = []
    patches = _read_patches(source, entries) if source.patches else {}
    with pause_gc():
        for entry, (blob, data) in zip(entries, source.read(entries), strict=True):
            document = parse_yaml(data)
            result = check_document(document, entry.path, entry.inside, len(data), blob, contract)
            if entry.path in patches:
                patched = _patch(result, document, patches[entry.path], len(data), contract)
                results.append(patched)
            else:
                results.append(result)
            if inspect is not None and isinstance(document, Document):
                manifest = result if isinstance(result, Manifest) else None
                inspected.append(inspect(entry, document, manifest, len(data)))
    return results, inspected


_PatchFile = tuple[Entry, bytes]


def _read_patches(source: Source, entries: Iterable[Entry]) -> dict[str, _PatchFile]:
    """Return the patches of these files by the path of the file."""
    patches = ((entry.path, source.patches.get(parse_file_key(entry.inside))) for entry in entries)
    patched = {path: patch for path, patch in patches if patch and patch.type is FileType.FILE}
    contents = source.read(patched.values())
    return {path: (patch, data) for (path, patch), (_, data) in zip(patched.items(), contents, strict=True)}


def _patch(result: Result, document: object, file: _PatchFile, length: int, contract: Contract) -> Result:
    """Return a manifest with its patch; the problems of both if the manifest is invalid."""
    # Few registries have environments.
    from reconciler.core.manifest.patch import apply_patch, check_patch  # noqa: PLC0415

    entry, data = file
    below = (split_environment(entry.inside) or ("", ""))[1]
    if isinstance(result, Manifest) and isinstance(document, Document):
        return apply_patch(result, document, entry.path, below, data, length, contract)
    return [*(result if isinstance(result, list) else ()), *check_patch(entry.path, below, data, contract)]


@contextmanager
def pause_gc() -> Iterator[None]:
    """Pause the garbage collector: the node trees of many documents are expensive to traverse, and hold no cycles."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
