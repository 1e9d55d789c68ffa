"""What the commands that read back share: which resource is asked for, and how wide the terminal is."""

import shutil
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from reconciler.cli.databases import target_of
from reconciler.core.contract import Contract, Kind
from reconciler.core.kinds import kind_named, kind_words
from reconciler.core.nearest import did_you_mean
from reconciler.core.quote import quoted
from reconciler.database import Connection
from reconciler.errors import ToolregError
from reconciler.read import snapshot

resource_argument = click.argument("words", nargs=-1, required=True, metavar="KIND/NAME")


def kind_of(word: str, contract: Contract) -> Kind:
    """Return the kind that a word stands for. Raises ToolregError where there is none."""
    kind = kind_named(contract, word)
    if kind is None:
        hint = did_you_mean(word.lower(), kind_words(contract))
        raise ToolregError(f"there is no kind of resource called {quoted(word)}; {hint}")
    return kind


def resource_of(words: tuple[str, ...], contract: Contract) -> tuple[Kind, str]:
    """Return the kind and the name that `KIND/NAME` or `KIND NAME` stands for. Names are compared without case."""
    parts = "/".join(words).split("/")
    kind = kind_of(parts[0], contract)
    if len(parts) == 1 or not parts[1]:
        raise click.UsageError(f"which {kind.name}? Say {kind.name}/NAME; toolreg get {kind.plural} lists them")
    if len(parts) > 2:  # noqa: PLR2004  A kind and a name.
        raise click.UsageError(f"expected one resource, as {kind.name}/NAME, but found {quoted(' '.join(words))}")
    return kind, parts[1].lower()


@contextmanager
def opened(database: str | None, registry: Path) -> Iterator[Connection]:
    """Yield a connection to the database of a command, on one snapshot."""
    with target_of(database, registry).opened() as connect, snapshot(connect) as conn:
        yield conn


def terminal_width() -> int | None:
    """Return how wide the terminal is that stdout is, or None where it is none."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def show(lines: Iterable[str]) -> None:
    """Print lines."""
    click.echo("\n".join(lines))
