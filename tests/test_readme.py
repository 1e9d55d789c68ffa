"""The README shows what really happens: its commands are run, and their output is compared."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import psycopg
from psycopg.conninfo import conninfo_to_dict

from reconciler.cli.exits import ExitCode
from reconciler.cli.group import COMMANDS
from reconciler.database import embedded
from reconciler.database.embedded import binaries
from tests.builders import Repository
from tests.conftest import Golden

_PROJECT = Path(__file__).parent.parent
_README = _PROJECT / "README.md"
_CONSOLE = re.compile(r"^```console\n(.*?)^```$", re.DOTALL | re.MULTILINE)
# What is another one each time it is run.
_VARIES = (
    (re.compile(r"in \d+\.\d+ s\b"), "in 0.02 s"),
    (re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?([+-]\d\d(:?\d\d)?|Z)?"), "2026-11-22T12:00:00+00:00"),
    (re.compile(r"\b20\d\d-\d\d-\d\d\b"), "2026-11-22"),
)


def shell_blocks() -> list[str]:
    return re.findall(r"^```sh\n(.*?)\n^```$", _README.read_text("utf-8"), re.DOTALL | re.MULTILINE)


def test_what_the_readme_shows_is_what_happens(tmp_path: Path, golden: Golden) -> None:
    """All console blocks, one after the other, on a copy of the shipped registry in a repository of its own."""
    top = tmp_path / "acme"
    shutil.copytree(_PROJECT / "registry", top / "registry")
    environment = os.environ | {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "TOOLREG_STATE_DIR": str(tmp_path / "state"),
        "GIT_CONFIG_GLOBAL": str(tmp_path / "gitconfig"),
        # The same commit ids each time.
        "GIT_AUTHOR_DATE": "2026-11-22T12:00:00Z",
        "GIT_COMMITTER_DATE": "2026-11-22T12:00:00Z",
        "COLUMNS": "100",
    }

    def run(command: str) -> str:
        result = subprocess.run(
            ["bash", "-c", command],
            cwd=top,
            env=environment,
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        return result.stdout

    run("git config --global user.name 'Ada Lovelace' && git config --global user.email ada@example.com")
    run("git init --quiet --initial-branch main && git add --all && git commit --quiet --message Begin")

    def replay(block: re.Match[str]) -> str:
        commands = [line for line in block[1].splitlines() if line.startswith("$ ")]
        shown = "".join(f"{command}\n{run(command[2:])}" for command in commands)
        for pattern, usual in _VARIES:
            shown = pattern.sub(usual, shown)
        return f"```console\n{shown}```"

    golden.check(_CONSOLE.sub(replay, _README.read_text("utf-8")), _README)


def test_the_first_two_blocks_are_one_line_each() -> None:
    first, second = shell_blocks()[:2]

    assert "toolreg apply" in first
    assert "pytest" in second
    assert all("\n" not in block and block.startswith("python3 -m venv .venv && ") for block in (first, second))


def test_a_server_of_ones_own_takes_four_lines(repository: Repository, tmp_path: Path) -> None:
    (block,) = (block for block in shell_blocks() if "CREATE ROLE" in block)
    programs = f"{Path(sys.executable).parent}:{Path(binaries.locate().path('psql')).parent}"

    with embedded.serve(tmp_path / "server") as conninfo:
        with psycopg.connect(conninfo, autocommit=True) as conn:
            conn.execute("CREATE DATABASE postgres")
        host = str(conninfo_to_dict(conninfo)["host"])
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", block.replace("@localhost:5432/tools", f"@/tools?host={host}")],
            cwd=repository.top,
            env=os.environ | {"PATH": f"{programs}:{os.environ['PATH']}", "PGHOST": host, "PGUSER": "toolreg"},
            check=False,
            capture_output=True,
            text=True,
        )

    assert len(block.splitlines()) == 4
    assert done.returncode == 0, done.stderr
    assert "Applied as revision 1" in done.stderr


def test_every_command_is_in_the_readme() -> None:
    text = _README.read_text("utf-8")

    assert [name for name in COMMANDS if f"`toolreg {name}" not in text] == []


def test_every_promise_names_tests_that_are_there() -> None:
    promises = _README.read_text("utf-8").partition("## Promises")[2].partition("\n## ")[0]
    rows = [line.strip("| ").rpartition(" | ") for line in promises.splitlines() if line.startswith("| ")][1:]

    assert rows
    for promise, _, tests in rows:
        named = re.findall(r"`([\w/]+\.py)::(\w+)`", tests)
        assert named, promise
        for path, name in named:
            assert f"\ndef {name}(" in (_PROJECT / path).read_text("utf-8"), (promise, path, name)


def test_every_exit_code_is_in_the_readme() -> None:
    table = _README.read_text("utf-8").partition("## Exit codes")[2].partition("## ")[0]

    assert {int(code) for code in re.findall(r"\b\d+\b", table.replace("|---|", ""))} == set(ExitCode)
