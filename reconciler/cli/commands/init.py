"""toolreg init."""

import os
import re
from importlib.metadata import version
from pathlib import Path
from typing import Any

import click

from reconciler.assets import load_contract
from reconciler.cli.group import Command
from reconciler.cli.output import note, put
from reconciler.cli.place import find_registry
from reconciler.core.errors import ToolregError
from reconciler.core.manifest.layout import REGISTRY_FILE
from reconciler.core.quote import quoted
from reconciler.desired.git.process import run_git
from reconciler.desired.git.repository import Repository, is_installed
from reconciler.exchange.init import CI, FileState, Words, derive_name, initialize
from reconciler.render.terminal import safe


def _check_team(_context: click.Context, _option: click.Parameter, value: Any) -> str:  # noqa: ANN401  click's signature.
    if not re.fullmatch(r"[a-z0-9]([a-z0-9_.-]{0,61}[a-z0-9])?", str(value)):
        raise click.BadParameter(f"{quoted(str(value))} is no team; expected a word such as platform")
    return str(value)


@click.command(cls=Command)
@click.argument("folder", metavar="[DIR]", required=False, type=click.Path(path_type=Path, file_okay=False))
@click.option("--owner", metavar="TEAM", default="platform", callback=_check_team, show_default=True, help="Your team.")
@click.option("--ci", multiple=True, type=click.Choice([*CI]), help="Only the files of this CI. Can be repeated.")
def init(folder: Path | None, owner: str, ci: tuple[str, ...]) -> None:
    """Make a registry repository, or add missing files to one.

    Writes registry.yaml, an example of each kind, schemas and settings for editors, files for CI and pre-commit, and a
    README for your team. Never replaces a file; a registry in use gets no examples. Without DIR, takes the repository
    around if it has a registry, else the current folder.

    \b
    Example:
        toolreg init tools --owner payments --ci github
    """
    folder = folder or _find_folder()
    if (folder / REGISTRY_FILE).is_file():
        raise ToolregError(f"{quoted(str(folder), 200)} is itself the folder of a registry; name the folder around it")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ToolregError(f"{quoted(str(folder), 200)} cannot be created: {error.strerror}") from error
    words = Words(derive_name(folder), owner, version("toolreg"))
    states = []
    for placed in initialize(folder, words, frozenset(ci or CI), load_contract()):
        put(f"{placed.state:8}  {safe(os.path.relpath(folder / placed.path), 2000)}")
        states.append(placed.state)
    if FileState.LEFT_OUT in states:
        note("The registry is in use already, so it got no examples; toolreg new writes manifests.")
    _tell_next(folder, is_new=FileState.CREATED in states)


def _find_folder() -> Path:
    registry = find_registry(Path.cwd())
    return Path(os.path.relpath(registry.resolve().parent)) if (registry / REGISTRY_FILE).is_file() else Path()


def _tell_next(folder: Path, *, is_new: bool) -> None:
    if not is_installed():
        note("Install git next: the registry is applied from commits.")
        return
    repository = Repository.around(folder)
    if repository is None:
        run_git(folder, "init", "--quiet", "--initial-branch=main")
        put(f"created   {safe(os.path.relpath(folder / '.git'), 2000)}")
    elif repository.top.resolve() != folder.resolve():
        note("A CI reads its file at the top of the repository only: move the files of your CI there.")
    if is_new:
        where = "" if folder.resolve() == Path.cwd() else f"cd {safe(str(folder))} && "
        note(
            f"Next: {where}git add . && git commit --message 'Begin a registry'\n"
            "Then: toolreg validate, toolreg plan, and toolreg apply. Add a tool: toolreg new tool NAME. "
            "registry/README.md says more."
        )
