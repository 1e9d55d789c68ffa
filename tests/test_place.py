"""Commands work from any folder below the top of a repository, as git's do."""

from pathlib import Path

import pytest

from reconciler.cli.place import find_registry
from tests.builders import Repository, run, tool
from tests.conftest import Toolreg


@pytest.mark.parametrize("inside", ["registry", "registry/tools/team", "src/deep"])
def test_a_command_finds_the_registry_above(repository: Repository, toolreg: Toolreg, inside: str) -> None:
    repository.add(tool())
    repository.commit()
    here = repository.top / inside
    here.mkdir(parents=True, exist_ok=True)

    assert run("validate", cwd=here).out == "3 files, 3 valid, 0 invalid\n"
    assert toolreg("apply").code == 0
    assert run("validate", "--ref", "HEAD", cwd=here).code == 0
    assert run("fmt", "--check", cwd=here).code == 0


def test_a_path_is_meant_from_the_current_folder(repository: Repository) -> None:
    repository.add(tool())
    repository.write("tools/team/broken.yaml", "{")

    result = run("validate", ".", cwd=repository.top / "registry/tools/team")

    assert result.out.splitlines()[0].startswith("broken.yaml:1:")
    assert result.out.splitlines()[-1] == "1 file, 0 valid, 1 invalid"
    assert run("validate", "lookup.yaml", cwd=repository.top / "registry/tools").code == 0


def test_a_named_registry_wins(repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "other").mkdir()
    here = repository.top / "registry/services"

    assert "no such file" in run("validate", "--registry", tmp_path / "other", cwd=here).out
    monkeypatch.setenv("TOOLREG_REGISTRY", str(tmp_path / "other"))
    assert "no such file" in run("validate", cwd=here).out


def test_the_nearest_registry_is_found_and_none_beyond_the_repository(repository: Repository, tmp_path: Path) -> None:
    inner = repository.top / "teams/shop"
    (inner / "registry").mkdir(parents=True)
    (inner / "registry/registry.yaml").touch()
    (inner / "code/registry").mkdir(parents=True)
    outside = tmp_path / "registry"
    outside.mkdir()
    (outside / "registry.yaml").touch()
    alone = tmp_path / "alone"
    alone.mkdir()

    assert find_registry(inner / "code") == Path("../registry")
    assert find_registry(repository.top / "teams") == Path("../registry")
    assert find_registry(repository.top) == Path("registry")
    assert find_registry(alone) == Path("registry")


def test_a_registry_of_a_commit_alone_is_found_at_the_top(repository: Repository) -> None:
    repository.git("rm", "-rq", "registry")
    here = repository.top / "docs"
    here.mkdir()

    assert run("validate", "--ref", "HEAD", cwd=here).code == 0
    assert "toolreg init makes a registry" in run("validate", cwd=here).err


def test_a_saved_plan_is_applied_from_the_same_folder(repository: Repository, toolreg: Toolreg, tmp_path: Path) -> None:
    """The printed command names no registry where none is needed."""
    repository.commit()

    result = toolreg("plan", "--ref", "HEAD", "--out", tmp_path / "plan.json")

    assert result.err.endswith("plan.json --ref HEAD\n")
