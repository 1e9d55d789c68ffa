"""Options shared by several commands, and the source of the desired state that they choose."""

import math
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeVar

import click

from reconciler.cli.output import note
from reconciler.cli.place import find_registry
from reconciler.core.errors import ToolregError
from reconciler.core.quote import quoted
from reconciler.desired.environments import open_environment
from reconciler.desired.git.process import GitError
from reconciler.desired.git.repository import Repository, is_installed
from reconciler.desired.git_files import GitTree, Index
from reconciler.desired.source import Source
from reconciler.desired.worktree_files import Worktree

_Command = TypeVar("_Command", bound=Callable[..., object])

_MOST_SECONDS: Final = 24 * 60 * 60
_DIGITS: Final = 64
_LONGEST_REASON: Final = 1000


class _NonEmpty(click.Option):
    """An option that rejects an empty value, as passed by a script with an unset variable.

    `expected` describes the expected value.
    """

    def __init__(self, *declarations: Any, expected: str, **attributes: Any) -> None:  # noqa: ANN401  click's signature.
        super().__init__(*declarations, **attributes)
        self._expected = expected

    def type_cast_value(self, ctx: click.Context, value: Any) -> Any:  # noqa: ANN401  click's signature.
        """Return the value. Raises click.BadParameter for an empty value."""
        if isinstance(value, str) and not value.strip():
            raise click.BadParameter(f"it is empty; is a variable not set? Expected {self._expected}", ctx, self)
        return super().type_cast_value(ctx, value)


class _Seconds(click.FloatRange):
    """A duration in seconds, from 0 to a day."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:  # noqa: ANN401
        """Return the number of seconds. Rejects nan, which passes every comparison with a limit."""
        seconds: float = super().convert(value, param, ctx)
        if math.isnan(seconds):
            self.fail(f"{value} is no time", param, ctx)
        return seconds


class _Digest(click.ParamType[str]):
    """The full digest of a plan: another plan may begin with the same digits."""

    name = "digest"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:  # noqa: ANN401
        """Return the digest in lower case, as printed."""
        if not re.fullmatch("[0-9a-f]+", value.lower()):
            self.fail(f"{quoted(value)} is no digest; expected the {_DIGITS} digits that plan shows", param, ctx)
        if len(value) != _DIGITS:
            self.fail(f"it has {len(value)} digits; the whole digest is needed, all {_DIGITS} of them", param, ctx)
        return str(value).lower()


registry_option = click.option(
    "--registry",
    "registry",
    cls=_NonEmpty,
    expected="a folder such as registry",
    type=click.Path(path_type=Path, file_okay=False),
    default=lambda: find_registry(Path.cwd()),
    show_default="registry, here or in a folder above",
    envvar="TOOLREG_REGISTRY",
    show_envvar=True,
    help="Folder that contains registry.yaml.",
)
database_option = click.option(
    "--database",
    cls=_NonEmpty,
    expected="the URL of a database, such as postgresql://db.example.com/tools",
    metavar="URL",
    help="PostgreSQL URL or connection string. Default: DATABASE_URL, else PG*, else the embedded server.",
)
lock_timeout_option = click.option(
    "--lock-timeout",
    type=_Seconds(min=0, max=_MOST_SECONDS),
    default=30.0,
    show_default=True,
    metavar="SECONDS",
    help="Wait at most this long for another writer.",
)


environment_option = click.option(
    "--env",
    "environment",
    cls=_NonEmpty,
    expected="the name of a folder in environments/",
    metavar="NAME",
    envvar="TOOLREG_ENV",
    show_envvar=True,
    help="Apply the patches in environments/NAME/ to the manifests.",
)
out_option = click.option(
    "--out",
    cls=_NonEmpty,
    expected="a file such as plan.json",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Also write the plan to FILE, for toolreg apply --plan.",
)
plan_option = click.option(
    "--plan",
    "plan_file",
    cls=_NonEmpty,
    expected="a file such as plan.json",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Apply exactly the plan written by toolreg plan --out, or refuse.",
)
expect_option = click.option(
    "--expect",
    cls=_NonEmpty,
    expected="the digest of a plan",
    type=_Digest(),
    metavar="DIGEST",
    help="Apply only a plan with this digest, or refuse.",
)
against_option = click.option(
    "--against",
    cls=_NonEmpty,
    expected="a commit, branch or tag",
    metavar="REF",
    help="The commit to compare with. [default: merge base with spec.branch of registry.yaml, else with origin/HEAD]",
)
merge_option = click.option(
    "--against",
    cls=_NonEmpty,
    expected="a commit, branch or tag",
    metavar="REF",
    help="Compare with the merge base of REF, without a database.",
)
policy_from_option = click.option(
    "--policy-from",
    cls=_NonEmpty,
    expected="a commit, branch or tag",
    metavar="REF",
    help="Read the policy (registry.yaml, exceptions.yaml, policy/) at this commit. [default: the checked files; for"
    " check with CI set, the commit to compare with]",
)
author_option = click.option(
    "--author",
    cls=_NonEmpty,
    expected="the name of a team",
    metavar="TEAM",
    help="Refuse changes of files that do not belong to this team, by the teams in registry.yaml of the policy.",
)
max_deletes_option = click.option(
    "--max-deletes",
    type=click.IntRange(min=0),
    metavar="N",
    help="Allow N deletions in total, instead of the limits in registry.yaml.",
)
max_usage_option = click.option(
    "--max-usage",
    type=click.IntRange(min=0),
    metavar="N",
    help="Delete, rename or break tools with up to N calls in 30 days, instead of the limit in registry.yaml.",
)
version_reuse_option = click.option(
    "--allow-version-reuse",
    is_flag=True,
    help="Accept a tool's version that an earlier revision had, with new content.",
)
no_delete_option = click.option(
    "--no-delete", is_flag=True, help="Keep resources that are no longer declared, and list them."
)


allow_branch_option = click.option(
    "--allow-branch", is_flag=True, help="Apply a commit that is not on spec.branch of registry.yaml."
)
yes_option = click.option(
    "-y", "--yes", is_flag=True, help="Do not ask on a terminal before writing to a server other than the embedded one."
)
override_suspend_option = click.option(
    "--override-suspend", is_flag=True, help="Apply despite a suspension or a freeze window of registry.yaml."
)


def _check_reason(_context: click.Context, _option: click.Parameter, value: str) -> str:
    """Return the reason without surrounding white space."""
    text = value.strip()
    if not 0 < len(text) <= _LONGEST_REASON:
        raise click.BadParameter(f"it has {len(text):,} characters; expected 1 to {_LONGEST_REASON:,}")
    # A shell passes on invalid UTF-8, which PostgreSQL does not store.
    if re.search("[\0\ud800-\udfff]", text):
        raise click.BadParameter("it is not UTF-8")
    return text


def reason_option(why: str) -> Callable[[_Command], _Command]:
    """Return the required option --reason; `why` is its help text."""
    return click.option("--reason", callback=_check_reason, required=True, metavar="TEXT", help=why)


_FULL: Final = "toolreg.full"


def _remember_full(context: click.Context, _option: click.Parameter, value: Any) -> None:  # noqa: ANN401  click's signature.
    context.meta[_FULL] = bool(value)


full_option = click.option(
    "--full",
    is_flag=True,
    expose_value=False,
    callback=_remember_full,
    help="Show every field in full, however long.",
)


def is_full() -> bool:
    """Whether the command runs with --full."""
    return bool(click.get_current_context().meta.get(_FULL))


def output_option(*formats: str) -> Callable[[_Command], _Command]:
    """Return the option -o with these formats; the first is the default."""
    choice = click.Choice(formats)
    return click.option("-o", "--output", type=choice, default=formats[0], show_default=True, help="Output format.")


def source_options(function: _Command) -> _Command:
    """Add the options for the source of the desired state."""
    for option in (
        click.option("--worktree", is_flag=True, help="Read the files in the work tree, committed or not."),
        click.option(
            "--ref",
            cls=_NonEmpty,
            expected="a commit, branch or tag",
            metavar="REF",
            help="Read a commit, branch or tag from git.",
        ),
        registry_option,
    ):
        function = option(function)
    return function


def choose_source(registry: Path, ref: str | None, *, worktree: bool, environment: str | None = None) -> Source:
    """Return the source of the desired state, with the patches of an environment.

    Raises UnknownEnvironment if the source has no such environment, ToolregError if the source is missing,
    click.UsageError if the options contradict each other.
    """
    if ref is not None and worktree:
        raise click.UsageError("--ref and --worktree contradict each other: a commit, or the files as they lie")
    source = _make_git_source(registry, ref) if ref is not None else _make_worktree_source(registry)
    return open_environment(source, environment)


def choose_index(registry: Path) -> Index:
    """Return git's index as the source. Raises ToolregError without a repository with a work tree."""
    repository = Repository.around(_find_existing(registry))
    if repository is None or repository.is_bare:
        what = "a bare repository has no index" if repository else f"{registry} is not in a git repository"
        raise ToolregError(f"--staged reads git's index, and {what}")
    return Index(repository, _find_folder(repository, registry))


def _make_git_source(registry: Path, ref: str) -> GitTree:
    repository = Repository.around(_find_existing(registry))
    if repository is None:
        why = f"{registry} is not in a git repository" if is_installed() else "git is not installed, or not on the PATH"
        raise GitError(f"{why}, so there is no {ref}; --worktree reads the files as they lie")
    folder = _find_folder(repository, registry)
    source = GitTree(repository, folder, ref)
    if ref == "HEAD" and not repository.is_bare and repository.is_dirty(folder):
        note(f"Uncommitted changes in {registry} are left out; --worktree would read them.")
    return source


def _make_worktree_source(registry: Path) -> Worktree:
    repository = Repository.around(_find_existing(registry))
    if repository and repository.is_bare:
        raise ToolregError("there are no files in a bare repository; --ref REF reads a commit, HEAD for instance")
    if not registry.is_dir():
        raise ToolregError(
            f"there is no folder {registry} here; toolreg init makes a registry, --registry DIR names another folder"
        )
    if repository is None:
        return Worktree(registry.resolve().parent, registry.resolve().name, None)
    return Worktree(repository.top, _find_folder(repository, registry), repository)


def _find_folder(repository: Repository, registry: Path) -> str:
    relative = make_relative_path(repository.top, registry)
    return "" if relative == "." else relative


def make_relative_path(top: Path, path: Path) -> str:
    """Return a path relative to the top of a repository, `.` for the top itself."""
    return os.path.relpath(path.resolve(), top.resolve())


def _find_existing(path: Path) -> Path:
    """Return the nearest existing folder: a registry of a commit may be missing from the work tree."""
    path = path.absolute()
    return next(parent for parent in (path, *path.parents) if parent.is_dir())
