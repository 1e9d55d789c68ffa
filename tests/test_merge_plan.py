"""`plan --against REF` shows the changes that a merge would make, without a database."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.builders import Repository, Result, registry, run, service, tool
from tests.conftest import Toolreg


def taking(kind: str) -> dict[str, object]:
    return {"type": "object", "properties": {"amount": {"type": kind}}}


@pytest.fixture
def branch(repository: Repository) -> Repository:
    """A branch `feature`, checked out, of a registry with some tools."""
    repository.add(*(tool(f"tool{number}") for number in range(4)), tool("pay"), service("shop"))
    repository.commit()
    repository.git("checkout", "-q", "-b", "feature")
    return repository


def without_database(document: Any) -> Any:
    """Return a plan without the parts that a database alone knows."""
    changes = [{key: part for key, part in change.items() if key != "usage"} for change in document["changes"]]
    return {key: part for key, part in document.items() if key != "baseRevision"} | {"changes": changes}


def plan(repository: Repository, *arguments: object, against: str = "main") -> Result:
    return run("plan", "--against", against, *arguments, cwd=repository.top)


def test_a_merge_plan_equals_the_plan_of_a_database_with_the_merge_base(branch: Repository, toolreg: Toolreg) -> None:
    assert toolreg("apply", "--ref", "main").code == 0
    branch.add(tool("pay", version="2.0.0"), tool("new"), tool("paid", metadata={"movedFrom": "tool1"}))
    branch.remove("tools/tool0.yaml")
    branch.remove("tools/tool1.yaml")
    branch.commit()

    applied, merged = toolreg("plan", "--ref", "HEAD", "-o", "json"), plan(branch, "--ref", "HEAD", "-o", "json")

    assert (merged.code, merged.err) == (applied.code, "")
    assert merged.json["baseRevision"] is None
    assert merged.json["baseCommit"] == branch.git("rev-parse", "main")
    assert without_database(merged.json) == without_database(applied.json)
    assert {change["action"] for change in merged.json["changes"]} == {"create", "update", "move", "delete"}


def test_a_merge_plan_imports_no_database_driver(branch: Repository) -> None:
    branch.add(tool("pay", version="2.0.0"))
    script = (
        "import sys; from reconciler.cli import toolreg;"
        " toolreg.main(['plan', '--against', 'main'], standalone_mode=False);"
        " print([name for name in ('psycopg', 'pydantic', 'jsonschema') if name in sys.modules])"
    )

    done = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True, cwd=branch.top)

    assert "update Tool/pay" in done.stdout
    assert done.stdout.endswith("[]\n")


def test_breaks_come_first(branch: Repository) -> None:
    branch.add(tool("pay", inputSchema=taking("string"), version="2.0.0"), tool("a"))
    branch.remove("tools/tool3.yaml")

    lines = plan(branch).out.splitlines()

    heads = [line.split()[1:3] for line in lines if line[2:3] in {"+", "-", "~", ">"} and line[3:4] == " "]
    assert heads == [["update", "Tool/pay"], ["delete", "Tool/tool3"], ["create", "Tool/a"]]
    assert any("breaks callers" in line for line in lines)


def test_merged_work_of_others_is_not_shown_as_undone(branch: Repository) -> None:
    branch.add(tool("mine"))
    branch.commit()
    branch.git("checkout", "-q", "main")
    branch.add(tool("theirs"))
    branch.commit()
    branch.add(tool("theirs", version="2.0.0"))
    branch.commit()
    branch.git("checkout", "-q", "feature")

    result = plan(branch)

    assert result.err == "2 commits behind main; what others merged is not shown.\n"
    assert "theirs" not in result.out
    assert "+ create Tool/mine" in result.out
    assert "rewind" not in result.out + result.err


def test_uncommitted_files_are_planned(branch: Repository) -> None:
    branch.add(tool("mine"))

    assert [change["name"] for change in plan(branch, "-o", "json").json["changes"]] == ["mine"]
    assert plan(branch, "--ref", "HEAD", "-o", "json").json["changes"] == []


def test_nothing_to_do_names_the_commit(branch: Repository) -> None:
    base = branch.git("rev-parse", "main")

    assert plan(branch).out == f"Nothing to do: the files match commit {base[:12]}.\n"


@pytest.mark.parametrize(("changes", "code"), [(True, 2), (False, 0)])
def test_the_detailed_exit_code_tells_changes(branch: Repository, changes: bool, code: int) -> None:  # noqa: FBT001
    if changes:
        branch.add(tool("mine"))

    assert plan(branch, "--detailed-exitcode").code == code


def test_a_limit_on_deletions_refuses_as_apply_would(branch: Repository, toolreg: Toolreg) -> None:
    assert toolreg("apply", "--ref", "main").code == 0
    for name in ("tool0", "tool1", "tool2", "tool3", "pay"):
        branch.remove(f"tools/{name}.yaml")
    branch.commit()

    result, applied = plan(branch, "--exit-as-apply"), toolreg("plan", "--ref", "HEAD", "--exit-as-apply")

    assert result.code == applied.code == 3
    assert "blocked: it would be one of 5 of 5 tools (never all of a kind)" in result.out
    assert plan(branch, "--exit-as-apply", "--max-deletes", 5).code == 0
    assert plan(branch, "--exit-as-apply", "--no-delete").code == 0


def test_a_branch_cannot_loosen_its_own_limits(repository: Repository) -> None:
    repository.write("registry.yaml", registry(limits={"maxDeletions": {"percent": 10, "ofAtLeast": 2}}))
    repository.add(*(tool(f"tool{number}") for number in range(4)))
    repository.commit()
    repository.git("checkout", "-q", "-b", "feature")
    repository.write("registry.yaml", registry(limits={"maxDeletions": {"percent": 100, "ofAtLeast": 2}}))
    repository.remove("tools/tool0.yaml")

    result = plan(repository, "--exit-as-apply")

    assert result.code == 3, result.out + result.err
    assert "1 of 4 tools (limit 10%)" in result.out


def test_a_protected_resource_blocks(repository: Repository) -> None:
    repository.add(tool("keep", metadata={"protected": True}), tool())
    repository.commit()
    repository.git("checkout", "-q", "-b", "feature")
    repository.remove("tools/keep.yaml")

    assert "blocked: it is protected" in plan(repository).out
    assert plan(repository).code == 3


@pytest.mark.parametrize(
    ("added", "removed", "told"),
    [
        ([("x", "pay"), ("y", "pay")], ["pay"], "Tool/x already says that it was pay; only one of them can be it"),
        ([("x", "pay")], [], "Tool/pay is still there; remove its file, or remove metadata.movedFrom"),
        ([("tool1", "pay")], ["pay"], "Tool/tool1 was there before, as a resource of its own; it cannot be two"),
    ],
)
def test_a_rename_that_does_not_fit_is_a_problem(
    branch: Repository, added: list[tuple[str, str]], removed: list[str], told: str
) -> None:
    branch.add(*(tool(name, metadata={"movedFrom": former}) for name, former in added))
    for name in removed:
        branch.remove(f"tools/{name}.yaml")

    result = plan(branch)

    assert result.code == 1
    assert f"{told} [moved-from]" in result.err


def test_names_can_be_swapped(branch: Repository) -> None:
    branch.add(tool("tool0", metadata={"movedFrom": "tool1"}), tool("tool1", metadata={"movedFrom": "tool0"}))

    changes = plan(branch, "-o", "json").json["changes"]

    assert [(change["action"], change["name"], change["formerName"]) for change in changes] == [
        ("move", "tool0", "tool1"),
        ("move", "tool1", "tool0"),
    ]


def test_an_old_mark_of_a_rename_renames_nothing(repository: Repository) -> None:
    repository.add(tool("new", metadata={"movedFrom": "old"}))
    repository.commit()
    repository.git("checkout", "-q", "-b", "feature")
    repository.add(tool("new", metadata={"movedFrom": "old"}, version="2.0.0"), tool("old"))

    changes = plan(repository, "-o", "json").json["changes"]

    assert [(change["action"], change["name"]) for change in changes] == [("update", "new"), ("create", "old")]


def test_an_invalid_change_is_no_plan(branch: Repository) -> None:
    branch.remove("services/api.yaml")

    result = plan(branch)

    assert (result.code, result.out) == (1, "")
    assert "registry/tools/pay.yaml" in result.err


@pytest.mark.parametrize(
    "option", [["--database", "postgresql://x/y"], ["--out", "p"], ["--max-usage", "1"], ["--allow-version-reuse"]]
)
def test_an_option_about_a_database_is_wrong_usage(branch: Repository, option: list[str]) -> None:
    result = plan(branch, *option)

    assert result.code == 64
    assert f"{option[0]} contradicts --against, which reads no database; leave out one of them" in result.err
    assert not (branch.top / "p").exists()


def test_a_shallow_clone_with_the_merge_base_is_enough(branch: Repository, tmp_path: Path) -> None:
    branch.add(tool("mine"))
    branch.commit()
    clone = shallow(branch, tmp_path, 2)

    assert [change["name"] for change in plan(clone, "-o", "json", against="HEAD~1").json["changes"]] == ["mine"]


def test_without_the_merge_base_a_shallow_clone_is_to_be_deepened(branch: Repository, tmp_path: Path) -> None:
    branch.add(tool("mine"))
    branch.commit()
    branch.git("checkout", "-q", "main")
    branch.add(tool("theirs"))
    branch.commit()
    branch.git("checkout", "-q", "feature")
    clone = shallow(branch, tmp_path, 1)

    for command in ("plan", "validate"):
        result = run(command, "--against", "origin/main", cwd=clone.top)

        assert result.code == 4
        assert result.err == (
            'error: "origin/main" and this commit have no common ancestor in this shallow clone;'
            " git fetch --unshallow\n"
        )


def shallow(repository: Repository, folder: Path, depth: int) -> Repository:
    """Return a shallow clone with all branches, of some commits of each."""
    repository.git("clone", "-q", "--no-single-branch", f"--depth={depth}", f"file://{repository.top}", f"{folder}/c")
    return Repository(folder / "c")


def test_unrelated_histories_have_no_base(branch: Repository) -> None:
    branch.git("checkout", "-q", "--orphan", "other")
    branch.commit()

    result = plan(branch)

    assert result.code == 1
    assert result.err == 'error: "main" has no commit in common with this one; name another: --against REF\n'


def test_a_ref_from_a_stranger_prints_no_command_to_a_terminal(branch: Repository) -> None:
    result = plan(branch, against="no\x1b[2Jsuch")

    assert result.code == 1
    assert "\x1b" not in result.err
