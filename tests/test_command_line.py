"""The command line in the hand: exit codes, pipes, colours, JSON errors."""

import os
import re
import subprocess
import sys
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psycopg
import pytest

from reconciler.assets import SQL
from reconciler.cli.exits import run_and_report
from reconciler.cli.group import COMMANDS
from reconciler.core.errors import ToolregError
from reconciler.database.connection import name_database
from reconciler.database.embedded.faults import EmbeddedError
from reconciler.database.target import Target
from reconciler.render.terminal import safe
from tests.builders import Repository, Result, run, tool
from tests.conftest import Toolreg

Connection = psycopg.Connection[Any]
FULL = Path("/dev/full")


def shell(command: str, cwd: Path, **environment: str) -> Result:
    """Run a line of a shell, in which `toolreg` is the command line."""
    script = f'toolreg() {{ "{sys.executable}" -m reconciler "$@"; }}; {command}'
    done = subprocess.run(
        ["bash", "-c", script], cwd=cwd, env=os.environ | environment, capture_output=True, text=True, check=False
    )
    return Result(done.returncode, done.stdout, done.stderr)


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


def test_what_was_given_wrongly_is_repeated_harmlessly(toolreg: Toolreg) -> None:
    nasty = "\x1b[31mred\n::error::forged"
    calls = (
        ["query", "tools", nasty],
        ["get", "tools", nasty, nasty],
        ["query", "tools_fed_by", "--param", f"tool={nasty}"],
    )

    for result in (toolreg(*call) for call in calls):
        assert result.code == 64, result.err
        assert "red\\n::error::forged" in result.err
        assert "\x1b" not in result.err
        assert "\n::" not in result.err


@pytest.mark.parametrize("style", ["German", "SQL, DMY", "Postgres"])
def test_the_settings_of_a_database_do_not_matter(
    repository: Repository, toolreg: Toolreg, conn: Connection, style: str
) -> None:
    """A date is read as it was written, whatever style the owner of the database likes."""
    conn.execute(f"ALTER DATABASE {conn.info.dbname} SET DateStyle = '{style}'".encode())
    conn.execute(f"ALTER DATABASE {conn.info.dbname} SET IntervalStyle = 'sql_standard'".encode())
    repository.add(tool())
    repository.commit()

    for command in ("plan", "apply", "status", "history", "doctor", "maintain --all", "maintain --list"):
        assert toolreg(*command.split()).code == 0, command
    shown = toolreg("query", "revisions", "-o", "csv").out
    assert re.search(r",\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", shown)


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


def test_the_garbage_collector_costs_no_time_at_the_start_or_the_end() -> None:
    """Between imports that all last, and objects that the end of the process frees, the collector finds nothing."""
    script = (
        "import atexit, gc; from reconciler.__main__ import main;"
        " atexit.register(lambda: print(gc.get_freeze_count() > 0, sum(one['collections'] for one in gc.get_stats())));"
        " before = sum(one['collections'] for one in gc.get_stats()); print(before); main()"
    )
    result = subprocess.run([sys.executable, "-c", script, "--help"], check=True, capture_output=True, text=True)

    lines = result.stdout.splitlines()
    assert lines[-1] == f"True {lines[0]}"


@pytest.mark.parametrize("name", COMMANDS)
def test_the_list_of_commands_says_what_each_says_itself(name: str) -> None:
    command = getattr(import_module(f"reconciler.cli.commands.{name}"), name)

    assert command.help.splitlines()[0] == COMMANDS[name]


@pytest.mark.parametrize("value", ["", "  "])
@pytest.mark.parametrize(
    ("option", "expected"),
    [
        ("--ref", "a commit, branch or tag"),
        ("--database", "the URL of a database, such as postgresql://"),
        ("--registry", "a folder such as registry"),
    ],
)
def test_an_option_that_is_empty_is_wrong_usage(repository: Repository, option: str, expected: str, value: str) -> None:
    """A variable that is not set would silently mean HEAD, the embedded server, this folder."""
    result = run("apply", option, value, cwd=repository.top)

    assert result.code == 64
    assert f"Invalid value for '{option}'" in result.err
    assert f"it is empty; is a variable not set? Expected {expected}" in result.err


def test_an_empty_database_url_does_not_mean_the_embedded_server(
    repository: Repository, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A secret that a CI does not know is empty."""
    monkeypatch.setenv("DATABASE_URL", "")

    result = run("plan", cwd=repository.top)

    assert result.code == 1
    assert "DATABASE_URL is set, but empty; give it the URL of a database, or unset it" in result.err
    assert Target.choose(None, tmp_path, {"PGHOST": "", "PGDATABASE": ""}).conninfo is None


@pytest.mark.parametrize(
    ("option", "variable", "name"),
    [("", "", "--database"), (" \t", "host=x", "--database"), (None, "  ", "DATABASE_URL"), (None, "", "DATABASE_URL")],
)
def test_white_space_names_no_database(option: str | None, variable: str, name: str, tmp_path: Path) -> None:
    with pytest.raises(ToolregError, match=f"^{name} is set, but empty; give it the URL of a database"):
        Target.choose(option, tmp_path, {"DATABASE_URL": variable})


@pytest.mark.parametrize(
    "arguments",
    [
        ["apply", "--lock-timeout", "nan"],
        ["apply", "--lock-timeout", "inf"],
        ["migrate", "--lock-timeout", "1e300"],
        ["history", "--limit", "99999999999999999999"],
    ],
)
def test_a_number_without_sense_is_wrong_usage(toolreg: Toolreg, arguments: list[str]) -> None:
    result = toolreg(*arguments)

    assert result.code == 64
    assert f"Invalid value for '{arguments[1]}'" in result.err


def test_apply_names_the_database(repository: Repository, toolreg: Toolreg, database: str) -> None:
    assert repository
    assert f" to {name_database(database)}, in " in toolreg("apply").err
    assert name_database("postgresql://me:secret@db.example.com/tools") == "tools on db.example.com"


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://u:s3c@ret@127.0.0.1:1/db",
        "postgresql://u:s3c/ret@127.0.0.1:1/db",
        "postgres://u:s3c?@ret@127.0.0.1:1/db",
        "postgresql://u:ret:s3c@127.0.0.1:1@x/db",
    ],
)
def test_what_libpq_takes_for_something_else_of_a_password_is_not_shown(repository: Repository, url: str) -> None:
    result = run("plan", "--database", url, cwd=repository.top)

    assert result.code == 1
    assert "write it as %40 or %2F" in result.err
    assert not any(part in result.err for part in ("s3c", "ret"))


@pytest.mark.skipif(not FULL.exists(), reason="/dev/full is of Linux")
@pytest.mark.parametrize("command", ["validate", "--help", "plan -o json --database", "get services --database"])
def test_a_stdout_that_cannot_be_written_is_an_error(repository: Repository, database: str, command: str) -> None:
    target = f"'{database}'" if command.endswith("--database") else ""
    run("apply", "--database", database, cwd=repository.top)

    result = shell(f"toolreg {command} {target} >/dev/full", repository.top)

    assert (result.code, result.err) == (1, "error: stdout cannot be written: No space left on device\n")


def test_a_closed_stdout_is_like_one_that_nobody_reads(repository: Repository, database: str) -> None:
    run("apply", "--database", database, cwd=repository.top)

    result = shell(f"toolreg get services --database '{database}' >&-", repository.top)

    assert (result.code, result.err) == (0, "")


def test_what_an_encoding_does_not_have_is_escaped(repository: Repository, database: str) -> None:
    repository.add(tool(metadata={"title": "from \u2192 to \U0001f600"}))

    text = shell(f"toolreg plan --database '{database}'", repository.top, PYTHONIOENCODING="latin-1")
    as_json = shell(f"toolreg plan -o json --database '{database}'", repository.top, PYTHONIOENCODING="ascii")

    assert (text.code, text.err) == (0, "")
    assert r"from \u2192 to \ud83d\ude00" in text.out
    assert "from \u2192 to \U0001f600" in str(as_json.json)


@pytest.mark.parametrize("text", ["::error::x", "  ::error::x", "##[error]x", "a ##vso[task.setvariable]x"])
def test_no_runner_of_ci_obeys_what_a_stranger_wrote(text: str) -> None:
    shown = safe(text)

    assert not shown.lstrip().startswith("::")
    assert "##[" not in shown
    assert "##vso[" not in shown


def test_no_line_begins_with_a_workflow_command(repository: Repository, toolreg: Toolreg) -> None:
    """Neither the subject of a commit nor the name of a file, nor a line of a text."""
    repository.add(tool(metadata={"description": "Two lines:\n::error::x\n"}))
    repository.commit("::error::x")
    assert toolreg("apply").code == 0
    repository.write("../::error file=x::hi.yaml", "{")

    shown = [
        toolreg("status"),
        toolreg("get", "tool/lookup", "-o", "yaml"),
        toolreg("describe", "tool/lookup"),
        toolreg.offline("validate", "--registry", "."),
    ]

    lines = [line.lstrip() for result in shown for line in (*result.out.splitlines(), *result.err.splitlines())]
    assert [line for line in lines if line.startswith(("::", "##["))] == []
    assert any(line.startswith(r"\u003a:error file=x::hi.yaml:1:1: error: ") for line in lines)


def test_the_server_s_own_commands_fail_in_json_too(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOOLREG_STATE_DIR", str(repository.top / "state"))

    result = run("db", "url", "-o", "json", cwd=repository.top)

    assert result.code == 1
    assert result.json["error"].startswith("the embedded server is not running")


@pytest.mark.parametrize(
    "command", [["get", "tools"], ["describe", "tool/x"], ["history"], ["blame", "tool/x"], ["status"]]
)
def test_reading_in_the_wrong_folder_makes_no_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: list[str]
) -> None:
    monkeypatch.setenv("TOOLREG_STATE_DIR", str(tmp_path / "state"))

    result = run(*command, cwd=tmp_path)

    assert result.code == 1
    assert f'nothing was applied yet: the registry "{tmp_path}/registry" has no embedded server' in result.err
    assert not (tmp_path / "state").exists()


def test_before_the_first_apply_reading_says_what_to_do(toolreg: Toolreg) -> None:
    assert toolreg("get", "tools").err == "Nothing was applied yet; toolreg apply makes the first revision.\n"
    assert "there is no Tool/x; nothing was applied yet: toolreg apply" in toolreg("describe", "tool/x").err


@pytest.mark.skipif(not FULL.exists(), reason="/dev/full is of Linux")
@pytest.mark.parametrize("stderr", ["2>/dev/full", "2>&-"])
def test_what_happened_is_told_though_stderr_is_lost(repository: Repository, database: str, stderr: str) -> None:
    """The exit code and stdout say it; who listens to the rest decides nothing."""
    applied = shell(f"toolreg apply -o json --database '{database}' {stderr}", repository.top)
    again = shell(f"toolreg apply --database '{database}' {stderr}", repository.top)
    repository.write("tools/broken.yaml", "{")
    invalid = shell(f"toolreg validate -o json {stderr}", repository.top)
    refused = shell(f"toolreg plan --database '{database}' --registry nowhere {stderr}", repository.top)
    wrong = shell(f"toolreg plan --nonsense {stderr}", repository.top)

    assert (applied.code, applied.json["revision"]) == (0, 1)
    assert (again.code, again.out) == (0, "Nothing to do: the database matches.\n")
    assert (invalid.code, invalid.json["summary"]["invalid"]) == (1, 1)
    assert (refused.code, wrong.code) == (1, 64)


def test_a_stdout_that_is_lost_after_the_commit_does_not_hide_it(repository: Repository, database: str) -> None:
    result = shell(f"toolreg apply -o json --database '{database}' >/dev/full", repository.top)

    assert result.code == 1
    assert "Applied as revision 1 from commit " in result.err
    assert "Nothing was changed" not in result.err


@pytest.mark.parametrize("group", [[], ["db"]])
def test_a_group_alone_prints_its_help(toolreg: Toolreg, group: list[str]) -> None:
    result = toolreg.offline(*group)

    assert (result.code, result.err) == (0, "")
    assert result.out == toolreg.offline(*group, "--help").out


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (["stats"], 'there is no command "stats"; did you mean status?'),
        (["db", "strat"], 'there is no command "strat"; did you mean start?'),
        (["plan", "--detailed-exit"], "--detailed-exitcode"),
        (["describe", "lookup"], '"lookup" is no KIND/NAME; did you mean tool/lookup?'),
        (["describe", "nothing"], '"nothing" is no KIND/NAME; expected one such as node/NAME'),
        (["get", "tols"], "did you mean tools?"),
        (["query", "active_tool"], "did you mean active_tools"),
        (["maintain", "rollup_invocation"], "did you mean rollup_invocations?"),
    ],
)
def test_what_was_probably_meant_is_suggested(
    repository: Repository, toolreg: Toolreg, arguments: list[str], hint: str
) -> None:
    repository.add(tool())
    repository.commit()
    toolreg("apply")

    result = toolreg.offline(*arguments) if arguments[0] in {"stats", "db", "plan"} else toolreg(*arguments)

    assert result.code in {1, 64}
    assert hint in result.err


def test_the_end_of_a_log_stands_below_the_message(capsys: pytest.CaptureFixture[str]) -> None:
    def fail() -> None:
        raise EmbeddedError("it does not start:", "first\n::error::second\n\tthird \x1b[31m\n")

    assert run_and_report(fail) == 1
    expected = "error: it does not start:\n  first\n  \\u003a:error::second\n  \\tthird \\u001b[31m\n"
    assert capsys.readouterr().err == expected


def test_versions_of_the_program_the_contract_and_storage_are_told_apart(tmp_path: Path) -> None:
    newest = max(SQL.glob("migrations/*.sql")).name
    result = run("--version", cwd=tmp_path)

    assert result.code == 0
    assert result.out.splitlines() == [
        f"toolreg {version('toolreg')}",
        f"contract {tool()['apiVersion']}",
        f"storage {newest[:4]}",
    ]
