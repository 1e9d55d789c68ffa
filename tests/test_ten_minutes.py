"""What a new team does, from an empty folder to an applied second revision: only what messages say."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.builders import run
from tests.test_readme import shell_blocks

_PROJECT = Path(__file__).parent.parent
_IDENTITY = {f"GIT_{who}_{what}": "ada@example.com" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}


class Team:
    """People in an empty folder. They type only what stands in an earlier message, and a name of their own."""

    def __init__(self, folder: Path, programs: Path) -> None:
        self._folder = folder
        self._said = "toolreg validate"  # What they were told to begin with.
        self.typed: list[str] = []
        self._environment = os.environ | _IDENTITY
        self._environment |= {
            "PATH": f"{programs}:{os.environ['PATH']}",
            "TOOLREG_STATE_DIR": str(folder.parent / "state"),
        }

    def types(self, command: str, *, told: str | None = None, code: int = 0) -> str:
        """Run a command that a message told, with words of their own in place of NAME and the like."""
        assert (told or command) in self._said, (told or command, self._said)
        done = subprocess.run(
            ["bash", "-c", command],
            cwd=self._folder,
            env=self._environment,
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert done.returncode == code, done.stdout
        self._said += done.stdout
        self.typed.append(command)
        return done.stdout


def start(team: Team) -> None:
    """Go from nothing to the second revision."""
    assert "toolreg init" in team.types("toolreg validate", code=1)
    team.typed.clear()
    team.types("toolreg init")
    team.types("git add . && git commit --message 'Begin a registry'")
    assert "4 files, 4 valid" in team.types("toolreg validate")
    assert "Plan: 3 to create" in team.types("toolreg plan")
    assert "Applied as revision 1" in team.types("toolreg apply")
    team.types("toolreg new tool convert_time", told="toolreg new tool NAME")
    assert "5 files, 5 valid" in team.types("toolreg validate")
    team.types("git add . && git commit --message 'Add convert_time'", told="git add . && git commit")
    assert "Applied as revision 2" in team.types("toolreg apply")


def test_a_new_team_goes_from_an_empty_folder_to_a_second_revision(tmp_path: Path) -> None:
    """And the README shows the same commands."""
    folder, programs = tmp_path / "tools", tmp_path / "bin"
    folder.mkdir()
    programs.mkdir()
    (programs / "toolreg").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m reconciler "$@"\n')
    (programs / "toolreg").chmod(0o755)
    team = Team(folder, programs)

    start(team)

    assert "\n".join(team.typed) in shell_blocks()


@pytest.mark.faults
def test_a_new_team_begins_with_pip_in_an_empty_environment(tmp_path: Path) -> None:
    folder = tmp_path / "tools"
    folder.mkdir()
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=_PROJECT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("toolreg-*.whl")
    # The pip of these tests installs into it: to have one of its own takes three seconds, and says nothing of toolreg.
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "venv"], check=True)
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    pip = [sys.executable, "-m", "pip", "--python", str(tmp_path / "venv/bin/python"), "install", "--quiet"]
    # Most of the modules are never imported: those that are, Python compiles.
    pip += ["--no-compile", "--disable-pip-version-check", str(wheel)]
    done = subprocess.run(pip, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"no package index: {done.stderr[-300:]}")
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("PYTHONPATH", raising=False)
        start(Team(folder, tmp_path / "venv/bin"))


# ---- The first errors


@pytest.mark.parametrize(
    ("files", "messages"),
    [
        ({}, ["there is no folder registry here; toolreg init makes a registry"]),
        ({"registry/x/.gitkeep": ""}, ["create it, or name the folder", "toolreg init creates a whole registry"]),
        ({"registry/registry.yaml": ""}, ["Start with apiVersion: toolreg/v1, kind: Registry, metadata and spec"]),
        (
            {"registry/tools/x.yaml": ""},
            ["there is nothing in this file", "apiVersion: toolreg/v1, kind: Tool", "toolreg new tool NAME writes it"],
        ),
        ({"registry/tools/x.yaml": "hello"}, ['this is "hello". Start with apiVersion: toolreg/v1, kind: Tool']),
        ({"registry/tools/x.yaml": "kind: Tool"}, ["lacks apiVersion", "; write apiVersion: toolreg/v1", "lacks spec"]),
        (
            {"registry/tools/x.yaml": "name: x"},
            ["; write kind: Tool", 'has no property "name"; expected'],
        ),
        ({"registry/tools/x.yaml": "kind: tool"}, ['there is no kind "tool"; did you mean Tool?']),
        ({"registry/tools/x.yaml": "apiVersion: v1"}, ['apiVersion is "v1"; expected "toolreg/v1"']),
        (
            {"registry/tools/x.yaml": "spec: {}"},
            ["spec lacks lifecycle", "; write one of experimental, active, deprecated, retired"],
        ),
        (
            {"registry/services/x.yaml": "spec: {auth: {}}"},
            ["spec.auth lacks type", "; write one of none, apiKey"],
        ),
        ({"registry/tool/x.yaml": ""}, ['no kind of resource stands in "tool"; did you mean tools?']),
    ],
)
def test_a_first_error_says_what_to_write(tmp_path: Path, files: dict[str, str], messages: list[str]) -> None:
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)

    result = run("validate", cwd=tmp_path)

    assert result.code == 1
    assert [message for message in messages if message not in result.out + result.err] == [], result


def test_what_teams_keep_beside_manifests_is_no_error(tmp_path: Path) -> None:
    assert run("init", cwd=tmp_path).code == 0
    for name in ("README.md", "OWNERS", "CODEOWNERS", ".gitkeep"):
        for folder in ("tools/shop", "services/shop/deep", "nodes", "."):
            (tmp_path / "registry" / folder).mkdir(parents=True, exist_ok=True)
            (tmp_path / "registry" / folder / name).write_text("* @shop\n")

    assert run("validate", cwd=tmp_path).out == "4 files, 4 valid, 0 invalid\n"
    assert re.match(r"4 files, 0 formatted", run("fmt", "--check", cwd=tmp_path).err)
