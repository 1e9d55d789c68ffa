"""The network is gone without a word, as when a cable is cut: either side notices by itself, and the lock is freed."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from reconciler.database import embedded
from tests.builders import Repository
from tests.faults.scene import Conn, content, eventually, postmaster

pytestmark = pytest.mark.faults

START = """
import sys
from pathlib import Path
from reconciler.database import embedded
from reconciler.database.embedded import server
server._SETTINGS["listen_addresses"] = "127.0.0.1"
embedded.start(Path(sys.argv[1]))
"""


@pytest.fixture
def network(
    own_server: Path,
    long: bool,  # noqa: FBT001  A fixture.
) -> Callable[..., subprocess.Popen[str]]:
    """Starts commands in a network of its own, where a server listens on 127.0.0.1."""
    if not long:
        pytest.skip("it takes half a minute until a network counts as dead: --long")
    begin = ["unshare", "--net", "sh", "-c", 'ip link set lo up && exec "$@"', "sh", sys.executable, "-c", START]
    if os.geteuid() != 0 or subprocess.run([*begin, own_server], check=False).returncode:
        pytest.skip("only root has a network to cut")
    enter = ["nsenter", f"--net=/proc/{postmaster(own_server)}/ns/net"]

    def start(*command: object, cwd: Path = own_server) -> subprocess.Popen[str]:
        words = [*enter, *map(str, command)]
        return subprocess.Popen(words, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    return start


def test_a_network_that_is_cut_is_noticed_on_both_sides(
    repository: Repository, own_server: Path, network: Callable[..., subprocess.Popen[str]]
) -> None:
    conninfo = embedded.format_conninfo(own_server)
    target = "postgresql://toolreg@127.0.0.1/toolreg"
    with psycopg.connect(conninfo) as holder, psycopg.connect(conninfo, autocommit=True) as conn:
        holder.execute(b"LOCK TABLE registry.history IN ACCESS EXCLUSIVE MODE")
        apply = network(
            sys.executable, "-m", "reconciler", "apply", "--lock-timeout", 300, "--database", target, cwd=repository.top
        )
        eventually(conn, b"SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)")
        assert writers(conn) == 1
        assert network("ip", "link", "set", "lo", "down").communicate() == ("", "")

        # 10 s until the first question whether the other is there, and four of them 5 s apart; and some more.
        _, err = apply.communicate(timeout=45)
        eventually(conn, b"SELECT NOT EXISTS (SELECT FROM pg_locks WHERE relation = 'yoyo.writer'::regclass)")

        assert apply.returncode == 4
        assert "error: the database does not answer: " in err
        assert "Nothing was changed in the database." in err
        assert writers(conn) == 0
    assert content(conninfo) == []


def writers(conn: Conn) -> int:
    row = conn.execute(b"SELECT count(*) FROM pg_locks WHERE relation = 'yoyo.writer'::regclass AND granted").fetchone()
    return int(row[0]) if row else -1
