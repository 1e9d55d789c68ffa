"""toolreg schema."""

import os
from pathlib import Path

import click

from reconciler.assets import load_contract
from reconciler.cli.completing import complete_any_kind
from reconciler.cli.group import Command
from reconciler.cli.kinds import parse_any_kind
from reconciler.cli.options import registry_option
from reconciler.cli.output import note, put
from reconciler.core.errors import ToolregError
from reconciler.core.manifest.bundle import bundle_schema, identify_schema
from reconciler.core.manifest.patch_schema import make_patch_schema
from reconciler.render import json_document
from reconciler.render.terminal import safe


@click.command(cls=Command)
@click.argument("kind", required=False, shell_complete=complete_any_kind)
@click.option("--bundle", is_flag=True, help="Include the definitions shared by all kinds.")
@click.option("--patch", is_flag=True, help="Print the schema of an environment's patches of this kind.")
@click.option("--write", is_flag=True, help="Write the schemas of all kinds to schemas/ beside the registry's folder.")
@registry_option
def schema(kind: str | None, bundle: bool, patch: bool, write: bool, registry: Path) -> None:
    """Print the JSON Schema of a kind, or write all schemas for editors.

    KIND is tool, service, node or registry. With --write, editors with yaml-language-server complete every manifest
    whose first line names its schema; toolreg init and toolreg new write this line.

    \b
    Examples:
        toolreg schema tool --bundle
        toolreg schema --write
    """
    if write:
        if kind or bundle or patch:
            raise click.UsageError(
                "--write writes the whole schemas of all kinds; leave out KIND, --bundle and --patch"
            )
        _write_all(registry)
        return
    if kind is None:
        raise click.UsageError("which KIND? Or --write for the schemas of all kinds")
    known = load_contract()
    wanted = parse_any_kind(kind, known)
    if patch:
        if not wanted.environmental:
            raise ToolregError(f"nothing of a {wanted.name} differs between environments, so no patch has this kind")
        put(json_document.format_json(make_patch_schema(wanted)))
        return
    put(json_document.format_json(bundle_schema(wanted) if bundle else identify_schema(wanted, known)))


def _write_all(registry: Path) -> None:
    # Imported late: printing a schema writes no file.
    from reconciler.exchange.editor_schemas import write_schemas  # noqa: PLC0415

    if not (registry / "registry.yaml").is_file():
        raise ToolregError(
            f"there is no registry.yaml in {registry}; toolreg init makes it, --registry DIR names another"
        )
    for path, state in write_schemas(registry, load_contract()):
        put(f"{state}  {safe(os.path.relpath(path), 2000)}")
    note("Commit the schemas: editors of everyone in the team read them.")
