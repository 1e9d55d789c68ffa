"""Completes arguments in a shell: kinds, names of resources from their files, queries, tasks, rules and fields."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from reconciler.assets import SQL, load_contract
from reconciler.cli.kinds import find_any_kind
from reconciler.cli.place import find_registry
from reconciler.core.manifest.contract import Kind
from reconciler.core.manifest.kinds import find_kind, list_resource_kinds

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

_MOST: Final = 1000
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_.-]*")


def complete_kind(_context: click.Context, _argument: click.Parameter, begun: str) -> "list[CompletionItem]":
    """Return the kinds of resources, as folders name them."""
    return _choose((kind.plural or "" for kind in list_resource_kinds(load_contract())), begun)


def complete_any_kind(_context: click.Context, _argument: click.Parameter, begun: str) -> "list[CompletionItem]":
    """Return all kinds, the registry included."""
    return _choose((kind.name.lower() for kind in load_contract().kinds.values()), begun)


def complete_name(context: click.Context, _argument: click.Parameter, begun: str) -> "list[CompletionItem]":
    """Return the names of the kind that was given before."""
    kind = find_kind(load_contract(), str(context.params.get("kind") or ""))
    return _choose(_list_names(context, kind), begun) if kind else []


def complete_resource(context: click.Context, _argument: click.Parameter, begun: str) -> "list[CompletionItem]":
    """Return resources as KIND/NAME, or the kinds until one is chosen."""
    known = load_contract()
    word, slash, _ = begun.partition("/")
    kind = find_kind(known, word)
    if slash and kind:
        return _choose((f"{word}/{name}" for name in _list_names(context, kind)), begun)
    return _choose((f"{one.name.lower()}/" for one in list_resource_kinds(known)), begun)


def complete_query(_context: click.Context, _argument: click.Parameter, begun: str) -> "list[CompletionItem]":
    """Return the views and functions of schema api."""
    return _choose((path.stem for path in (SQL / "api").rglob("*.sql")), begun)


def complete_task(_context: click.Context, _argument: click.Parameter, begun: str) -> "list[CompletionItem]":
    """Return the maintenance tasks."""
    return _choose([*(path.stem for path in (SQL / "maintenance").glob("*.sql")), "export_partitions"], begun)


def complete_subject(_context: click.Context, _argument: click.Parameter, begun: str) -> "list[CompletionItem]":
    """Return rules, and the fields of a kind as far as they are typed."""
    # Imported late: only explain needs both.
    from reconciler.core.catalogue import CATALOGUE  # noqa: PLC0415
    from reconciler.core.manifest.field import UnknownField, find_field, list_fields  # noqa: PLC0415

    known = load_contract()
    word, *steps = begun.split(".")
    kind = find_any_kind(known, word)
    if kind is None or not steps:
        return _choose([*CATALOGUE, *(one.name.lower() for one in known.kinds.values())], begun)
    try:
        field = find_field(kind, tuple(steps[:-1]))
    except UnknownField:
        return []
    return _choose((child.path for child in list_fields(kind, field)), begun)


def _list_names(context: click.Context, kind: Kind) -> Iterable[str]:
    registry = context.params.get("registry") or find_registry(Path.cwd())
    stems = (path.stem for path in (registry / (kind.plural or "")).rglob("*.yaml"))
    # A shell would run other characters of a file's name.
    return (stem for stem in stems if _NAME.fullmatch(stem))


def _choose(words: Iterable[str], begun: str) -> "list[CompletionItem]":
    from click.shell_completion import CompletionItem  # noqa: PLC0415  Needed by a shell only.

    return [CompletionItem(word) for word in sorted({word for word in words if word.startswith(begun)})[:_MOST]]
