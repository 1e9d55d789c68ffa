"""spec.branch: commits of this branch alone are applied."""

from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.builders import Repository, registry, run, tool
from tests.conftest import Toolreg

Conn = psycopg.Connection[Any]


def outcomes(conn: Conn) -> list[tuple[str, list[str]]]:
    return conn.execute(b"SELECT outcome, overridden FROM registry.revisions ORDER BY number").fetchall()


@pytest.fixture
def released(repository: Repository, toolreg: Toolreg) -> Repository:
    """A repository with spec.branch main, applied, on a branch with a commit that main lacks."""
    repository.write("registry.yaml", registry(branch="main"))
    repository.commit()
    assert toolreg("apply").code == 0
    repository.git("switch", "-q", "-c", "feature")
    repository.add(tool())
    repository.commit()
    return repository


def test_a_commit_that_was_not_merged_is_refused(released: Repository, toolreg: Toolreg, conn: Conn) -> None:
    refused = toolreg("apply")

    head, main = (released.git("rev-parse", ref)[:12] for ref in ("HEAD", "main"))
    assert refused.code == 3
    assert refused.err.endswith(
        f"error: commit {head} is not on main (at {main}), the only branch that spec.branch has applied:"
        " merge it, and git fetch. If that is meant: toolreg apply --allow-branch\n"
    )
    assert toolreg("apply", "--allow-branch").code == 0
    assert outcomes(conn) == [("applied", []), ("refused", []), ("applied", ["not-on-branch"])]


def test_a_merged_commit_is_applied_from_any_branch(released: Repository, toolreg: Toolreg) -> None:
    released.git("switch", "-q", "main")
    released.git("merge", "-q", "--no-ff", "--no-edit", "feature")
    released.git("switch", "-q", "feature")

    assert toolreg("apply").code == 0
    assert toolreg("apply", "--ref", "main").code == 0


@pytest.mark.usefixtures("released")
def test_a_plan_of_an_unmerged_commit_begins_with_a_notice(toolreg: Toolreg) -> None:
    plan = toolreg("plan", "--ref", "HEAD")

    assert plan.code == 0
    assert plan.err.startswith("Applying this would be refused now: commit ")
    assert "is not on main (at " in plan.err
    assert "--allow-branch" not in plan.err
    assert "+ create Tool/lookup" in plan.out
    assert toolreg("plan", "--ref", "HEAD", "--exit-as-apply").code == 3
    [refusal] = toolreg("plan", "--ref", "HEAD", "-o", "json").json["refusals"]
    assert (refusal["rule"], refusal["waived"]) == ("not-on-branch", False)


@pytest.mark.usefixtures("released")
def test_a_dry_run_tells_the_refusal_with_its_option(toolreg: Toolreg) -> None:
    dry = toolreg("apply", "--dry-run")

    assert dry.code == 0
    assert "Applying this would be refused now: commit " in dry.err
    assert dry.err.endswith("If that is meant: toolreg apply --allow-branch\n")


def test_a_work_tree_is_on_no_branch(released: Repository, toolreg: Toolreg) -> None:
    released.git("switch", "-q", "main")
    released.add(tool("other"))

    refused = toolreg("apply", "--worktree")

    assert refused.code == 3
    assert "spec.branch has only commits of main applied, and these files come from no commit." in refused.err
    assert toolreg("apply", "--worktree", "--allow-branch").code == 0
    assert toolreg("apply", "--worktree").code == 0


def test_no_commit_loosens_the_guard_that_it_has_to_pass(released: Repository, toolreg: Toolreg) -> None:
    for spec in ({}, {"branch": "feature"}):
        released.write("registry.yaml", registry(**spec))
        released.commit()

        assert toolreg("apply").code == 3


def test_the_branch_of_origin_counts_before_a_local_one(released: Repository, database: str, tmp_path: Path) -> None:
    """And before a tag of its name."""
    released.git("clone", "-q", "--branch", "feature", str(released.top), str(tmp_path / "clone"))
    clone = Repository(tmp_path / "clone")
    clone.git("branch", "-q", "main", "feature")
    clone.git("tag", "origin/main", "feature")

    refused = run("apply", "--database", database, cwd=clone.top)

    assert refused.code == 3
    assert " is not on origin/main (at " in refused.err
    released.git("branch", "-q", "--force", "main", "feature")
    clone.git("fetch", "-q")
    assert run("apply", "--database", database, cwd=clone.top).code == 0


def test_a_clone_without_the_branch_is_told_how_to_get_it(released: Repository, database: str, tmp_path: Path) -> None:
    """And the command is right."""
    released.git("clone", "-q", "--single-branch", "--branch", "feature", str(released.top), str(tmp_path / "clone"))
    clone = Repository(tmp_path / "clone")

    refused = run("apply", "--ref", "HEAD", "--database", database, cwd=clone.top)

    assert refused.code == 3
    assert (
        "there is neither origin/main nor main here; run: git fetch origin main:refs/remotes/origin/main,"
        in refused.err
    )
    clone.git("fetch", "-q", "origin", "main:refs/remotes/origin/main")
    assert " is not on origin/main (at " in run("apply", "--database", database, cwd=clone.top).err
    assert run("apply", "--ref", "origin/main", "--database", database, cwd=clone.top).code == 0


def test_a_shallow_clone_that_cannot_tell_fails_closed(released: Repository, database: str, tmp_path: Path) -> None:
    old, unmerged = released.git("rev-parse", "main"), released.git("rev-parse", "feature")
    released.git("switch", "-q", "main")
    for number in range(3):
        released.commit(f"Commit {number}")
    released.git("clone", "-q", "--depth", "1", f"file://{released.top}", str(tmp_path / "clone"))
    clone = Repository(tmp_path / "clone")
    clone.git("fetch", "-q", "--depth", "1", "origin", "feature")

    refused = run("apply", "--ref", unmerged, "--database", database, cwd=clone.top)

    assert refused.code == 4
    assert "this clone is shallow and cannot tell whether commit " in refused.err
    assert "is on origin/main; run: git fetch --unshallow" in refused.err
    clone.git("fetch", "-q", "--unshallow")
    assert run("apply", "--ref", unmerged, "--database", database, cwd=clone.top).code == 3
    assert run("apply", "--ref", old, "--database", database, cwd=clone.top).code == 0


def test_the_first_apply_is_judged_by_its_own_policy(repository: Repository, toolreg: Toolreg) -> None:
    repository.write("registry.yaml", registry(branch="trunk"))
    repository.commit()

    assert toolreg("apply").code == 3
    repository.git("branch", "-q", "trunk")
    assert toolreg("apply").code == 0
