"""Run with `python -m tests.benchmarks`; the README beside this says what each row means."""

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from pathlib import Path
from typing import Final

import click

from reconciler.database import embedded
from tests.benchmarks import (
    analytics,
    analytics_series,
    applying,
    checking,
    logging,
    planning,
    reading,
    reconciling,
    searching,
    serving,
    starting,
    validating,
    watching,
)
from tests.benchmarks.generate import generate
from tests.benchmarks.measure import Row, table
from tests.builders import Repository


@dataclass
class Bench:
    """Where the benchmarks find what they need. A server is started only when one asks for it."""

    folder: Path
    database: str | None
    prefix: str
    stack: ExitStack

    @cached_property
    def server(self) -> str:
        """How libpq reaches a server on which databases may be made."""
        return self.database or self.stack.enter_context(embedded.serve(self.folder / "server"))

    @property
    def name(self) -> str:
        """The name of a database of this run."""
        return f"{self.prefix}_{os.getpid()}"

    def registry(self, size: int) -> Repository:
        """Return a registry of this size; it is generated when it is not there yet."""
        return generate(self.folder / str(size), size)


_ONCE: Final[dict[str, Callable[[Bench], Iterator[Row]]]] = {
    "read": lambda _: reading.rows(),
    "start": lambda bench: starting.rows(bench.folder),
    "serve": lambda _: serving.rows(),
    "pairs": lambda _: checking.pairs(),
}
_FOR_EACH_SIZE: Final[dict[str, Callable[[Bench, int], Iterator[Row]]]] = {
    "validate": lambda bench, size: validating.rows(bench.registry(size), size),
    "watch": lambda bench, size: watching.rows(bench.registry(size), size),
    "check": lambda bench, size: checking.rows(bench.registry(size), size),
    "apply": lambda bench, size: applying.rows(bench.registry(size), bench.server, bench.name, size),
    "search": lambda bench, size: searching.rows(bench.server, bench.name, size),
    "plan": lambda bench, size: planning.rows(bench.registry(size), bench.server, bench.name, size),
    "reconcile": lambda bench, size: reconciling.rows(bench.registry(size), bench.server, bench.name, size),
}
_FOR_EACH_LOG: Final[dict[str, Callable[[Bench, int], Iterator[Row]]]] = {
    "log": lambda bench, calls: logging.rows(bench.registry(1_000), bench.server, bench.name, calls),
    "analytics": lambda bench, calls: analytics.rows(bench.server, bench.name, calls),
    "analytics-monthly": lambda bench, calls: analytics.rows(bench.server, bench.name, calls, 30),
    "analytics-series": lambda bench, calls: analytics_series.rows(bench.server, bench.name, calls),
}
_ONLY_WHEN_ASKED_FOR: Final = {"analytics-monthly", "analytics-series"}


def _sizes(_context: click.Context, _parameter: click.Parameter, value: str) -> list[int]:
    try:
        return [int(part) for part in value.split(",")]
    except ValueError:
        raise click.BadParameter("expected numbers such as 1000,10000") from None


@click.command()
@click.option("--sizes", default="1000,10000,100000", show_default=True, callback=_sizes, help="Of the registries.")
@click.option("--calls", default="1000000,10000000", show_default=True, callback=_sizes, help="Logged in a month.")
@click.option(
    "--only", type=click.Choice([*_ONCE, *_FOR_EACH_SIZE, *_FOR_EACH_LOG]), multiple=True, help="Some of the rows."
)
@click.option("--keep", type=click.Path(path_type=Path, file_okay=False), help="Generate here, and leave it there.")
@click.option("--database", metavar="URL", help="A superuser's connection to a server. Else an embedded one.")
@click.option("--prefix", default="toolreg_benchmark", show_default=True, help="Of the names of databases.")
def main(
    sizes: list[int], calls: list[int], only: tuple[str, ...], keep: Path | None, database: str | None, prefix: str
) -> None:
    """Measure the rows of DESIGN.md's table of speed that exist by now."""

    def is_wanted(name: str) -> bool:
        return name in only if only else name not in _ONLY_WHEN_ASKED_FOR

    with ExitStack() as stack:
        folder = keep or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="toolreg-benchmark-")))
        folder.mkdir(parents=True, exist_ok=True)
        bench = Bench(folder.absolute(), database, prefix, stack)
        for name, rows in _ONCE.items():
            if is_wanted(name):
                _show(rows(bench))
        for numbers, benchmarks in ((sizes, _FOR_EACH_SIZE), (calls, _FOR_EACH_LOG)):
            for number, (name, measure) in product(numbers, benchmarks.items()):
                if is_wanted(name):
                    _show(measure(bench, number))
        if is_wanted("search"):
            click.echo("\n".join(searching.qualities(bench.server, bench.name)) + "\n")
        if is_wanted("validate"):
            for missing in validating.missing_peers():
                click.echo(f"{missing} is not installed, so it was not measured.")


def _show(rows: Iterator[Row]) -> None:
    click.echo("\n".join(table(rows)) + "\n")


if __name__ == "__main__":
    main()
