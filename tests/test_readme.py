"""The README shows what really happens: its commands are run, and their output is compared."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from reconciler.cli.exits import ExitCode
from reconciler.cli.group import COMMANDS
from reconciler.database import embedded
from reconciler.database.embedded import binaries
from tests.builders import Repository
from tests.conftest import Golden

_PROJECT = Path(__file__).parent.parent
_README = _PROJECT / "README.md"
_MANUAL = _PROJECT / "reconciler/MANUAL.md"
_PROMISES = _PROJECT / "tests/README.md"
_CONSOLE = re.compile(r"^```console\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_AT_GITHUB = "https://github.com/toolreg/toolreg/blob/main/"
# What is another one each time it is run.
_VARIES = (
    (re.compile(r"in \d+\.\d+ s\b"), "in 0.02 s"),
    (re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?([+-]\d\d(:?\d\d)?|Z)?"), "2026-11-22T12:00:00+00:00"),
    (re.compile(r"\b20\d\d-\d\d-\d\d\b"), "2026-11-22"),
)


def shell_blocks() -> list[str]:
    return re.findall(r"^```sh\n(.*?)\n^```$", _README.read_text("utf-8"), re.DOTALL | re.MULTILINE)


@pytest.mark.slow
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

    for page in (_README, _MANUAL):
        golden.check(_CONSOLE.sub(replay, page.read_text("utf-8")), page)


def test_the_first_two_blocks_are_one_line_each() -> None:
    first, second = shell_blocks()[:2]

    assert "toolreg apply" in first
    assert "pytest" in second
    assert all("\n" not in block and block.startswith("python3 -m venv .venv && ") for block in (first, second))


def test_a_registry_of_ones_own_is_begun_as_the_readme_says(tmp_path: Path) -> None:
    (block,) = (block for block in shell_blocks() if "toolreg init" in block)
    (tmp_path / "own").mkdir()

    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", block],
        cwd=tmp_path / "own",
        env=os.environ
        | {
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "TOOLREG_STATE_DIR": str(tmp_path / "state"),
            **{f"GIT_{who}_{what}": "ada@example.com" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")},
        },
        check=False,
        capture_output=True,
        text=True,
    )

    assert done.returncode == 0, done.stderr
    assert "4 files, 4 valid, 0 invalid" in done.stdout
    assert "5 files, 5 valid, 0 invalid" in done.stdout
    assert "Applied as revision 2" in done.stderr


def test_the_readme_is_read_in_a_few_minutes() -> None:
    assert len(_README.read_bytes()) <= 8 << 10


@pytest.mark.parametrize(
    "page", [_README, _MANUAL, _PROMISES, *_PROJECT.glob("*/README.md"), *_PROJECT.glob(".github/*.md")]
)
def test_every_link_leads_somewhere(page: Path) -> None:
    """Those of the README are whole addresses: the package index shows it, too."""
    text = page.read_text("utf-8")
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        path, _, heading = target.removeprefix(_AT_GITHUB).partition("#")
        if path.startswith("https://"):
            continue
        file = (_PROJECT if target.startswith(_AT_GITHUB) else page.parent) / path if path else page
        assert page != _README or target.startswith("https://"), target
        assert file.exists(), target
        headings = re.findall(r"^#+ (.*)$", file.read_text("utf-8"), re.MULTILINE) if heading else []
        assert heading in {"", *(re.sub(r"[^\w -]", "", one).lower().replace(" ", "-") for one in headings)}, target


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
    promises = _PROMISES.read_text("utf-8").partition("## Promises")[2].partition("\n## ")[0]
    rows = [line.strip("| ").rpartition(" | ") for line in promises.splitlines() if line.startswith("| ")][1:]

    assert rows
    for promise, _, tests in rows:
        named = re.findall(r"`([\w/]+\.py)::(\w+)`", tests)
        assert named, promise
        for path, name in named:
            assert f"\ndef {name}(" in (_PROJECT / path).read_text("utf-8"), (promise, path, name)


def test_every_exit_code_is_in_the_manual() -> None:
    table = _MANUAL.read_text("utf-8").partition("## Exit codes")[2].partition("## ")[0]

    assert {int(code) for code in re.findall(r"\b\d+\b", table.replace("|---|", ""))} == set(ExitCode)
