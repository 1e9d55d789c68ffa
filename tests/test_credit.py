"""Each version is credited to the commit that changed its file, and to its author: who wrote, not who merged."""

import subprocess
from typing import Any

import psycopg
import pytest

from tests.builders import Repository, node, tool
from tests.conftest import Toolreg

Conn = psycopg.Connection[Any]
CREDITS = b"SELECT action, name, changed_author FROM api.history WHERE kind = 'Tool' ORDER BY revision, name"


def commit(repository: Repository, author: str, *manifests: dict[str, Any], message: str = "Change") -> str:
    repository.add(*manifests)
    repository.git("add", "-A")
    repository.git(
        "commit", "-q", "--allow-empty", "-m", message, "--author", f"{author} <{author.lower()}@example.com>"
    )
    return repository.git("rev-parse", "HEAD")


def credits_of(conn: Conn) -> list[tuple[str, str, str | None]]:
    return [(action, name, author and author.partition(" <")[0]) for action, name, author in conn.execute(CREDITS)]


def test_several_pull_requests_between_two_applies_are_credited_to_their_authors(
    repository: Repository, toolreg: Toolreg, conn: Conn
) -> None:
    first = commit(repository, "Grace", tool("a"), tool("b"), tool("gone"))
    assert toolreg("apply").code == 0
    repository.git("checkout", "-q", "-b", "one")
    by_one = commit(repository, "Linus", tool("a", version="2.0.0"))
    repository.git("checkout", "-q", "-b", "two", "main")
    repository.remove("tools/gone.yaml")
    by_two = commit(repository, "Margaret", tool("b", version="3.0.0"))
    repository.git("checkout", "-q", "main")
    repository.git("merge", "-q", "--no-ff", "one")
    repository.git("merge", "-q", "--no-ff", "two")
    merge = repository.git("rev-parse", "HEAD")

    assert toolreg("apply").code == 0

    found = conn.execute(
        b"SELECT name, revision, commit, changed_commit FROM api.history WHERE kind = 'Tool' ORDER BY revision, name"
    ).fetchall()
    assert found == [
        *((name, 1, first, first) for name in ("a", "b", "gone")),
        ("a", 2, merge, by_one),
        ("b", 2, merge, by_two),
        ("gone", 2, merge, by_two),
    ]
    version = [line for line in toolreg("blame", "tool/a").out.splitlines() if "spec.version" in line]
    assert [line.split()[:3] for line in version] == [["2", by_one[:8], "Linus"]]
    assert f"{by_one[:8]}  Linus" in toolreg("history", "tool/a").out
    described = toolreg("describe", "tool/a").out
    assert f"commit        {by_one}" in described
    assert f"applied with  {merge}" in described
    for document in (
        toolreg("history", "tool/a", "-o", "json").json["versions"][0],
        toolreg("describe", "tool/a", "-o", "json").json["provenance"],
        next(one for one in toolreg("blame", "tool/a", "-o", "json").json["fields"] if one["field"] == "spec.version"),
    ):
        assert (document["commit"], document["changedCommit"]) == (merge, by_one)
        assert document["author"].startswith("Ada Lovelace")
        assert document["changedAuthor"] == "Linus <linus@example.com>"
    assert toolreg("history", "tool/gone", "--author", "margaret").out.count("Margaret") == 1


def test_the_first_apply_of_a_long_history_credits_each_file(
    repository: Repository, toolreg: Toolreg, conn: Conn
) -> None:
    commit(repository, "Grace", tool("a"), tool("b"))
    commit(repository, "Linus", tool("b", version="2.0.0"))
    commit(repository, "Margaret", tool("c"))

    assert toolreg("apply").code == 0

    assert credits_of(conn) == [("create", "a", "Grace"), ("create", "b", "Linus"), ("create", "c", "Margaret")]


def test_what_the_walk_does_not_reach_is_credited_to_the_applied_commit(
    repository: Repository, toolreg: Toolreg, conn: Conn, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit(repository, "Grace", tool("a"))
    commit(repository, "Linus", tool("b"))
    commit(repository, "Margaret")
    monkeypatch.setattr("reconciler.desired.passage.MOST_COMMITS", 2)

    assert toolreg("apply").code == 0

    assert credits_of(conn) == [("create", "a", "Margaret"), ("create", "b", "Linus")]


def test_a_merge_is_credited_with_what_it_changed_itself(repository: Repository, toolreg: Toolreg, conn: Conn) -> None:
    commit(repository, "Grace", tool("a"), tool("b"), tool("c"))
    toolreg("apply")
    repository.git("checkout", "-q", "-b", "side")
    commit(repository, "Linus", tool("a", version="2.0.0"))
    repository.git("checkout", "-q", "main")
    commit(repository, "Margaret", tool("c", version="2.0.0"))
    repository.git("merge", "-q", "--no-ff", "--no-commit", "side")
    commit(repository, "Evil", tool("b", version="6.6.6"))

    assert toolreg("apply").code == 0

    assert credits_of(conn)[3:] == [("update", "a", "Linus"), ("update", "b", "Evil"), ("update", "c", "Margaret")]


@pytest.mark.parametrize("evil", [False, True])
def test_a_file_that_both_sides_changed_is_the_merge_s_only_where_that_changed_it(
    repository: Repository, toolreg: Toolreg, conn: Conn, *, evil: bool
) -> None:
    """What git merges by itself, line by line, nobody wrote but the two."""
    commit(repository, "Grace", tool("a"))
    toolreg("apply")
    repository.git("checkout", "-q", "-b", "side")
    commit(repository, "Linus", tool("a", metadata={"owner": "another"}))
    repository.git("checkout", "-q", "main")
    commit(repository, "Margaret", tool("a", inputSchema={"type": "object"}))
    repository.git("merge", "-q", "--no-ff", "--no-commit", "side")
    own = {"category": "EVIL"} if evil else {}
    commit(repository, "Merger", tool("a", metadata={"owner": "another"}, inputSchema={"type": "object"}, **own))

    assert toolreg("apply").code == 0

    assert credits_of(conn)[1:] == [("update", "a", "Merger" if evil else "Linus")]


def test_what_no_commit_has_is_nobody_s(repository: Repository, toolreg: Toolreg, conn: Conn) -> None:
    commit(repository, "Grace", tool("a"), tool("b"))
    toolreg("apply")
    commit(repository, "Linus", tool("a", version="2.0.0"))
    repository.add(tool("b", version="2.0.0"))

    assert toolreg("apply", "--worktree").code == 0

    assert credits_of(conn)[2:] == [("update", "a", "Linus"), ("update", "b", None)]
    assert "worktree  -" in toolreg("history", "tool/b").out


def test_what_is_restored_or_repaired_is_credited_as_it_was(
    repository: Repository, toolreg: Toolreg, conn: Conn
) -> None:
    commit(repository, "Grace", tool("a"))
    toolreg("apply")
    commit(repository, "Linus", tool("a", version="2.0.0"))
    toolreg("apply")
    toolreg("rollback", 1, "--reason", "Why not.")
    conn.execute(b"DELETE FROM registry.tools")

    assert toolreg("drift", "--fix").code == 0

    assert [author for _, _, author in credits_of(conn)] == ["Grace", "Linus", "Grace", "Grace"]


def test_a_rename_in_a_skipped_commit_is_credited(repository: Repository, toolreg: Toolreg, conn: Conn) -> None:
    commit(repository, "Grace", tool("a"), tool("b"))
    toolreg("apply")
    repository.remove("tools/a.yaml")
    commit(repository, "Linus", tool("z", metadata={"movedFrom": "a"}))
    commit(repository, "Margaret", node())

    toolreg("apply")

    assert ("move", "z", "Linus") in credits_of(conn)


@pytest.mark.parametrize("text", ["\x1b[31mRed\x1b[0m", "##vso[task.setvariable]x", "A" * 5000, "é" * 5000])
def test_a_hostile_author_is_cut_and_shown_as_text(
    repository: Repository, toolreg: Toolreg, conn: Conn, text: str
) -> None:
    repository.add(tool("a"))
    repository.git("add", "-A")
    tree = repository.git("write-tree")
    parent = repository.git("rev-parse", "HEAD")
    content = (
        f"tree {tree}\nparent {parent}\nauthor {text} <x> 1700000000 +0000\ncommitter C <c> 1700000000 +0000\n\nx\n"
    )
    made = subprocess.run(
        ["git", "hash-object", "-t", "commit", "-w", "--stdin", "--literally"],
        cwd=repository.top,
        input=content.encode(),
        capture_output=True,
        check=True,
    )
    repository.git("reset", "-q", "--hard", made.stdout.decode().strip())
    commit(repository, "Grace", node())

    assert toolreg("apply").code == 0

    ((author,),) = conn.execute(b"SELECT changed_author FROM api.history WHERE name = 'a'").fetchall()
    assert author[:3] == text[:3]
    assert len(author) <= 300
    for command in ("blame", "history", "describe"):
        shown = toolreg(command, "tool/a").out
        assert "\x1b" not in shown
        assert not any(line.startswith("##vso[") for line in shown.splitlines())
