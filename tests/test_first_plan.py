"""A plan of a registry whose embedded server was never started: as for an empty database, and nothing is made."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from reconciler.database import embedded
from tests.builders import Repository, Result, registry, run, tool

NOTE = (
    "There is no database yet, so everything is to be created; toolreg apply makes an embedded server."
    " To plan for another database: --database URL or DATABASE_URL\n"
)
NOW = datetime.now(UTC)
WINDOW = {
    "reason": "Nobody is there.",
    "from": (NOW - timedelta(hours=1)).isoformat(),
    "until": (NOW + timedelta(hours=1)).isoformat(),
}


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The state folder of a user who never ran toolreg."""
    monkeypatch.setenv("TOOLREG_STATE_DIR", str(tmp_path / "state"))
    yield tmp_path / "state"
    for folder in (tmp_path / "state").glob("*"):
        embedded.stop(folder)


def test_everything_is_to_be_created_and_nothing_is_made(repository: Repository, state: Path) -> None:
    result = run("plan", cwd=repository.top)

    assert result.code == 0
    assert "+ create Service/api" in result.out
    assert "Plan: 1 to create, 0 to update, 0 to delete.\n" in result.out
    assert result.err == NOTE
    assert run("plan", "--detailed-exitcode", cwd=repository.top).code == 2
    assert not state.exists()


def test_so_does_a_dry_run_of_apply(repository: Repository, state: Path) -> None:
    result = run("apply", "--dry-run", cwd=repository.top)

    assert (result.code, result.err) == (0, f"{NOTE}Dry run: nothing was written.\n")
    assert result.out == run("plan", "--ref", "HEAD", cwd=repository.top).out
    assert not state.exists()


def test_without_git_the_note_names_the_command_that_works(repository: Repository, tmp_path: Path) -> None:
    folder = tmp_path / "unpacked"
    (repository.top / "registry").rename(folder)

    assert "toolreg apply --worktree makes" in run("plan", "--registry", folder, cwd=tmp_path).err


def many(repository: Repository) -> None:
    repository.write("registry.yaml", registry(limits={"maxResources": 1}))
    repository.add(tool())


def broken(repository: Repository) -> None:
    repository.add(tool("one", nope=1), tool("two", service="nowhere"), tool("three"))


def renamed(repository: Repository) -> None:
    manifest = tool("new")
    manifest["metadata"]["movedFrom"] = "old"
    repository.add(manifest)


def frozen(repository: Repository) -> None:
    repository.write("registry.yaml", registry(freeze=[WINDOW]))


def unsigned(repository: Repository) -> None:
    repository.write("allowed", "")
    repository.write("registry.yaml", registry(signatures={"allowedSigners": "registry/allowed"}))


def gone(repository: Repository) -> None:
    repository.remove("registry.yaml")


@pytest.mark.parametrize("change", [lambda _: None, many, broken, renamed, frozen, unsigned, gone])
@pytest.mark.parametrize("source", [[], ["--ref", "HEAD"]], ids=["worktree", "commit"])
def test_the_plan_is_that_for_an_empty_database(
    repository: Repository, database: str, state: Path, change: Any, source: list[str]
) -> None:
    """What is refused there is refused here, for the same reason and with the same exit code."""
    change(repository)
    repository.commit()

    def compare(*options: str) -> tuple[Result, Result]:
        arguments = ("plan", *source, *options, "--exit-as-apply")
        return run(*arguments, cwd=repository.top), run(*arguments, "--database", database, cwd=repository.top)

    for first, empty in (compare(), compare("-o", "json")):
        assert (first.code, first.out) == (empty.code, empty.out)
        assert first.err.removeprefix(NOTE) == empty.err
    assert not state.exists()


def test_a_saved_plan_is_applied_to_the_new_server(repository: Repository, state: Path) -> None:
    assert run("plan", "--ref", "HEAD", "--out", "plan.json", cwd=repository.top).code == 0
    assert json.loads((repository.top / "plan.json").read_text())["baseRevision"] is None
    assert not state.exists()

    applied = run("apply", "--plan", "plan.json", cwd=repository.top)

    assert applied.code == 0, applied.err
    assert "Applied as revision 1 from commit" in applied.err
    assert run("plan", cwd=repository.top).out == "Nothing to do: the database matches.\n"
    # Since then the database is another one than that of the plan.
    repository.add(tool())
    repository.commit()
    assert run("apply", cwd=repository.top).code == 0
    stale = run("apply", "--plan", "plan.json", cwd=repository.top)
    assert stale.code == 3
    assert "the database is at revision 2" in stale.err
    assert "but the plan was made at no revision" in stale.err
