"""Options that several commands share, and what they stand for."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import click

from reconciler.cli.output import note
from reconciler.errors import ToolregError
from reconciler.git import GitError, Repository
from reconciler.source import GitTree, Source, Worktree

Command = TypeVar("Command", bound=Callable[..., object])

registry_option = click.option(
    "--registry",
    "registry",
    type=click.Path(path_type=Path, file_okay=False),
    default="registry",
    show_default=True,
    envvar="TOOLREG_REGISTRY",
    show_envvar=True,
    help="The folder that holds registry.yaml.",
)
database_option = click.option(
    "--database",
    metavar="URL",
    help="PostgreSQL URL or connection string. Else DATABASE_URL, else PG*, else the embedded server.",
)
lock_timeout_option = click.option(
    "--lock-timeout",
    type=click.FloatRange(min=0),
    default=30.0,
    show_default=True,
    metavar="SECONDS",
    help="How long to wait for another writer.",
)


def output_option(*formats: str) -> Callable[[Command], Command]:
    """Return the option -o with these formats, the first being the default."""
    choice = click.Choice(formats)
    return click.option("-o", "--output", type=choice, default=formats[0], show_default=True, help="How to show it.")


def source_options(function: Command) -> Command:
    """Add the options that say where the desired state is read from."""
    for option in (
        click.option("--worktree", is_flag=True, help="Read the files as they lie, committed or not."),
        click.option("--ref", metavar="REF", help="Read a commit, branch or tag from git."),
        registry_option,
    ):
        function = option(function)
    return function


def source_of(registry: Path, ref: str | None, *, worktree: bool) -> Source:
    """Return what to read. Raises ToolregError where it is not there, click.UsageError where the options contradict."""
    if ref is not None and worktree:
        raise click.UsageError("--ref and --worktree contradict each other: a commit, or the files as they lie")
    if ref is not None:
        return _committed(registry, ref)
    return _lying(registry)


def _committed(registry: Path, ref: str) -> GitTree:
    repository = Repository.around(_existing(registry))
    if repository is None:
        raise GitError(
            f"{registry} is not in a git repository, so there is no {ref}; --worktree reads the files as they lie"
        )
    folder = _below(repository.top, registry)
    source = GitTree(repository, folder, repository.commit(ref))
    if ref == "HEAD" and repository.is_dirty(folder):
        note(f"Uncommitted changes in {registry} are left out; --worktree would read them.")
    return source


def _lying(registry: Path) -> Worktree:
    if not registry.is_dir():
        raise ToolregError(f"there is no folder {registry} here; go to the top of the repository or say --registry DIR")
    repository = Repository.around(registry)
    if repository is None:
        return Worktree(registry.resolve().parent, registry.resolve().name, None)
    return Worktree(repository.top, _below(repository.top, registry), repository)


def _below(top: Path, registry: Path) -> str:
    relative = os.path.relpath(registry.resolve(), top.resolve())
    return "" if relative == "." else relative


def _existing(path: Path) -> Path:
    """Return the nearest folder that is there: a commit may hold a registry that the work tree does not."""
    path = path.absolute()
    return next(parent for parent in (path, *path.parents) if parent.is_dir())
