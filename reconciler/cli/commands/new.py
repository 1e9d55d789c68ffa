"""toolreg new."""

import os
from pathlib import Path, PurePosixPath
from typing import Any, Final

import click

from reconciler.assets import load_contract
from reconciler.cli.completing import complete_kind
from reconciler.cli.group import Command
from reconciler.cli.options import choose_source, make_relative_path, registry_option
from reconciler.cli.output import note, put
from reconciler.core.errors import ToolregError
from reconciler.core.manifest.beginning import ReferenceNeeded, find_reference_field
from reconciler.core.manifest.contract import Contract, Kind
from reconciler.core.manifest.kinds import find_kind, has_spec, list_kind_words
from reconciler.core.manifest.layout import REGISTRY_FILE, parse_ref
from reconciler.core.nearest import did_you_mean
from reconciler.core.quote import quoted
from reconciler.core.yaml.text import MAX_BYTES
from reconciler.desired.load import load_manifests
from reconciler.desired.source import Source
from reconciler.exchange.mcp import NoDefinition, read_definition
from reconciler.exchange.new import compose
from reconciler.exchange.placing import create_file
from reconciler.render.terminal import safe
from reconciler.rules.validation import make_missing_registry

_SERVICE: Final = "Service"
_MOST_NAMED: Final = 8


@click.command(cls=Command)
@click.argument("kind", shell_complete=complete_kind)
@click.argument("name")
@click.option("--service", metavar="NAME", help="The service of a tool. Default: the only service of the registry.")
@click.option("--owner", metavar="TEAM", help="The team that answers for it. Default: the only team of the registry.")
@click.option(
    "--from",
    "definition",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Take an MCP tool from a JSON or YAML file: its definition, or an answer to tools/list.",
)
@registry_option
def new(kind: str, name: str, service: str | None, owner: str | None, definition: Path | None, registry: Path) -> None:
    """Write the manifest of a new resource.

    KIND is tool, service or node. The file has the required fields, is valid, and goes to the folder of its kind, or to
    the current folder below that one. Existing files are never replaced.

    \b
    Examples:
        toolreg new service payments --owner checkout
        toolreg new tool charge_card --from charge_card.json
    """
    known = load_contract()
    source = choose_source(registry, None, worktree=True)
    if source.find_entry(REGISTRY_FILE) is None:
        raise ToolregError(f"{make_missing_registry(source).path} is missing; toolreg init makes a registry")
    wanted = _choose_kind(kind, known)
    metadata: dict[str, Any] = {"name": name, "owner": owner or _choose_owner(source, known)}
    spec = _choose_references(wanted, service, source, known)
    if definition:
        taken = read_definition(_read(definition, wanted), safe(str(definition)), name)
        metadata, spec = taken.metadata | metadata, taken.spec | spec
        if taken.left_out:
            note(f"Left out, without a place in a manifest: {', '.join(map(quoted, taken.left_out[:_MOST_NAMED]))}.")
    try:
        made = compose(source, wanted, _choose_folder(source, wanted), metadata, spec, known)
    except ReferenceNeeded as error:
        raise ToolregError(_describe_missing(error.target, source, known)) from None
    if not create_file(source.top, made.path, made.text):
        raise ToolregError(f"{quoted(made.path, 200)} is there already; nothing was written")
    put(safe(os.path.relpath(source.top / made.path), 2000))
    note("Written. Complete it and check it: toolreg validate. Then: git add . && git commit, and toolreg apply.")


def _choose_kind(word: str, known: Contract) -> Kind:
    kind = find_kind(known, word)
    if kind is None:
        raise click.UsageError(
            f"there is no kind called {quoted(word)}; {did_you_mean(word.lower(), list_kind_words(known))}"
        )
    return kind


def _choose_folder(source: Source, kind: Kind) -> str:
    """Return the current folder if it lies in the folder of the kind, else the folder of the kind."""
    here = PurePosixPath(make_relative_path(source.top, Path.cwd()))
    top = PurePosixPath(source.folder)
    inside = here.relative_to(top) if here.is_relative_to(top) else PurePosixPath()
    return str(inside) if inside.parts[:1] == (kind.plural,) else str(kind.plural)


def _choose_owner(source: Source, known: Contract) -> str:
    loaded = load_manifests(source, source.list_entries(), known)
    manifests = [*loaded.manifests, *([loaded.registry] if loaded.registry else [])]
    owners = sorted({owner for one in manifests if isinstance(owner := one.value["metadata"].get("owner"), str)})
    if len(owners) != 1:
        there = f"; there are {', '.join(owners[:_MOST_NAMED])}" if owners else ""
        raise click.UsageError(f"which team answers for it? Say --owner TEAM{there}")
    return owners[0]


def _choose_references(kind: Kind, service: str | None, source: Source, known: Contract) -> dict[str, str]:
    """Return the field that names the service of a resource, empty for a kind without such a field."""
    field = find_reference_field(kind, _SERVICE)
    if field is None:
        if service:
            raise click.UsageError(f"a {kind.name} names no service; leave out --service")
        return {}
    names = _list_names(_SERVICE, source, known)
    if service and service not in names:
        hint = did_you_mean(service, names) if names else "there is none yet"
        raise ToolregError(
            f"there is no {_SERVICE}/{safe(service)}; {hint}, or make it: toolreg new service {safe(service)}"
        )
    chosen = service or (names[0] if len(names) == 1 else None)
    return {field: chosen} if chosen else {}


def _list_names(kind: str, source: Source, known: Contract) -> list[str]:
    refs = (parse_ref(entry.inside, known) for entry in source.list_entries())
    return sorted(ref.name for ref in refs if ref and ref.kind == kind)


def _describe_missing(target: str, source: Source, known: Contract) -> str:
    names = _list_names(target, source, known)
    word = target.lower()
    if not names:
        return f"it needs a {word}, and the registry has none; make it first: toolreg new {word} NAME"
    more = ", ..." if len(names) > _MOST_NAMED else ""
    return f"which {word} does it belong to? Say --{word} NAME; there are {', '.join(names[:_MOST_NAMED])}{more}"


def _read(path: Path, kind: Kind) -> bytes:
    if not has_spec(kind, "inputSchema"):
        raise click.UsageError(f"--from reads the definition of a tool, and this is a {kind.name}; leave it out")
    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        raise NoDefinition(f"{quoted(str(path), 200)} cannot be read: {error.strerror}") from error
