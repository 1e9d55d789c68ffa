"""Shared by commands that read the database: parse names of resources and revisions, and open a snapshot."""

import shutil
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import click
from click.core import ParameterSource

from reconciler.cli import databases
from reconciler.cli.completing import complete_resource
from reconciler.cli.databases import choose_target
from reconciler.cli.output import note, put
from reconciler.core.errors import ToolregError
from reconciler.core.manifest.contract import Contract, Kind
from reconciler.core.manifest.kinds import find_kind, list_kind_words, list_resource_kinds
from reconciler.core.nearest import did_you_mean
from reconciler.core.quote import quoted
from reconciler.core.state.history import Applied
from reconciler.core.times import format_time
from reconciler.database.connection import Connection
from reconciler.database.target import Target
from reconciler.observed import history, registries, revision_names
from reconciler.observed.resources import open_snapshot
from reconciler.observed.revision_names import Point, Time
from reconciler.render.terminal import safe

NOTHING_YET: Final = "Nothing was applied yet; toolreg apply makes the first revision."


class _PointType(click.ParamType[Point]):
    """The number of a revision, the beginning of a commit id, or a time."""

    name = "revision"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Point:  # noqa: ANN401
        """Return the named point in the history."""
        if isinstance(value, Point):
            return value
        point = Point.of(value.strip())
        if point is None:
            expected = "41, 7 characters or more of a commit, or a time such as 2026-12-20T18:00:00+01:00"
            self.fail(f"{quoted(value)} names no revision; expected a number such as {expected}", param, ctx)
        return point


class _TimeType(click.ParamType[Time]):
    """A time, or an age such as 7d."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Time:  # noqa: ANN401
        """Return the time."""
        time = value if isinstance(value, Time) else Time.of(value.strip())
        if time is None:
            expected = "2026-12-20T18:00:00+01:00, 2026-12-20 18:00, or 7d for so long ago"
            self.fail(f"{quoted(value)} is no time; expected one such as {expected}", param, ctx)
        return time


POINT: Final = _PointType()
TIME: Final = _TimeType()
NUMBER: Final = click.IntRange(min=1, max=2**63 - 1)
"""The number of a revision."""

resource_argument = click.argument(
    "words", nargs=-1, required=True, metavar="KIND/NAME", shell_complete=complete_resource
)


def parse_kind(word: str, contract: Contract) -> Kind:
    """Return the kind named by a word. Raises ToolregError for an unknown kind."""
    kind = find_kind(contract, word)
    if kind is None:
        hint = did_you_mean(word.lower(), list_kind_words(contract))
        raise ToolregError(f"there is no kind of resource called {quoted(word)}; {hint}")
    return kind


def parse_resource(words: tuple[str, ...], contract: Contract) -> tuple[Kind, str]:
    """Return the kind and the name in `KIND/NAME` or `KIND NAME`, in lower case: names are compared without case."""
    parts = "/".join(words).split("/")
    if len(parts) == 1 and find_kind(contract, parts[0]) is None:
        raise click.UsageError(f"{quoted(parts[0])} is no KIND/NAME; {_suggest_kind(parts[0], contract)}")
    kind = parse_kind(parts[0], contract)
    if len(parts) == 1 or not parts[1]:
        raise click.UsageError(f"which {kind.name}? Say {kind.name}/NAME; toolreg get {kind.plural} lists them")
    if len(parts) > 2:  # noqa: PLR2004  A kind and a name.
        raise click.UsageError(f"expected one resource, as {kind.name}/NAME, but found {quoted(' '.join(words))}")
    return kind, parts[1].lower()


def _suggest_kind(name: str, contract: Contract) -> str:
    """Return a hint with the kinds whose folders hold a file of this name, or else with an example."""
    registry = click.get_current_context().params["registry"]
    kinds = list_resource_kinds(contract)
    files = (path for kind in kinds for path in (registry / kind.plural).rglob("*.yaml"))
    holding = {path.relative_to(registry).parts[0] for path in files if path.stem == name.lower()}
    meant = [f"{kind.name.lower()}/{name.lower()}" for kind in kinds if kind.plural in holding]
    if meant:
        return f"did you mean {quoted(' or '.join(meant))[1:-1]}?"
    return f"expected one such as {kinds[0].name.lower()}/NAME; toolreg get {kinds[0].plural} lists them"


@contextmanager
def open_for_reading(database: str | None, registry: Path) -> Iterator[Connection]:
    """Yield a connection to the database of a command, with a single snapshot."""
    with databases.open_target(choose_used_target(database, registry)) as connect, open_snapshot(connect) as conn:
        yield conn


def choose_used_target(database: str | None, registry: Path) -> Target:
    """Return the database of a command. Raises ToolregError if an embedded server would have to be created first."""
    target = choose_target(database, registry)
    if target.was_never_used:
        raise ToolregError(
            f"nothing was applied yet: the registry {quoted(str(registry.resolve()), limit=500)} has no embedded"
            " server; toolreg apply makes it. Or name another: --registry DIR, --database URL"
        )
    return target


def find_point(conn: Connection, point: Point) -> Applied:
    """Return the named revision. Prints a time on stderr if its meaning depends on the database session."""
    if point.time:
        return history.find_applied(conn, at=find_time(conn, point.time))
    return history.find_applied(
        conn, revision_names.find_revision(conn, point.commit) if point.commit else point.number
    )


def find_named_registry(conn: Connection) -> str | None:
    """Return the registry of the option --registry by its name in the database, None for all registries.

    Without the option, the command concerns every registry; so it does in a database with a single one.
    """
    # Most calls have no such option, and desired/ takes long to import.
    from reconciler.assets import load_contract  # noqa: PLC0415
    from reconciler.cli.options import choose_source  # noqa: PLC0415
    from reconciler.desired.load import load_registry_file  # noqa: PLC0415

    context = click.get_current_context()
    given = context.get_parameter_source("registry") in (ParameterSource.COMMANDLINE, ParameterSource.ENVIRONMENT)
    known = registries.list_heads(conn) if given else []
    if len(known) <= 1:
        return None
    folder: Path = context.params["registry"]
    file = load_registry_file(choose_source(folder, None, worktree=True), load_contract())
    name = registries.find_registry(conn, file.ref.name, file.moved_from).stored if file else ""
    if all(name != one.name for one in known):
        names = ", ".join(one.name for one in known)
        raise ToolregError(
            f"{quoted(str(folder))} holds no registry of this database, which has {safe(names, 500)};"
            " name the folder of another one, or leave --registry out"
        )
    return name


def find_time(conn: Connection, time: Time) -> datetime:
    """Return a time. Prints the time on stderr if its meaning depends on the database session."""
    moment, zone = revision_names.resolve_time(conn, time)
    if time.local:
        note(f"{time.local} is read in {safe(zone)}, the time zone of the database session: {format_time(moment)}.")
    return moment


def measure_terminal() -> int | None:
    """Return the width of the terminal on stdout, None without a terminal."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def print_lines(lines: Iterable[str]) -> None:
    """Print lines."""
    put("\n".join(lines))
