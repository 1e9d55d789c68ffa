"""An embedded server on the network, for those who asked: containers, JDBC, other users of the machine."""

import contextlib
import os
import signal
import socket
import stat
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from reconciler.database import embedded
from reconciler.database.embedded import listening
from reconciler.database.embedded.listening import Endpoint
from tests.builders import Repository, run
from tests.test_embedded import postmaster, processes

pytestmark = pytest.mark.faults


def command_line(pid: int) -> bytes:
    """Return the words of a process, nothing of one that has ended meanwhile."""
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    return b""


def free_port(host: str = "127.0.0.1") -> int:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def folder(repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The state folder of a registry, with a server that was made and is down."""
    monkeypatch.setenv("TOOLREG_STATE_DIR", str(tmp_path / "state"))
    place = embedded.choose_folder(repository.top / "registry", {"TOOLREG_STATE_DIR": str(tmp_path / "state")})
    yield place
    embedded.stop(place)


def ask(url: str, query: str) -> object:
    with psycopg.connect(url, connect_timeout=10) as conn:
        row = conn.execute(query.encode()).fetchone()
        return row and row[0]


def refusal(url: str) -> str:
    with pytest.raises(psycopg.OperationalError) as caught:
        ask(url, "SELECT 1")
    return str(caught.value)


def test_the_network_reaches_it_with_the_password_only_and_until_it_stops(repository: Repository, folder: Path) -> None:
    endpoint = f"127.0.0.1:{free_port()}"

    started = run("db", "start", "--listen", endpoint, cwd=repository.top)
    url = run("db", "url", cwd=repository.top).out.strip()
    password = (folder / "password").read_text()
    words = b"".join(map(command_line, processes(folder)))

    assert started.code == 0, started.err
    assert f"It listens on {endpoint}" in started.err
    assert url == f"postgresql://toolreg:{password}@{endpoint}/toolreg"
    assert ask(url, "SELECT inet_server_port()") == int(endpoint.split(":")[1])
    assert "password authentication failed" in refusal(url.replace(password, "guessed"))
    assert "no password supplied" in refusal(f"postgresql://toolreg@{endpoint}/toolreg")
    assert stat.S_IMODE((folder / "password").stat().st_mode) == 0o600
    assert password not in started.out + started.err + (folder / "server.log").read_text()
    assert password.encode() not in words
    assert run("db", "start", cwd=repository.top).code == 0

    run("db", "stop", cwd=repository.top)
    assert "refused" in refusal(url)
    assert run("db", "url", cwd=repository.top).code == 1
    assert run("db", "start", cwd=repository.top).code == 0
    assert ask(embedded.format_conninfo(folder), "SHOW listen_addresses") == ""
    assert "refused" in refusal(url)


def test_rules_of_the_data_folder_let_nobody_in_without_a_password(repository: Repository, folder: Path) -> None:
    """The rules that initdb writes say that whoever comes from this machine is trusted."""
    endpoint = f"127.0.0.1:{free_port()}"
    with embedded.serve(folder):
        pass
    assert "trust" in (folder / "data" / "pg_hba.conf").read_text()

    run("db", "start", "--listen", endpoint, cwd=repository.top)

    assert "no password supplied" in refusal(f"postgresql://toolreg@{endpoint}/toolreg")


def test_a_server_that_is_up_is_not_restarted_to_listen(repository: Repository, folder: Path) -> None:
    run("db", "start", cwd=repository.top)
    number = postmaster(folder)

    result = run("db", "start", "--listen", f"127.0.0.1:{free_port()}", cwd=repository.top)

    assert result.code == 1
    assert "toolreg db stop, then the same command again" in result.err
    assert postmaster(folder) == number
    assert ask(embedded.format_conninfo(folder), "SHOW listen_addresses") == ""


def test_a_port_that_is_taken_is_told_and_stops_no_other_command(repository: Repository, folder: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        endpoint = f"127.0.0.1:{other.getsockname()[1]}"

        result = run("db", "start", "--listen", endpoint, cwd=repository.top)

        assert result.code == 1
        assert f"cannot listen on {endpoint}: another program listens there" in result.err
        assert run("apply", cwd=repository.top).code == 0
    assert not (folder / "keep").exists()


def test_after_a_kill_it_listens_again_with_the_same_password(repository: Repository, folder: Path) -> None:
    run("db", "start", "--listen", f"127.0.0.1:{free_port()}", cwd=repository.top)
    url = run("db", "url", cwd=repository.top).out.strip()
    os.kill(postmaster(folder), signal.SIGKILL)

    with embedded.serve(folder):
        assert ask(url, "SELECT 1") == 1


@pytest.mark.parametrize("host", ["::1", "0.0.0.0"])  # noqa: S104  It is what is tested.
def test_other_addresses(repository: Repository, folder: Path, host: str) -> None:
    try:
        endpoint = Endpoint(host, free_port(host))
    except OSError:
        pytest.skip(f"this machine has no {host}")

    started = run("db", "start", "--listen", str(endpoint), cwd=repository.top)

    assert ask(run("db", "url", cwd=repository.top).out.strip(), "SELECT 1") == 1
    assert ("Other machines may reach it" in started.err) is not endpoint.is_local
    assert (folder / "listen").read_text() == f"{endpoint}\n"


@pytest.mark.parametrize(
    "said",
    ["127.0.0.1", "5433", ":5433", "::1:5433", "[127.0.0.1]:5433", "127.0.0.1:0", "127.0.0.1:65536", "x:1", "*:1"],
)
def test_what_is_no_address_is_wrong_usage(repository: Repository, folder: Path, said: str) -> None:
    result = run("db", "start", "--listen", said, cwd=repository.top)

    assert result.code == 64
    assert "127.0.0.1:5433" in result.err
    assert not folder.exists()


def test_no_link_that_lies_in_the_data_folder_is_followed(folder: Path, tmp_path: Path) -> None:
    """As root: the server's user owns that folder, and root writes there."""
    (folder / "data").mkdir(parents=True)
    victim = tmp_path / "victim"
    victim.write_text("kept")
    (folder / "data" / "listening_hba.conf").symlink_to(victim)
    listening.write_endpoint(folder, Endpoint("127.0.0.1", free_port()))

    listening.prepare_network(folder)

    assert victim.read_text() == "kept"
    assert not (folder / "data" / "listening_hba.conf").is_symlink()
