"""Completion, asked as a shell asks."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from reconciler.cli.group import COMMANDS
from tests.builders import Repository, run, tool


@pytest.fixture
def programs(tmp_path: Path) -> str:
    """A search path on which `toolreg` is the command line."""
    folder = tmp_path / "bin"
    folder.mkdir()
    program = folder / "toolreg"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m reconciler "$@"\n')
    program.chmod(0o755)
    return f"{folder}:{os.environ['PATH']}"


def completed(cwd: Path, programs: str, *calls: list[str]) -> list[list[str]]:
    """Return what bash would offer for the last word of each call."""
    lines = ["source <(toolreg completion bash)"]
    for words in calls:
        quoted = " ".join(f"'{word}'" for word in words)
        lines.append(f"COMP_WORDS=(toolreg {quoted}); COMP_CWORD={len(words)}; COMPREPLY=()")
        lines.append('_toolreg_completion toolreg; echo "${COMPREPLY[@]}"')
    done = subprocess.run(
        ["bash", "-c", "\n".join(lines)],
        cwd=cwd,
        env=os.environ | {"PATH": programs},
        check=True,
        capture_output=True,
        text=True,
    )
    assert done.stderr == ""
    return [line.split() for line in done.stdout.splitlines()]


def test_bash_completes_commands_kinds_names_views_tasks_and_fields(repository: Repository, programs: str) -> None:
    repository.add(tool("charge_card"), tool("lookup"))
    repository.write("tools/$(touch evil).yaml", "")
    repository.write("tools/deep/refund.yaml", "")
    here = repository.top / "registry/tools"

    commands, options, kinds, names, resources, begun, views, tasks, field, rule, schema, shell = completed(
        here,
        programs,
        [""],
        ["plan", "--detailed"],
        ["get", ""],
        ["get", "tools", ""],
        ["describe", ""],
        ["history", "tool/c"],
        ["query", "search_tools_"],
        ["maintain", "rollup"],
        ["explain", "tool.spec.li"],
        ["explain", "duplicate"],
        ["schema", "r"],
        ["completion", ""],
    )

    assert commands == list(COMMANDS)
    assert options == ["--detailed-exitcode"]
    assert kinds == ["nodes", "services", "tools"]
    assert names == ["charge_card", "lookup", "refund"]
    assert resources == ["node/", "service/", "tool/"]
    assert begun == ["tool/charge_card"]
    assert views == ["search_tools_by_schema"]
    assert tasks == ["rollup_invocations"]
    assert field == ["tool.spec.lifecycle", "tool.spec.limits"]
    assert rule == ["duplicate-key", "duplicate-name"]
    assert schema == ["registry"]
    assert shell == ["bash", "zsh", "fish"]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_script_is_one_that_its_shell_reads(tmp_path: Path, shell: str) -> None:
    result = run("completion", shell, cwd=tmp_path)

    assert (result.code, result.err) == (0, "")
    assert f"_TOOLREG_COMPLETE={shell}_complete" in result.out
    program = shutil.which(shell)
    if program is None:
        pytest.skip(f"{shell} is not installed")
    script = tmp_path / "script"
    script.write_text(result.out)
    assert subprocess.run([program, "-n", script], check=False, capture_output=True).returncode == 0


def test_another_shell_is_wrong_usage(tmp_path: Path) -> None:
    assert run("completion", "tcsh", cwd=tmp_path).code == 64


def test_completing_a_command_imports_none() -> None:
    """A shell asks at each press of the key."""
    script = (
        "import sys; from reconciler.cli import toolreg; import click.shell_completion as shell;"
        "names = shell.BashComplete(toolreg, {}, 'toolreg', '_TOOLREG_COMPLETE').get_completions([], 'p');"
        "print([name.value for name in names], {'reconciler.cli.commands', 'jsonschema_rs'} & {*sys.modules})"
    )

    done = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)

    assert done.stdout == "['plan'] set()\n"
