"""Files that stand beside manifests: which are left alone, and which are told."""

import shutil
from pathlib import Path

import pytest

from tests.builders import Repository, run, tool
from tests.conftest import Toolreg

EDITORS = (".#lookup.yaml", "lookup.yaml~", "lookup.yaml.~1~", "#lookup.yaml#", ".lookup.yaml.swp", ".lookup.yaml.swo")
OTHERS = ("4913", ".DS_Store", "Thumbs.db", "lookup.yaml.orig", "lookup.yaml.rej", "lookup.yaml___jb_tmp___")
DOCUMENTS = ("README.md", "README", "OWNERS", "CODEOWNERS", "LICENSE", "notes.txt", ".gitkeep", ".gitattributes")


@pytest.fixture
def beside(repository: Repository) -> Repository:
    """A repository with a tool, and every file that is left alone in its folder, above and below."""
    repository.add(tool())
    for folder in ("", "tools/", "tools/team/"):
        for name in (*EDITORS[1:], *OTHERS, *DOCUMENTS):
            repository.write(f"{folder}{name}", "neither: YAML\n\tnor a manifest")
        (repository.top / "registry" / folder / EDITORS[0]).symlink_to("ada@host.123:456")
    return repository


def test_they_neither_fail_nor_appear_in_a_plan(beside: Repository, toolreg: Toolreg, tmp_path: Path) -> None:
    """As they lie, in a commit, and outside of git."""
    outside = tmp_path / "outside"
    shutil.copytree(beside.top / "registry", outside / "registry", symlinks=True)

    assert run("validate", cwd=outside).out == "3 files, 3 valid, 0 invalid\n"
    assert toolreg.offline("validate").out == "3 files, 3 valid, 0 invalid\n"
    lying = toolreg("plan", "-o", "json").json["changes"]
    beside.commit()
    assert toolreg.offline("validate", "--ref", "HEAD").out == "3 files, 3 valid, 0 invalid\n"
    committed = toolreg("plan", "--ref", "HEAD", "-o", "json").json["changes"]

    assert {change["name"] for change in lying} == {change["name"] for change in committed} == {"api", "lookup"}
    assert toolreg("apply").code == 0


def test_a_file_that_is_left_alone_may_be_named(beside: Repository) -> None:
    """A pre-commit hook passes each file that changed."""
    result = run("validate", "registry/tools/README.md", cwd=beside.top)

    assert (result.code, result.out) == (0, "0 files, 0 valid, 0 invalid\n")


@pytest.mark.parametrize(
    "name", ["lookup.yml", "lookup.YAML", "lookup.json", "lookup.yaml.txt", "lookup", ".lookup.yaml"]
)
def test_what_may_be_a_manifest_is_told(repository: Repository, name: str) -> None:
    repository.write(f"tools/{name}", "x: 1\n")

    assert f"registry/tools/{name}:1:1: error: " in run("validate", cwd=repository.top).out


def test_what_git_ignores_is_left_out_unless_git_tracks_it(repository: Repository, toolreg: Toolreg) -> None:
    """In an ignored folder, too."""
    repository.write("../.gitignore", "build/\ndraft-*.yaml\n")
    repository.add(tool())
    repository.write("tools/build/draft.yaml", "[")
    repository.write("tools/draft-1.yaml", "[")
    repository.write("tools/build/kept.yaml", "]")
    repository.git("add", "-f", "registry/tools/build/kept.yaml")

    assert "registry/tools/build/kept.yaml:1:1: error" in (told := toolreg.offline("validate").out)
    assert "3 valid, 1 invalid" in told
    repository.add(tool("kept"))
    repository.remove("tools/kept.yaml")
    repository.git("rm", "-q", "--cached", "registry/tools/build/kept.yaml")

    assert toolreg.offline("validate").out == "3 files, 3 valid, 0 invalid\n"
    assert [change["name"] for change in toolreg("plan", "-o", "json").json["changes"]] == ["api", "lookup"]
    repository.commit()
    assert toolreg("apply").code == 0
    assert toolreg("plan").out.startswith("Nothing to do")
