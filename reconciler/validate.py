"""Everything that is wrong with a registry, found without a database."""

from collections.abc import Iterable, Iterator

from reconciler.core.consistency import dangling_references, duplicate_names
from reconciler.core.contract import Contract
from reconciler.core.diagnostic import Diagnostic
from reconciler.core.layout import REGISTRY_FILE, Entry
from reconciler.core.limits import too_many
from reconciler.core.resource import Ref
from reconciler.load import Progress, load, locator
from reconciler.source import Source


def validate(
    source: Source, contract: Contract, progress: Progress = lambda _: None
) -> tuple[list[Entry], list[Diagnostic]]:
    """Return all files of a registry and every problem of them, sorted. Needs no database."""
    entries = source.entries()
    loaded = load(source, entries, contract, progress)
    locate = locator(source)
    problems = {
        *loaded.diagnostics,
        *without_registry(source, entries),
        *duplicate_names(loaded.manifests, {}, locate),
        *dangling_references(loaded.manifests, _names_in(entries, contract), locate),
        *too_many(loaded.registry, len(loaded.manifests), locate),
    }
    return entries, sorted(problems)


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
