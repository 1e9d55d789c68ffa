"""toolreg db."""

import json
import os
import signal
import subprocess
from pathlib import Path
from urllib.parse import quote

import click

from reconciler import embedded
from reconciler.cli.commands import Command
from reconciler.cli.options import output_option, registry_option
from reconciler.cli.output import note
from reconciler.cli.progress import waiting
from reconciler.embedded import address
from reconciler.errors import ToolregError


@click.group()
def db() -> None:
    """Run the embedded PostgreSQL server.

    Commands start it when they need it and stop it again. `db start` keeps it up, for psql and for programs of yours.

    \b
    Example:
        toolreg db start
        psql "$(toolreg db url)"
    """


@db.command(cls=Command)
@registry_option
@output_option("text", "json")
def start(registry: Path, output: str) -> None:
    """Start the server and keep it up, until `toolreg db stop`.

    Prints the URL by which psql and drivers reach it.

    \b
    Example:
        toolreg db start
    """
    from reconciler.target import Target  # noqa: PLC0415  Imports psycopg, which the other commands here do not need.

    folder = _folder(registry)
    with waiting("starting the embedded server"), Target(None, folder).opened():
        embedded.start(folder)
    _show_url(folder, output)
    note("The embedded server stays up until: toolreg db stop")


@db.command(cls=Command)
@registry_option
def stop(registry: Path) -> None:
    """Stop the server, whoever uses it.

    Open transactions are rolled back. The next command that needs it starts it again.

    \b
    Example:
        toolreg db stop
    """
    stopped = embedded.stop(_folder(registry))
    note("The embedded server is stopped." if stopped else "The embedded server was not running.")


@db.command(cls=Command)
@registry_option
@output_option("text", "json")
def url(registry: Path, output: str) -> None:
    """Print the URL by which psql and drivers reach the running server.

    \b
    Example:
        psql "$(toolreg db url)"
    """
    folder = _folder(registry)
    if embedded.running(folder) is None:
        raise ToolregError("the embedded server is not running. To start it and keep it up: toolreg db start")
    _show_url(folder, output)


@db.command(cls=Command, context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
@registry_option
@click.argument("arguments", nargs=-1, metavar="[ARGS]...", type=click.UNPROCESSED)
def psql(registry: Path, arguments: tuple[str, ...]) -> int:
    """Run psql on the server, which is up meanwhile.

    ARGS are for psql, whose exit code is that of this command.

    \b
    Example:
        toolreg db psql -c 'SELECT name, owner FROM api.tools'
    """
    from reconciler.target import Target  # noqa: PLC0415  As above.

    folder = _folder(registry)
    with waiting("starting the embedded server"), Target(None, folder).opened():
        return _run([*embedded.psql_command(folder), *arguments])


def _folder(registry: Path) -> Path:
    return embedded.folder_for(registry, os.environ)


def _show_url(folder: Path, output: str) -> None:
    address_of_server = _url(folder)
    click.echo(json.dumps({"url": address_of_server}, indent=2) if output == "json" else address_of_server)


def _url(folder: Path) -> str:
    """Return a connection URI of libpq (its manual, 34.1.1.2): a socket's folder is named as a parameter."""
    host = quote(str(address.host(folder)), safe="/")
    return f"postgresql:///toolreg?host={host}&port={address.PORT}&user=toolreg"


def _run(command: list[str]) -> int:
    # Ctrl-C is for psql, where it cancels a query. A handler, unlike SIG_IGN, is not inherited.
    before = signal.signal(signal.SIGINT, lambda *_: None)
    try:
        return subprocess.run(command, check=False).returncode  # noqa: S603  psql of our own, and the user's arguments.
    finally:
        signal.signal(signal.SIGINT, before)
