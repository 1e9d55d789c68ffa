"""Renames in commits that were skipped: of commits, of the work tree, in saved plans, around rollbacks and merges."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest

from reconciler.core.manifest import contract
from reconciler.desired.git import walk
from tests.builders import Repository, registry, run, service, tool
from tests.conftest import Toolreg

Conn = psycopg.Connection[Any]


def ids(conn: Conn) -> dict[str, str]:
    return dict(conn.execute(b"SELECT name, id::text FROM api.tools").fetchall())


def begin(repository: Repository, toolreg: Toolreg, conn: Conn, *names: str) -> dict[str, str]:
    """Apply some tools, and return their identities."""
    repository.add(*map(tool, names))
    repository.commit()
    assert toolreg("apply").code == 0
    return ids(conn)


def rename(repository: Repository, old: str, new: str, message: str = "Rename", **spec: Any) -> str:
    repository.remove(f"tools/{old}.yaml")
    repository.add(tool(new, metadata={"movedFrom": old}, **spec))
    return repository.commit(message)


def add(repository: Repository, *manifests: dict[str, Any]) -> None:
    repository.add(*manifests)
    repository.commit()


def rename_twice(repository: Repository) -> None:
    """Rename a to m in one commit and m to z in the next one, in which the line is gone again."""
    rename(repository, "a", "m")
    rename(repository, "m", "z")
    repository.add(tool("z", version="2.0.0"))
    repository.commit("Clean up")


@pytest.mark.parametrize("words", [(), ("--worktree",), ("--ref", "main")])
def test_a_plan_shows_the_names_in_between_and_apply_follows_them(
    repository: Repository, toolreg: Toolreg, conn: Conn, words: tuple[str, ...]
) -> None:
    before = begin(repository, toolreg, conn, "a", "b")
    conn.execute(b"SELECT api.log_invocation('a', 'success', 5)")
    conn.execute(b"SELECT api.set_tool_override('a', 'unavailable', 'It is broken.')")
    rename_twice(repository)

    planned = toolreg("plan", *words)
    (change,) = toolreg("plan", *words, "-o", "json").json["changes"]

    assert "> move Tool/z (was a, then m)" in planned.out
    assert (change["formerName"], change["namesBetween"]) == ("a", ["m"])
    assert toolreg("apply", *words).code == 0
    assert ids(conn) == {"z": before["a"], "b": before["b"]}
    assert conn.execute(b"SELECT tool, tool_as_called FROM api.invocations").fetchall() == [("z", "a")]
    assert conn.execute(b"SELECT tool FROM api.tool_overrides").fetchall() == [("z",)]
    assert toolreg("plan", *words, "--detailed-exitcode").code == 0


def test_files_that_are_not_committed_follow_those_that_are(
    repository: Repository, toolreg: Toolreg, conn: Conn
) -> None:
    before = begin(repository, toolreg, conn, "a", "b")
    rename(repository, "a", "m")
    repository.remove("tools/m.yaml")
    repository.add(tool("z", metadata={"movedFrom": "m"}))

    assert toolreg("apply", "--worktree").code == 0

    assert ids(conn)["z"] == before["a"]


def test_a_saved_plan_follows_them_too(repository: Repository, toolreg: Toolreg, conn: Conn, tmp_path: Path) -> None:
    before = begin(repository, toolreg, conn, "a", "b")
    rename_twice(repository)
    plan = tmp_path / "plan.json"

    assert toolreg("plan", "--ref", "HEAD", "--out", plan).code == 0
    assert toolreg("apply", "--plan", plan).code == 0

    assert ids(conn)["z"] == before["a"]


def test_names_on_the_way_are_remembered_for_a_later_revert(
    repository: Repository, toolreg: Toolreg, conn: Conn
) -> None:
    """The name m was never applied; only git and the database's memory of names know it."""
    before = begin(repository, toolreg, conn, "a", "b")
    rename(repository, "a", "m")
    rename(repository, "m", "z")
    assert toolreg("apply").code == 0
    repository.git("revert", "--no-edit", "HEAD")

    assert "> move Tool/m (was z)" in toolreg("apply").out

    assert ids(conn)["m"] == before["a"]


@pytest.mark.parametrize("at_once", [True, False])
@pytest.mark.parametrize("edited", [True, False])
def test_a_revert_takes_back_a_swap_and_a_chain(
    repository: Repository, toolreg: Toolreg, conn: Conn, *, at_once: bool, edited: bool
) -> None:
    before = begin(repository, toolreg, conn, "a", "b", "c", "d")
    repository.remove("tools/c.yaml")
    repository.add(
        tool("a", version="2.0.0", metadata={"movedFrom": "b"}),
        tool("b", version="3.0.0", metadata={"movedFrom": "a"}),
        tool("d", metadata={"movedFrom": "c"}),
        tool("e", metadata={"movedFrom": "d"}),
    )
    repository.commit("Swap")
    assert at_once or toolreg("apply").code == 0
    if edited:
        repository.add(tool("a", version="4.0.0", metadata={"movedFrom": "b"}))
        repository.commit("Edit")
        assert at_once or toolreg("apply").code == 0
    repository.add(*map(tool, "abcd"))
    repository.remove("tools/e.yaml")
    if edited:
        repository.add(tool("a", version="5.0.0"))
    repository.commit("Revert")

    assert toolreg("apply").code == 0

    assert ids(conn) == before
    assert not conn.execute(b"SELECT FROM registry.entities WHERE name = 'e'").fetchall()


def test_a_swap_whose_lines_are_cleaned_up_is_not_taken_back(
    repository: Repository, toolreg: Toolreg, conn: Conn
) -> None:
    before = begin(repository, toolreg, conn, "a", "b")
    repository.add(tool("a", metadata={"movedFrom": "b"}), tool("b", metadata={"movedFrom": "a"}))
    repository.commit()
    repository.add(tool("a", version="2.0.0"), tool("b", version="2.0.0"))
    repository.commit()

    assert toolreg("apply").code == 0

    assert ids(conn) == {"a": before["b"], "b": before["a"]}


def branch(repository: Repository, work: Callable[[], object]) -> None:
    repository.git("checkout", "-q", "-b", "side")
    work()
    repository.git("checkout", "-q", "main")


@pytest.mark.parametrize("words", [("--no-ff",), ("--squash",)])
def test_a_branch_that_renames_is_followed(
    repository: Repository, toolreg: Toolreg, conn: Conn, words: tuple[str, ...]
) -> None:
    before = begin(repository, toolreg, conn, "a", "b")
    branch(repository, lambda: rename(repository, "a", "z"))
    repository.add(tool("b", version="2.0.0"))
    repository.commit()
    repository.git("merge", "-q", *words, "side")
    repository.commit("Merge")
    rename(repository, "z", "y")

    assert toolreg("apply").code == 0

    assert ids(conn) == {"y": before["a"], "b": before["b"]}


def test_what_a_merged_branch_renamed_on_the_way_is_followed(
    repository: Repository, toolreg: Toolreg, conn: Conn
) -> None:
    before = begin(repository, toolreg, conn, "a", "b")
    branch(repository, lambda: rename_twice(repository))
    repository.add(tool("a", version="1.0.0"), tool("c"))
    repository.commit("Meanwhile")
    repository.git("merge", "-q", "--no-ff", "side")

    assert toolreg("apply").code == 0

    assert ids(conn)["z"] == before["a"]


def test_a_branch_that_a_merge_overruled_renamed_nothing(repository: Repository, toolreg: Toolreg, conn: Conn) -> None:
    before = begin(repository, toolreg, conn, "a", "b")

    def work() -> None:
        rename(repository, "a", "m")
        repository.add(tool("a", version="9.0.0"))
        repository.commit("Another a")

    branch(repository, work)
    repository.git("merge", "-q", "-s", "ours", "side")
    repository.add(tool("c"))
    repository.commit()

    assert toolreg("apply").code == 0

    assert {name: ids(conn)[name] for name in "ab"} == before


def test_a_branch_that_was_deployed_and_pushed_as_main_is_followed(
    repository: Repository, toolreg: Toolreg, conn: Conn
) -> None:
    """The applied commit is the second parent of the merge: main was merged into the branch, which took its place."""
    begin(repository, toolreg, conn, "b")
    branch(repository, lambda: add(repository, tool("x")))
    before = begin(repository, toolreg, conn, "a")
    repository.git("checkout", "-q", "side")
    rename(repository, "x", "y")
    repository.git("merge", "-q", "--no-ff", "main")
    rename(repository, "a", "m")
    rename(repository, "m", "z")

    assert toolreg("apply").code == 0

    assert ids(conn)["z"] == before["a"]
    assert ids(conn).keys() == {"y", "z", "b"}


def test_a_commit_that_was_refused_renamed_all_the_same(repository: Repository, toolreg: Toolreg, conn: Conn) -> None:
    """One is invalid, one deletes too much; both are mended, and their renames are what the next ones build on."""
    repository.write("registry.yaml", registry(limits={"maxDeletions": {"percent": 50, "ofAtLeast": 2}}))
    before = begin(repository, toolreg, conn, *"abcdefgh")
    repository.write("tools/broken.yaml", "{")
    rename(repository, "a", "m")
    assert toolreg("apply").code == 1
    for name in "bcdefg":
        repository.remove(f"tools/{name}.yaml")
    repository.remove("tools/broken.yaml")
    rename(repository, "m", "n")
    assert toolreg("apply").code == 3
    repository.add(*map(tool, "bcdefg"))
    rename(repository, "n", "z")

    assert toolreg("apply").code == 0

    assert ids(conn) == {**{name: before[name] for name in "bcdefgh"}, "z": before["a"]}


def test_a_line_that_did_not_fit_is_done_when_it_fits(repository: Repository, toolreg: Toolreg, conn: Conn) -> None:
    before = begin(repository, toolreg, conn, "a", "b")
    repository.add(tool("z", metadata={"movedFrom": "a"}))
    repository.commit()
    assert "Tool/a is still there (in registry/tools/a.yaml)" in toolreg("apply").err
    repository.remove("tools/a.yaml")
    repository.commit()

    assert toolreg("apply").code == 0

    assert ids(conn)["z"] == before["a"]


def test_a_line_that_did_not_fit_is_not_forgotten(repository: Repository, toolreg: Toolreg, conn: Conn) -> None:
    begin(repository, toolreg, conn, "a", "b")
    repository.remove("tools/a.yaml")
    repository.add(tool("b", metadata={"movedFrom": "a"}))
    repository.commit()
    repository.add(tool("c"))
    repository.commit()

    result = toolreg("apply")

    assert result.code == 1
    assert "Tool/b is already in the database, as a resource of its own; it cannot be two" in result.err


def test_what_was_suspended_is_followed_when_it_is_resumed(
    repository: Repository, toolreg: Toolreg, conn: Conn
) -> None:
    before = begin(repository, toolreg, conn, "a", "b")
    toolreg("suspend", "--reason", "Lunch.")
    rename(repository, "a", "m")
    assert toolreg("apply").code == 3
    rename(repository, "m", "z")
    toolreg("resume")

    assert toolreg("apply").code == 0

    assert ids(conn)["z"] == before["a"]


def test_a_rollback_is_where_the_way_begins(repository: Repository, toolreg: Toolreg, conn: Conn) -> None:
    """After it the database holds the names of the earlier revision: the commits since then are followed from there."""
    before = begin(repository, toolreg, conn, "a", "b")
    rename(repository, "a", "m")
    toolreg("apply")
    assert toolreg("rollback", 1, "--reason", "Why not.").code == 0
    assert ids(conn) == before
    rename(repository, "m", "z")

    assert "> move Tool/z (was a, then m)" in toolreg("apply").out

    assert ids(conn) == {"z": before["a"], "b": before["b"]}


def test_files_that_move_between_folders_are_followed(repository: Repository, toolreg: Toolreg, conn: Conn) -> None:
    before = begin(repository, toolreg, conn, "a", "b")
    repository.move("tools/a.yaml", "tools/team/a.yaml")
    repository.commit()
    repository.remove("tools/team/a.yaml")
    repository.write("tools/other/m.yaml", tool("m", metadata={"movedFrom": "a"}))
    repository.commit()
    repository.move("tools/other/m.yaml", "tools/m.yaml")
    rename(repository, "m", "z")

    assert toolreg("apply").code == 0

    assert ids(conn) == {"z": before["a"], "b": before["b"]}


def test_another_contract_changes_nothing_about_it(
    repository: Repository, toolreg: Toolreg, conn: Conn, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = begin(repository, toolreg, conn, "a", "b")
    rename_twice(repository)
    repository.add(tool("a"))
    repository.commit()
    monkeypatch.setattr(contract, "_LOADER", "another")

    assert toolreg("apply").code == 0

    assert ids(conn) == {"z": before["a"], "b": before["b"], "a": ids(conn)["a"]}


def test_a_name_that_came_and_went_is_known(repository: Repository, toolreg: Toolreg, conn: Conn) -> None:
    begin(repository, toolreg, conn, "b")
    repository.add(tool("x"))
    repository.commit()
    repository.remove("tools/x.yaml")
    repository.commit()
    assert toolreg("apply").code == 0
    repository.add(tool("y", metadata={"movedFrom": "x"}))
    repository.commit()

    assert toolreg("apply").code == 0

    assert conn.execute(b"SELECT name FROM registry.entities WHERE name IN ('x', 'y')").fetchall() == [("y",)]
    assert toolreg("history", "tool/x").code == 0


def test_drift_on_the_way_is_put_right_under_the_new_name(repository: Repository, toolreg: Toolreg, conn: Conn) -> None:
    before = begin(repository, toolreg, conn, "a", "b")
    conn.execute(b"DELETE FROM registry.tools WHERE name = 'a'")
    rename_twice(repository)

    assert toolreg("apply").code == 0

    assert ids(conn)["z"] == before["a"]
    assert toolreg("drift").code == 0


def test_all_kinds_are_followed(repository: Repository, toolreg: Toolreg, conn: Conn) -> None:
    repository.add(service("one"), service("two"))
    repository.commit()
    toolreg("apply")
    before = dict(conn.execute(b"SELECT name, id::text FROM api.services").fetchall())
    for old, new in (("one", "m"), ("m", "z")):
        repository.remove(f"services/{old}.yaml")
        repository.add(service(new, metadata={"movedFrom": old}))
        repository.commit()

    assert toolreg("apply").code == 0

    after = dict(conn.execute(b"SELECT name, id::text FROM api.services").fetchall())
    assert after == {"api": before["api"], "two": before["two"], "z": before["one"]}


# ---- Where git cannot tell


def cloned(repository: Repository, folder: Path, *words: str) -> Repository:
    clone = Repository(folder)
    shutil.rmtree(folder, ignore_errors=True)
    repository.git("clone", "-q", *words, f"file://{repository.top}", str(folder))
    return clone


def test_a_shallow_clone_cannot_tell(
    repository: Repository, toolreg: Toolreg, conn: Conn, database: str, tmp_path: Path
) -> None:
    begin(repository, toolreg, conn, "a", "b")
    rename_twice(repository)
    rename(repository, "z", "y")
    clone = cloned(repository, tmp_path / "clone", "--depth", "1")

    for words in ((), ("--allow-rewind",)):
        result = run("apply", *words, "--database", database, cwd=clone.top)
        assert result.code == 4
        assert "git fetch --unshallow" in result.err
    clone.git("fetch", "-q", "--unshallow")

    assert run("apply", "--database", database, cwd=clone.top).code == 0


def test_a_plain_change_in_a_shallow_clone_that_reaches_back_far_enough_is_applied(
    repository: Repository, toolreg: Toolreg, conn: Conn, database: str, tmp_path: Path
) -> None:
    begin(repository, toolreg, conn, "a", "b")
    repository.add(tool("a", version="2.0.0"))
    repository.commit()
    clone = cloned(repository, tmp_path / "clone", "--depth", "2")

    assert run("apply", "--database", database, cwd=clone.top).code == 0


def rewritten(repository: Repository, work: Callable[[], object]) -> None:
    """Put other commits in the place of the applied one, which git does not have any more."""
    repository.git("checkout", "-q", "--orphan", "other")
    repository.commit("Begin again")
    work()
    repository.git("branch", "-q", "-D", "main")
    repository.git("branch", "-q", "-m", "main")
    repository.git("reflog", "expire", "--expire=now", "--all")
    repository.git("gc", "-q", "--prune=now")


def test_rewritten_history_cannot_tell_and_says_what_to_apply_first(
    repository: Repository, toolreg: Toolreg, conn: Conn
) -> None:
    before = begin(repository, toolreg, conn, "a", "b")
    rewritten(repository, lambda: (rename(repository, "a", "m"), rename(repository, "m", "z")))
    first = repository.git("rev-parse", "HEAD~2")

    result = toolreg("apply", "--allow-rewind")

    assert result.code == 3
    assert "Tool/z may have been renamed more than once since commit" in result.err
    assert f"toolreg apply --ref {first[:12]} --allow-rewind; then apply this one" in result.err
    assert ids(conn) == before
    assert toolreg("apply", "--ref", first[:12], "--allow-rewind").code == 0
    assert toolreg("apply").code == 0
    assert ids(conn)["z"] == before["a"]


def test_a_plain_change_in_rewritten_history_is_applied(repository: Repository, toolreg: Toolreg, conn: Conn) -> None:
    before = begin(repository, toolreg, conn, "a", "b")
    rename(repository, "b", "c")
    toolreg("apply")
    rewritten(repository, lambda: add(repository, tool("a", version="2.0.0")))

    assert toolreg("apply", "--allow-rewind").code == 0

    assert ids(conn) == {"a": before["a"], "c": before["b"]}


def test_a_way_that_is_too_long_is_told(
    repository: Repository, toolreg: Toolreg, conn: Conn, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = begin(repository, toolreg, conn, "a", "b")
    first = repository.git("rev-parse", "HEAD")
    rename_twice(repository)
    repository.add(tool("z", version="3.0.0", metadata={"movedFrom": "m"}))
    repository.commit()
    monkeypatch.setattr("reconciler.desired.passage.MOST_COMMITS", 2)

    result = toolreg("apply")

    assert result.code == 3
    assert "more than 2 commits or 500,000 changes of files lie between them" in result.err
    assert f"toolreg apply --ref {first[:12]} --allow-rewind" in result.err
    monkeypatch.undo()
    assert toolreg("apply").code == 0
    assert ids(conn)["z"] == before["a"]


# ---- What it costs


def test_two_questions_are_put_to_git_however_long_the_way_is(
    repository: Repository, toolreg: Toolreg, conn: Conn, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin(repository, toolreg, conn, "a", "b")
    asked: list[str] = []
    answers = walk._ask  # noqa: SLF001

    def noted(repository: Any, *arguments: str, **others: Any) -> Any:
        asked.append(arguments[0])
        return answers(repository, *arguments, **others)

    monkeypatch.setattr(walk, "_ask", noted)
    counts = []
    for more in (1, 20):
        for number in range(more):
            repository.add(tool("a", version=f"{more}.{number}.0"))
            repository.commit()
        asked.clear()
        assert toolreg("plan", "--ref", "HEAD").code == 0
        counts.append([*asked])

    assert counts == [["log", "diff-tree"]] * 2
