"""toolreg owners."""

import sys
from pathlib import Path

import click

from reconciler.assets import load_contract
from reconciler.cli.group import Command
from reconciler.cli.options import choose_source, output_option, source_options
from reconciler.cli.output import choose_palette, put
from reconciler.cli.progress import show_count
from reconciler.cli.reading import measure_terminal, print_lines
from reconciler.core.manifest.owner import read_owner
from reconciler.core.manifest.ownership import read_team_folders
from reconciler.core.manifest.policy import read_policy
from reconciler.core.state.owners import list_owners
from reconciler.desired.load import Loaded
from reconciler.desired.source import Source
from reconciler.render import owners_text
from reconciler.rules.validation import load_valid


@click.command(cls=Command)
@source_options
@click.option("--codeowners", is_flag=True, help="Print a CODEOWNERS file for GitHub, with a line for each folder.")
@output_option("text", "json")
def owners(registry: Path, ref: str | None, worktree: bool, codeowners: bool, output: str) -> None:
    """List the teams that own resources, with their folders.

    spec.teams of registry.yaml gives folders to teams. In CODEOWNERS a team has its contact, or '@' and its name; the
    owner of the registry has everything outside of the teams' folders.

    \b
    Examples:
        toolreg owners
        toolreg owners --codeowners > .github/CODEOWNERS
    """
    if codeowners and output == "json":
        raise click.UsageError("--codeowners and -o json contradict each other: CODEOWNERS has a format of its own")
    source = choose_source(registry, ref, worktree=worktree)
    with show_count("files read") as advance:
        loaded = load_valid(source, load_contract(), advance)
    if codeowners:
        _put_codeowners(source, loaded)
        return
    found = list_owners(loaded.registry, loaded.manifests)
    if output == "json":
        put(owners_text.render_owners_json(found))
    else:
        print_lines(owners_text.render_owners(found, measure_terminal(), choose_palette(sys.stdout)))


def _put_codeowners(source: Source, loaded: Loaded) -> None:
    teams = {team.name: team for team in read_policy(loaded.registry).teams}
    owner = read_owner(loaded.registry) if loaded.registry else None
    print_lines(owners_text.render_codeowners(source.folder, owner, read_team_folders(loaded.registry).sort(), teams))
