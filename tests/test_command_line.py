"""The command line in the hand: exit codes, pipes, colours, JSON errors."""

import os
import subprocess
import sys
from importlib import import_module

import pytest

from reconciler.cli.commands import COMMANDS
from tests.builders import Repository, tool
from tests.conftest import Toolreg


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_helped_with_an_example(toolreg: Toolreg, name: str) -> None:
    result = toolreg.offline(name, "--help")

    assert result.code == 0
    assert COMMANDS[name] in result.out
    assert name == "db" or f"    toolreg {name}" in result.out


@pytest.mark.parametrize("arguments", [["nonsense"], ["plan", "--nonsense"], ["plan", "--ref", "HEAD", "--worktree"]])
def test_wrong_usage_exits_with_64(toolreg: Toolreg, arguments: list[str]) -> None:
    """Click's own 2 would read as "changes present"."""
    assert toolreg.offline(*arguments).code == 64


def test_an_error_is_json_too_where_the_result_would_be(repository: Repository, toolreg: Toolreg) -> None:
    repository.add(tool(service="nobody"))
    repository.commit()

    for result in (toolreg("plan", "-o", "json"), toolreg("apply", "-o", "json")):
        assert result.code == 1
        assert result.json["diagnostics"][0]["rule"] == "dangling-reference"
    assert toolreg("plan", "--ref", "nowhere", "-o", "json").json["error"].startswith('"nowhere" names no commit')


def test_apply_in_json_says_which_revision_it_became(repository: Repository, toolreg: Toolreg) -> None:
    repository.add(tool())
    repository.commit()

    first, again = toolreg("apply", "-o", "json").json, toolreg("apply", "-o", "json").json

    assert (first["revision"], first["summary"]["create"]) == (1, 2)
    assert ("revision" in again, again["baseRevision"], again["changes"]) == (False, 1, [])


def test_a_reader_that_leaves_early_is_no_error(repository: Repository, database: str) -> None:
    """More than fits into a pipe is printed, and only the first line is read."""
    repository.add(*(tool(f"tool{number}", metadata={"description": "long " * 500}) for number in range(200)))
    repository.commit()
    command = [sys.executable, "-m", "reconciler", "plan", "--ref", "HEAD", "-o", "json", "--database", database]
    # Unbuffered, Python takes a write that was cut short for a whole one, and does not notice.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=repository.top, stdout=pipe, stderr=pipe, env=environment) as process:
        assert process.stdout
        assert process.stderr
        assert process.stdout.readline() == b"{\n"
        process.stdout.close()
        assert process.stderr.read() == b""

    assert process.returncode == 141


@pytest.mark.parametrize(
    ("environment", "coloured"),
    [({}, False), ({"FORCE_COLOR": "1"}, True), ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, False)],
    ids=["pipe", "forced", "refused"],
)
def test_colours_are_for_who_wants_them(
    toolreg: Toolreg,
    monkeypatch: pytest.MonkeyPatch,
    environment: dict[str, str],
    coloured: bool,  # noqa: FBT001  A column of the table.
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    assert ("\x1b[" in toolreg("plan").out) is coloured


def test_commands_are_imported_only_when_they_run() -> None:
    """A fresh Python that prints the help has imported none of what is slow."""
    slow = ["psycopg", "pydantic", "jsonschema", "rich", "yoyo", "yaml", "jsonschema_rs"]
    script = (
        "import sys; from reconciler.cli import toolreg; toolreg.main(['--help'], standalone_mode=False);"
        f"print([name for name in {slow} if name in sys.modules])"
    )
    result = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)

    assert result.stdout.endswith("[]\n")


@pytest.mark.parametrize("name", COMMANDS)
def test_the_list_of_commands_says_what_each_says_itself(name: str) -> None:
    command = getattr(import_module(f"reconciler.cli.{name}"), name)

    assert command.help.splitlines()[0] == COMMANDS[name]
