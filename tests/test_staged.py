"""`validate --staged` reads what the next commit will hold, and no other file."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.builders import Repository, Result, registry, run, service, tool


def staged(repository: Repository, *arguments: object) -> Result:
    return run("validate", "--staged", *arguments, cwd=repository.top)


def paths(result: Result) -> list[str]:
    return [problem["path"].removeprefix("registry/") for problem in result.json["diagnostics"]]


def test_unstaged_edits_do_not_matter(repository: Repository) -> None:
    repository.add(tool())
    repository.git("add", "-A")
    repository.write("tools/lookup.yaml", "spec: [")
    repository.write("tools/untracked.yaml", "spec: [")
    repository.remove("services/api.yaml")

    assert staged(repository).out.startswith("3 files, 3 valid, 0 invalid")
    assert run("validate", cwd=repository.top).code == 1


def test_a_problem_of_a_staged_file_is_told_although_the_file_was_mended_since(repository: Repository) -> None:
    repository.add(tool(service="nobody"))
    repository.git("add", "-A")
    repository.add(tool())

    result = staged(repository, "-o", "json")

    assert result.code == 1
    assert paths(result) == ["tools/lookup.yaml"]


def test_a_staged_removal_counts(repository: Repository) -> None:
    repository.add(tool())
    repository.commit()
    repository.git("rm", "-q", "--cached", "registry/services/api.yaml")

    assert paths(staged(repository, "-o", "json")) == ["tools/lookup.yaml"]


def test_the_index_is_compared_with_a_commit(repository: Repository) -> None:
    repository.write("tools/broken.yaml", "spec: [")
    repository.commit()
    repository.add(tool())
    repository.git("add", "-A")
    repository.write("tools/unstaged.yaml", "spec: [")

    result = staged(repository, "--against", "HEAD", "-o", "json")

    assert result.code == 0
    assert result.json["summary"]["files"] == 2


def test_a_file_only_promised_to_be_added_is_not_read(repository: Repository) -> None:
    repository.write("tools/promised.yaml", "spec: [")
    repository.git("add", "--intent-to-add", "registry/tools/promised.yaml")
    repository.write("tools/empty.yaml", "")
    repository.git("add", "registry/tools/empty.yaml")

    assert paths(staged(repository, "-o", "json")) == ["tools/empty.yaml"]


def test_a_signer_file_is_read_from_the_index(repository: Repository) -> None:
    repository.write("registry.yaml", registry(signatures={"allowedSigners": "signers"}))
    (repository.top / "signers").write_text("ada@example.com ssh-ed25519 AAAA\n")
    repository.git("add", "-A")
    (repository.top / "signers").unlink()

    assert staged(repository).code == 0

    repository.git("rm", "-q", "--cached", "signers")
    result = staged(repository)

    assert result.code == 1
    assert 'there is no regular file "signers" in the index' in result.out


def test_before_the_first_commit_the_index_is_read(tmp_path: Path) -> None:
    repository = Repository(tmp_path)
    repository.git("init", "-q")
    repository.write("registry.yaml", registry())
    repository.write("services/api.yaml", service())
    repository.git("add", "-A")

    assert staged(repository).code == 0


def test_a_symbolic_link_in_the_index_is_not_followed(repository: Repository) -> None:
    (repository.top / "registry/services/link.yaml").symlink_to("api.yaml")
    repository.git("add", "-A")

    assert "[symlink]" in staged(repository).out


def test_a_conflict_ends_the_validation(repository: Repository) -> None:
    repository.git("checkout", "-q", "-b", "other")
    repository.add(service(version="2.0.0"))
    repository.commit()
    repository.git("checkout", "-q", "main")
    repository.add(service(version="3.0.0"))
    repository.commit()
    with pytest.raises(subprocess.CalledProcessError):
        repository.git("merge", "other")

    result = staged(repository)

    assert result.code == 1
    assert '"registry/services/api.yaml" has a conflict' in result.err


@pytest.mark.parametrize("option", [["--worktree"], ["--ref", "HEAD"]])
def test_another_source_is_wrong_usage(repository: Repository, option: list[str]) -> None:
    assert staged(repository, *option).code == 64


def test_without_a_repository_there_is_no_index(tmp_path: Path) -> None:
    (tmp_path / "registry").mkdir()

    result = run("validate", "--staged", cwd=tmp_path)

    assert result.code == 1
    assert "--staged reads git's index, and registry is not in a git repository" in result.err


def test_a_hook_sees_what_commit_all_will_commit(repository: Repository) -> None:
    """`git commit -a` and `git commit PATH` name another index in GIT_INDEX_FILE."""
    hook = repository.top / ".git/hooks/pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\nexec {sys.executable} -m reconciler validate --staged >&2\n")
    hook.chmod(0o755)
    repository.add(service(version="wrong"))
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    words = ["git", "-c", "user.name=Ada", "-c", "user.email=a@example.com", "commit", "-q", "-m", "x"]

    for more in (["-a"], ["registry/services/api.yaml"]):
        done = subprocess.run(
            [*words, *more], cwd=repository.top, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 1
        assert "registry/services/api.yaml" in done.stderr

    repository.git("checkout", "-q", "--", "registry")
    repository.add(service(version="2.0.0"))
    subprocess.run([*words, "-a"], cwd=repository.top, env=environment, check=True)


def test_no_filter_of_the_repository_runs(repository: Repository) -> None:
    marker = repository.top / "ran"
    (repository.top / ".gitattributes").write_text("*.yaml filter=x\n")
    repository.git("config", "filter.x.clean", f"touch {marker}; cat")
    repository.write("tools/promised.yaml", "spec: [")
    repository.git("add", "--intent-to-add", "registry/tools/promised.yaml")
    marker.unlink(missing_ok=True)
    (repository.top / "registry/services/api.yaml").touch()

    assert staged(repository).code == 0
    assert not marker.exists()
