"""Options that several commands share, and what they stand for."""

import math
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeVar

import click

from reconciler.cli.output import note
from reconciler.core.errors import ToolregError
from reconciler.core.quote import quoted
from reconciler.desired.git.process import GitError
from reconciler.desired.git.repository import Repository, is_installed
from reconciler.desired.source import GitTree, Source, Worktree

Command = TypeVar("Command", bound=Callable[..., object])

_MOST_SECONDS: Final = 24 * 60 * 60
_DIGITS: Final = 64
_LONGEST_REASON: Final = 1000


class _Said(click.Option):
    """An option that is not empty, as it would be where a script names a variable that is not set."""

    def type_cast_value(self, ctx: click.Context, value: Any) -> Any:  # noqa: ANN401  click's signature.
        """Return the value. Raises click.BadParameter where there is none after all."""
        if isinstance(value, str) and not value.strip():
            raise click.BadParameter("it is empty; is a variable not set?", ctx, self)
        return super().type_cast_value(ctx, value)


class _Seconds(click.FloatRange):
    """A time from nothing to a day."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:  # noqa: ANN401
        """Return the number of seconds. Compared with a limit, nan would pass any."""
        seconds: float = super().convert(value, param, ctx)
        if math.isnan(seconds):
            self.fail(f"{value} is no time", param, ctx)
        return seconds


class _Digest(click.ParamType[str]):
    """The digest of a plan, whole: another plan may begin with the same digits."""

    name = "digest"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:  # noqa: ANN401
        """Return it in small letters, as it is printed."""
        if not re.fullmatch("[0-9a-f]+", value.lower()):
            self.fail(f"{quoted(value)} is no digest; expected the {_DIGITS} digits that plan shows", param, ctx)
        if len(value) != _DIGITS:
            self.fail(f"it has {len(value)} digits; the whole digest is needed, all {_DIGITS} of them", param, ctx)
        return str(value).lower()


registry_option = click.option(
    "--registry",
    "registry",
    cls=_Said,
    type=click.Path(path_type=Path, file_okay=False),
    default="registry",
    show_default=True,
    envvar="TOOLREG_REGISTRY",
    show_envvar=True,
    help="The folder that holds registry.yaml.",
)
database_option = click.option(
    "--database",
    cls=_Said,
    metavar="URL",
    help="PostgreSQL URL or connection string. Else DATABASE_URL, else PG*, else the embedded server.",
)
lock_timeout_option = click.option(
    "--lock-timeout",
    type=_Seconds(min=0, max=_MOST_SECONDS),
    default=30.0,
    show_default=True,
    metavar="SECONDS",
    help="How long to wait for another writer.",
)


out_option = click.option(
    "--out",
    cls=_Said,
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write the plan to a file, too, for toolreg apply --plan.",
)
plan_option = click.option(
    "--plan",
    "plan_file",
    cls=_Said,
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Apply exactly what toolreg plan --out wrote, or refuse.",
)
expect_option = click.option(
    "--expect",
    cls=_Said,
    type=_Digest(),
    metavar="DIGEST",
    help="Apply only what has this plan digest, or refuse.",
)
max_deletes_option = click.option(
    "--max-deletes",
    type=click.IntRange(min=0),
    metavar="N",
    help="Allow N deletions in all, instead of what registry.yaml allows.",
)
no_delete_option = click.option(
    "--no-delete", is_flag=True, help="Leave what is no longer declared, and say what was left."
)


override_suspend_option = click.option(
    "--override-suspend", is_flag=True, help="Apply although it is suspended, or a window of registry.yaml is open."
)


def _reason(_context: click.Context, _option: click.Parameter, value: str) -> str:
    """Return a reason without the white space around it."""
    text = value.strip()
    if not 0 < len(text) <= _LONGEST_REASON:
        raise click.BadParameter(f"it has {len(text):,} characters; expected 1 to {_LONGEST_REASON:,}")
    # A shell passes on what is not UTF-8, and PostgreSQL stores none of it.
    if re.search("[\0\ud800-\udfff]", text):
        raise click.BadParameter("it is not UTF-8")
    return text


def reason_option(why: str) -> Callable[[Command], Command]:
    """Return the option that says why; `why` is its help."""
    return click.option("--reason", callback=_reason, required=True, metavar="TEXT", help=why)


_FULL: Final = "toolreg.full"


def _remember(context: click.Context, _option: click.Parameter, value: Any) -> None:  # noqa: ANN401  click's signature.
    context.meta[_FULL] = bool(value)


full_option = click.option(
    "--full",
    is_flag=True,
    expose_value=False,
    callback=_remember,
    help="Show every field whole, however long.",
)


def is_full() -> bool:
    """Whether the command was given --full."""
    return bool(click.get_current_context().meta.get(_FULL))


def output_option(*formats: str) -> Callable[[Command], Command]:
    """Return the option -o with these formats, the first being the default."""
    choice = click.Choice(formats)
    return click.option("-o", "--output", type=choice, default=formats[0], show_default=True, help="How to show it.")


def source_options(function: Command) -> Command:
    """Add the options that say where the desired state is read from."""
    for option in (
        click.option("--worktree", is_flag=True, help="Read the files as they lie, committed or not."),
        click.option("--ref", cls=_Said, metavar="REF", help="Read a commit, branch or tag from git."),
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
        why = f"{registry} is not in a git repository" if is_installed() else "git is not installed, or not on the PATH"
        raise GitError(f"{why}, so there is no {ref}; --worktree reads the files as they lie")
    folder = _folder(repository, registry)
    source = GitTree(repository, folder, ref)
    if ref == "HEAD" and not repository.is_bare and repository.is_dirty(folder):
        note(f"Uncommitted changes in {registry} are left out; --worktree would read them.")
    return source


def _lying(registry: Path) -> Worktree:
    repository = Repository.around(_existing(registry))
    if repository and repository.is_bare:
        raise ToolregError("there are no files in a bare repository; --ref REF reads a commit, HEAD for instance")
    if not registry.is_dir():
        raise ToolregError(f"there is no folder {registry} here; go to the top of the repository or say --registry DIR")
    if repository is None:
        return Worktree(registry.resolve().parent, registry.resolve().name, None)
    return Worktree(repository.top, _folder(repository, registry), repository)


def _folder(repository: Repository, registry: Path) -> str:
    relative = below(repository.top, registry)
    return "" if relative == "." else relative


def below(top: Path, path: Path) -> str:
    """Return a path as it is written from the top of a repository, `.` for the top itself."""
    return os.path.relpath(path.resolve(), top.resolve())


def _existing(path: Path) -> Path:
    """Return the nearest folder that is there: a commit may hold a registry that the work tree does not."""
    path = path.absolute()
    return next(parent for parent in (path, *path.parents) if parent.is_dir())
