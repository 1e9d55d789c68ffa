"""git is asked for what lies there, whatever the machine, the environment and the repository configure."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from reconciler.desired.git.process import GitError
from reconciler.desired.git.repository import Repository as Git
from tests.builders import Repository, run, tool
from tests.conftest import Begin, Beginning, Toolreg

NOBODY = 65534


def names(toolreg: Toolreg) -> list[tuple[str, str]]:
    """Return what a plan of the work tree would do."""
    return [(change["action"], change["name"]) for change in toolreg("plan", "-o", "json").json["changes"]]


@pytest.fixture(scope="module")
def beginning(begin: Begin) -> Beginning:
    """A repository with three tools, applied."""

    def fill(repository: Repository, toolreg: Toolreg) -> None:
        repository.add(tool("changed"), tool("removed"), tool("kept"))
        repository.commit()
        assert toolreg("apply").code == 0

    return begin(fill)


@pytest.mark.parametrize("name", ["x", "a.b", "a=b.c", "Ab"])
@pytest.mark.parametrize("key", ["clean", "process"])
def test_no_filter_of_the_repository_runs(applied: Repository, toolreg: Toolreg, name: str, key: str) -> None:
    """Content is compared without it, by plan as by the look for uncommitted changes."""
    marker = applied.top.parent / "ran"
    applied.write("../.gitattributes", f"*.yaml filter={name}\n")
    applied.git("config", f"filter.{name}.{key}", f"touch '{marker}'; cat")
    applied.git("config", f"filter.{name}.required", "true")
    applied.add(tool("changed", version="2.0.0"))
    for path in (applied.top / "registry").rglob("*.yaml"):
        os.utime(path, (1, 1))

    assert names(toolreg) == [("update", "changed")]
    assert "Uncommitted changes" in toolreg("apply").err

    assert not marker.exists()


@pytest.mark.parametrize("mark", ["--assume-unchanged", "--skip-worktree"])
def test_what_git_was_told_not_to_look_at_is_planned_as_it_lies(
    applied: Repository, toolreg: Toolreg, mark: str
) -> None:
    for name in ("changed", "removed", "kept"):
        applied.git("update-index", mark, f"registry/tools/{name}.yaml")
    applied.add(tool("changed", version="2.0.0"))
    applied.remove("tools/removed.yaml")

    assert names(toolreg) == [("update", "changed"), ("delete", "removed")]


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("GIT_LITERAL_PATHSPECS", "1"),
        ("GIT_ICASE_PATHSPECS", "1"),
        ("GIT_DIR", "/nowhere"),
        ("GIT_INDEX_FILE", "/nowhere"),
        ("GIT_EXTERNAL_DIFF", "false"),
        ("GIT_CONFIG_PARAMETERS", "'core.bare'='true'"),
    ],
)
def test_the_environment_does_not_change_the_answer(
    applied: Repository, toolreg: Toolreg, monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    applied.add(tool("changed", version="2.0.0"), tool("new"))
    monkeypatch.setenv(variable, value)

    assert names(toolreg) == [("update", "changed"), ("create", "new")]


def test_settings_in_the_environment_are_obeyed(
    applied: Repository, toolreg: Toolreg, monkeypatch: pytest.MonkeyPatch
) -> None:
    """CI says there that a checkout of somebody else's is safe. They stay where filters are overridden."""
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "filter.x.clean")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", f"touch '{applied.top.parent / 'ran'}'; cat")
    applied.write("../.gitattributes", "*.yaml filter=x\n")
    applied.add(tool("changed", version="2.0.0"))

    assert names(toolreg) == [("update", "changed")]

    assert not (applied.top.parent / "ran").exists()
    monkeypatch.setenv("GIT_CONFIG_COUNT", "nonsense")
    assert "GIT_CONFIG_COUNT" in toolreg("plan").err


@pytest.mark.parametrize("encoding", ["UTF-16", "ISO-8859-1"])
def test_a_commit_is_read_as_utf_8_whatever_git_logs_in(
    repository: Repository, toolreg: Toolreg, encoding: str
) -> None:
    repository.git("config", "i18n.logOutputEncoding", encoding)
    repository.commit("Jos\u00e9")

    assert toolreg("apply").code == 0

    assert "Jos\u00e9 (Ada Lovelace <ada@example.com>)" in toolreg("status").out


def test_a_bare_repository_is_read_by_ref(repository: Repository, database: str) -> None:
    bare = repository.top.parent / "bare.git"
    repository.git("clone", "-q", "--bare", str(repository.top), str(bare))

    assert run("validate", "--ref", "HEAD", cwd=bare).out == "2 files, 2 valid, 0 invalid\n"
    for command in (["plan", "--ref", "HEAD"], ["apply", "--ref", "main"], ["apply"]):
        result = run(*command, "--database", database, cwd=bare)
        assert result.code == 0, result.err
    result = run("validate", cwd=bare)
    assert result.code == 1
    assert "there are no files in a bare repository; --ref REF reads a commit" in result.err


def test_without_git_only_files_are_read(
    repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outside = tmp_path / "outside"
    shutil.copytree(repository.top / "registry", outside / "registry")
    monkeypatch.setenv("PATH", str(tmp_path))

    assert run("validate", cwd=outside).code == 0
    result = run("validate", "--ref", "HEAD", cwd=repository.top)

    assert result.code == 1
    assert "git is not installed, or not on the PATH, so there is no HEAD" in result.err


@pytest.mark.skipif(os.getuid() != 0, reason="only root gives files away")
def test_a_repository_of_somebody_else_s_is_refused_with_git_s_advice(repository: Repository) -> None:
    for path in (repository.top, repository.top / ".git"):
        os.chown(path, NOBODY, NOBODY)

    result = run("validate", cwd=repository.top)

    assert result.err == (
        f"error: git failed: detected dubious ownership in repository at '{repository.top}'; To add an exception for"
        f" this directory, call: git config --global --add safe.directory {repository.top}\n"
    )


@pytest.mark.parametrize("what", ["blob:none", "tree:0"])
def test_a_partial_clone_is_told_how_to_become_whole(repository: Repository, what: str) -> None:
    """Nothing is fetched for it."""
    repository.git("config", "uploadpack.allowFilter", "true")
    clone = repository.top.parent / "clone"
    repository.git("clone", "-q", "--no-checkout", f"--filter={what}", f"file://{repository.top}", str(clone))

    result = run("validate", "--ref", "HEAD", cwd=clone)

    assert result.code == 1
    assert "git fetch --refetch --no-filter, or clone again without --filter" in result.err
    subprocess.run(["git", "fetch", "-q", "--refetch", "--no-filter"], cwd=clone, check=True)
    assert run("validate", "--ref", "HEAD", cwd=clone).code == 0


@pytest.mark.parametrize("folder", ["registry", "a b", "x[*]?", "#x", "!x", "back\\slash", " blanks "])
def test_ignored_files_are_found_beside_a_witness_of_any_name(repository: Repository, folder: str) -> None:
    repository.write(f"../{folder}/registry.yaml", "a")
    repository.write(f"../{folder}/kept.yaml", "a")
    repository.write(f"../{folder}/new.yaml", "a")
    repository.write(f"../{folder}/tracked.tmp", "a")
    repository.write(f"../{folder}/one.tmp", "a")
    repository.write("../.gitignore", "*.tmp\n")
    git = Git.around(repository.top)
    assert git
    witness = f"{folder}/registry.yaml"

    untracked = git.list_ignored(folder, witness)
    repository.git("add", "-f", "--", *(f"{folder}/{name}" for name in ("registry.yaml", "kept.yaml", "tracked.tmp")))

    assert untracked == {f"{folder}/one.tmp", f"{folder}/tracked.tmp"}
    assert git.list_ignored(folder, witness) == git.list_ignored(folder, None) == {f"{folder}/one.tmp"}
    with pytest.raises(GitError, match="did not name"):
        git.list_ignored(folder, f"{folder}/elsewhere")
