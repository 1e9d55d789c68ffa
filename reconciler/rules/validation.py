"""Everything that is wrong with a registry, found without a database."""

from collections.abc import Iterable, Iterator

from reconciler.core.errors import InvalidRegistry, Refused
from reconciler.core.manifest.check import outline
from reconciler.core.manifest.consistency import dangling_references, duplicate_names, moved_from_themselves
from reconciler.core.manifest.contract import Contract
from reconciler.core.manifest.diagnostic import Diagnostic
from reconciler.core.manifest.layout import REGISTRY_FILE, Entry, is_manifest
from reconciler.core.manifest.limits import too_many
from reconciler.core.manifest.resource import Manifest, Ref
from reconciler.desired.load import Loaded, Progress, load, located
from reconciler.desired.source import Source
from reconciler.rules.freeze_windows import problems as wrong_windows
from reconciler.rules.signers import problems as wrong_signers


def validate(
    source: Source, contract: Contract, progress: Progress = lambda _: None
) -> tuple[list[Entry], list[Diagnostic]]:
    """Return all files of a registry and every problem of them, sorted. Needs no database."""
    entries = source.entries()
    loaded = load(source, entries, contract, progress)
    manifests = (*loaded.manifests, *_outlines(source, entries, loaded, contract))
    between = located(
        source,
        [
            *duplicate_names(manifests, {}),
            *moved_from_themselves(manifests),
            *dangling_references(manifests, _names_in(entries, contract)),
            *too_many(loaded.registry, len(loaded.manifests)),
            *wrong_windows(loaded.registry),
            *wrong_signers(source, loaded.registry),
        ],
    )
    # What is not even a name dangles, too; saying so once is enough.
    known = {(found.path, found.line, found.column, "dangling-reference") for found in loaded.diagnostics}
    return entries, sorted(
        {
            *loaded.diagnostics,
            *without_registry(source, entries),
            *(found for found in between if (found.path, found.line, found.column, found.rule) not in known),
        }
    )


def _outlines(source: Source, entries: Iterable[Entry], loaded: Loaded, contract: Contract) -> Iterator[Manifest]:
    """Yield what can be told of the manifests that are not valid, so that all problems of theirs are found at once."""
    invalid = {found.path for found in loaded.diagnostics}
    again = [entry for entry in entries if entry.path in invalid and is_manifest(entry, contract)]
    for entry, (blob, data) in zip(again, source.read(again), strict=True):
        if (manifest := outline(entry.path, entry.inside, data, blob, contract)) is not None:
            yield manifest


def _names_in(entries: Iterable[Entry], contract: Contract) -> Iterator[Ref]:
    """Yield what the files are called. A resource whose file is not valid is still there to be named by others."""
    for entry in entries:
        plural, _, rest = entry.inside.partition("/")
        kind = contract.by_plural(plural)
        if kind and rest.endswith(".yaml"):
            yield Ref(kind.name, rest.rpartition("/")[2].removesuffix(".yaml"))


def without_registry(source: Source, entries: Iterable[Entry]) -> Iterator[Diagnostic]:
    """Yield a problem where registry.yaml is not among the files."""
    insides = {entry.inside for entry in entries}
    if REGISTRY_FILE not in insides:
        yield no_registry(source, "" if insides else "; the folder is empty or not there")


def no_registry(source: Source, why: str = "") -> Diagnostic:
    """Return the problem of a folder that is no registry."""
    path = f"{source.folder}/{REGISTRY_FILE}" if source.folder else REGISTRY_FILE
    where = f"at commit {source.commit.id[:12]}" if source.commit and source.name == "commit" else "here"
    message = (
        f"there is no such file {where}, so this is no registry{why}; create it, or name the folder with --registry"
    )
    return Diagnostic(path, 1, 1, "no-registry", message)


class NoRegistry(Refused):
    """There is no registry at this place, or none that can be read."""


def require(problems: Iterable[Diagnostic]) -> None:
    """Raise InvalidRegistry unless there are none."""
    if found := set(problems):
        raise InvalidRegistry(tuple(sorted(found)))


def require_registry(problems: Iterable[Diagnostic]) -> None:
    """Raise NoRegistry unless there are none: a folder that is not there must not pass for one that was emptied."""
    for problem in problems:
        raise NoRegistry(f"{problem.path}: {problem.message}")
