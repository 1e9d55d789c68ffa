"""toolreg db."""

import os
import signal
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import click

from reconciler.cli.group import Command, Group
from reconciler.cli.options import output_option, registry_option
from reconciler.cli.output import note, put
from reconciler.cli.progress import show_wait
from reconciler.core.errors import ToolregError
from reconciler.core.quote import quoted
from reconciler.database import embedded
from reconciler.database.embedded import address
from reconciler.render import json_document

if TYPE_CHECKING:
    from reconciler.database.connection import Connection
    from reconciler.database.embedded.listening import Endpoint


class _Endpoint(click.ParamType["Endpoint"]):
    """ADDRESS:PORT, with an IPv6 address in brackets."""

    name = "address:port"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> "Endpoint":  # noqa: ANN401
        """Return the parsed endpoint."""
        from reconciler.database.embedded import listening  # noqa: PLC0415  Few servers listen on the network.

        try:
            return listening.Endpoint.parse(value)
        except ValueError:
            self.fail(
                f"{quoted(value)} is no address and port; expected one as 127.0.0.1:5433 or [::1]:5433", param, ctx
            )


@click.group(cls=Group)
def db() -> None:
    """Run the embedded PostgreSQL server.

    Commands start the server on demand and stop it again. `db start` keeps the server up, for psql and your programs.

    \b
    Example:
        toolreg db start
        psql "$(toolreg db url)"
    """


@db.command(cls=Command)
@registry_option
@click.option(
    "--listen",
    type=_Endpoint(),
    help="Also listen on this network address until the server stops; clients need a password.",
)
@output_option("text", "json")
def start(registry: Path, listen: "Endpoint | None", output: str) -> None:
    """Start the server and keep it up until `toolreg db stop`.

    Prints the URL for psql and drivers, which names a socket in a folder of yours. With --listen, containers, JDBC and
    other users can connect, too, with the URL printed by `toolreg db url`.

    \b
    Example:
        toolreg db start
        toolreg db start --listen 127.0.0.1:5433
    """
    from reconciler.database.target import Target  # noqa: PLC0415  Imports psycopg, which the other commands here do not need.

    folder = _find_folder(registry)
    embedded.listen(folder, listen)
    try:
        with show_wait("starting the embedded server"), Target(None, folder).open() as connect:
            if _read_endpoint(folder):
                with connect() as conn:
                    _set_password(conn, folder)
            embedded.start(folder)
    except embedded.EmbeddedError:
        embedded.listen(folder, None)  # Else every command would fail to start the server on this address.
        raise
    _show_url(_make_url(folder), output)
    _note_network(folder)
    note("The embedded server stays up until: toolreg db stop")


@db.command(cls=Command)
@registry_option
def stop(registry: Path) -> None:
    """Stop the server, even if it is in use.

    Open transactions are rolled back. The next command that needs the server starts it again.

    \b
    Example:
        toolreg db stop
    """
    stopped = embedded.stop(_find_folder(registry))
    note("The embedded server is stopped." if stopped else "The embedded server was not running.")


@db.command(cls=Command)
@registry_option
@output_option("text", "json")
def url(registry: Path, output: str) -> None:
    """Print the URL of the running server, for psql and drivers.

    If the server listens on the network, prints the network URL, with the password.

    \b
    Example:
        psql "$(toolreg db url)"
    """
    folder = _find_folder(registry)
    if embedded.find_running(folder) is None:
        raise ToolregError("the embedded server is not running. To start it and keep it up: toolreg db start")
    _show_url(_make_network_url(folder) or _make_url(folder), output)


@db.command(cls=Command, context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
@registry_option
@click.argument("arguments", nargs=-1, metavar="[ARGS]...", type=click.UNPROCESSED)
def psql(registry: Path, arguments: tuple[str, ...]) -> int:
    """Run psql on the server, started if necessary.

    The server stays up while psql runs. ARGS are passed to psql; the command exits with the exit code of psql.

    \b
    Example:
        toolreg db psql -c 'SELECT name, owner FROM api.tools'
    """
    from reconciler.database.target import Target  # noqa: PLC0415  As above.

    folder = _find_folder(registry)
    with show_wait("starting the embedded server"), Target(None, folder).open():
        return _run_psql([*embedded.psql_command(folder), *arguments])


def _find_folder(registry: Path) -> Path:
    return embedded.choose_folder(registry, os.environ)


def _show_url(address_of_server: str, output: str) -> None:
    put(json_document.render_json({"url": address_of_server}) if output == "json" else address_of_server)


def _read_endpoint(folder: Path) -> "Endpoint | None":
    from reconciler.database.embedded import listening  # noqa: PLC0415  Few servers listen on the network.

    return listening.read_endpoint(folder)


def _make_network_url(folder: Path) -> str | None:
    from reconciler.database.embedded import listening  # noqa: PLC0415  As above.

    endpoint = listening.read_endpoint(folder)
    if endpoint is None:
        return None
    host = replace(endpoint, host=endpoint.reached_at)
    return f"postgresql://toolreg:{listening.obtain_password(folder)}@{host}/toolreg"


def _set_password(conn: "Connection", folder: Path) -> None:
    """Set the password as a SCRAM verifier: the server never sees, nor logs, the text."""
    from reconciler.assets import load_query  # noqa: PLC0415  As above.
    from reconciler.database.embedded import listening  # noqa: PLC0415
    from reconciler.database.rows import StatementRow, read_row  # noqa: PLC0415

    text = listening.obtain_password(folder).encode()
    verifier = conn.pgconn.encrypt_password(text, b"toolreg", b"scram-sha-256").decode()
    row = read_row(conn, StatementRow, load_query("cli/set_embedded_password"), {"verifier": verifier})
    conn.execute(row.statement.encode())


def _note_network(folder: Path) -> None:
    endpoint = _read_endpoint(folder)
    if endpoint is None:
        return
    note(f"It listens on {endpoint}, as user toolreg; with the password: toolreg db url")
    if not endpoint.is_local:
        note("Other machines may reach it: the password alone keeps them out, and the traffic is not encrypted.")


def _make_url(folder: Path) -> str:
    """Return a connection URI of libpq (its manual, 34.1.1.2), with the folder of the socket as a parameter."""
    host = quote(str(address.prepare_host(folder)), safe="/")
    return f"postgresql:///toolreg?host={host}&port={address.PORT}&user=toolreg"


def _run_psql(command: list[str]) -> int:
    # psql handles Ctrl-C, to cancel a query. A handler, unlike SIG_IGN, is not inherited.
    before = signal.signal(signal.SIGINT, lambda *_: None)
    try:
        return subprocess.run(command, check=False).returncode  # noqa: S603  psql of our own, and the user's arguments.
    finally:
        signal.signal(signal.SIGINT, before)
