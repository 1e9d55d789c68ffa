"""Saved plans: what was planned and approved is applied, and nothing else."""

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.applying import approval, saved_plan
from reconciler.core.manifest.resource import Manifest, Ref, digest_of
from reconciler.core.plan.changes import Plan
from reconciler.core.plan.consent import Consent
from reconciler.core.plan.proposal import Proposal
from reconciler.core.plan.saved import Basis, Planned, describe_differences
from reconciler.desired.worktree_files import Worktree
from tests.builders import Repository, Result, node, registry, run, tool
from tests.conftest import Begin, Beginning, Toolreg, copy

Conn = psycopg.Connection[Any]
# Beside the repository, lest it is committed.
FILE = "../plan.json"


def by_hand(conn: Conn, table: str, old: str, new: str) -> None:
    statement = f"UPDATE registry.{table} SET manifest = replace(manifest::text, '{old}', '{new}')::json"
    conn.execute(statement.encode())


def versions(conn: Conn) -> dict[str, str]:
    return dict(conn.execute(b"SELECT name, version FROM registry.tools").fetchall())


def attempts(conn: Conn) -> list[str]:
    return [outcome for (outcome,) in conn.execute(b"SELECT outcome FROM registry.revisions ORDER BY number")]


@pytest.fixture(scope="module")
def beginning(begin: Begin) -> Beginning:
    """Revision 1 is applied with a node and two tools; the next commit changes one tool and adds another."""

    def fill(repository: Repository, toolreg: Toolreg) -> None:
        repository.add(node(), tool(), tool("other"))
        repository.commit()
        assert toolreg("apply").code == 0
        repository.add(tool(version="2.0.0"), tool("new"))
        repository.commit()

    return begin(fill)


@pytest.fixture
def planned(begun: Repository, toolreg: Toolreg) -> Result:
    """A saved plan of that commit."""
    assert not (begun.top / FILE).exists()
    return toolreg("plan", "--ref", "HEAD", "--out", FILE)


def saved(repository: Repository) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((repository.top / FILE).read_text("utf-8"))
    return document


def digest(result: Result) -> str:
    """Return the digest that a plan was shown with."""
    return result.out.partition("Plan digest: ")[2].strip()


def left_over(repository: Repository) -> list[Path]:
    return [*(repository.top / FILE).parent.glob(".toolreg-*")]


# ---- Saving


def test_a_saved_plan_is_json_that_a_person_can_read(repository: Repository, planned: Result) -> None:
    assert planned.code == 0
    assert "~ update Tool/lookup" in planned.out
    assert planned.err == (
        "The plan was written to ../plan.json. "
        "This applies exactly that: toolreg apply --plan ../plan.json --ref HEAD\n"
    )
    text, document = (repository.top / FILE).read_text("utf-8"), saved(repository)
    assert text.startswith('{\n  "formatVersion": 1,\n  "digest": "')
    assert text.endswith("}\n")
    assert document["digest"] == digest(planned)
    assert (document["source"], document["folder"]) == ("commit", "registry")
    assert document["commit"] == repository.git("rev-parse", "HEAD")
    assert (document["baseRevision"], document["baseCommit"]) == (1, repository.git("rev-parse", "HEAD~1"))
    assert document["options"] == {"maxDeletes": None, "noDelete": False}
    assert [change["action"] for change in document["changes"]] == ["update", "create"]
    assert all(len(change["afterDigest"]) == 64 for change in document["changes"])
    assert (repository.top / FILE).stat().st_mode & 0o777 == 0o600
    assert left_over(repository) == []


def test_a_plan_replaces_the_one_that_is_there(repository: Repository, toolreg: Toolreg) -> None:
    """What a link names, and not the link; and a plan of nothing is one, too."""
    (repository.top / "real.json").write_text("old")
    (repository.top / FILE).symlink_to("repository/real.json")
    toolreg("apply")

    result = toolreg("plan", "--out", FILE, "-o", "json")

    assert (repository.top / FILE).is_symlink()
    assert saved(repository) == result.json | {"options": {"maxDeletes": None, "noDelete": False}}
    assert toolreg("apply", "--plan", FILE).code == 0


@pytest.mark.parametrize("place", ["registry", "nowhere/plan.json", "registry/registry.yaml/plan.json", "/dev/null"])
def test_where_no_plan_can_be_written_is_told_before_any_work(repository: Repository, place: str) -> None:
    result = run("plan", "--out", place, "--database", "host=127.0.0.1 port=1", cwd=repository.top)

    assert result.code == 1
    assert result.out == ""
    assert result.err.startswith(f'error: "{place}" cannot be written: ')


def test_a_disk_that_is_full_leaves_the_old_plan(
    repository: Repository, toolreg: Toolreg, monkeypatch: pytest.MonkeyPatch
) -> None:
    (repository.top / FILE).write_text("old")

    def fail(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", fail)

    result = toolreg("plan", "--out", FILE, "-o", "json")

    assert result.code == 1
    assert result.json["summary"]["create"] == 1
    assert result.err == 'error: "../plan.json" cannot be written: No space left on device\n'
    assert (repository.top / FILE).read_text() == "old"
    assert left_over(repository) == []


def test_a_plan_that_a_guard_blocks_is_not_written(repository: Repository, toolreg: Toolreg, conn: Conn) -> None:
    repository.add(tool())
    repository.commit()
    toolreg("apply")
    repository.remove("tools/lookup.yaml")
    repository.commit()

    result = toolreg("plan", "--ref", "HEAD", "--out", FILE)

    assert result.code == 3
    assert "- delete Tool/lookup" in result.out
    assert "../plan.json was not written: apply would refuse this plan.\n" in result.err
    assert not (repository.top / FILE).exists()
    assert toolreg("plan", "--ref", "HEAD", "--out", FILE, "--max-deletes", 1).code == 0
    assert "The plan was made with --max-deletes 1.\n" in toolreg("apply", "--plan", FILE).err
    assert versions(conn) == {}


# ---- Applying exactly that


def test_exactly_the_plan_is_applied_and_a_second_time_nothing(toolreg: Toolreg, conn: Conn, planned: Result) -> None:
    first, again = toolreg("apply", "--plan", FILE, "-o", "json"), toolreg("apply", "--plan", FILE)

    assert (first.code, first.json["revision"], first.json["digest"]) == (0, 2, digest(planned))
    assert versions(conn) == {"lookup": "2.0.0", "new": "1.0.0", "other": "1.0.0"}
    assert (again.code, again.err) == (0, "This plan is already applied, as revision 2.\n")
    assert attempts(conn) == ["applied", "applied"]
    by_hand(conn, "nodes", "active", "inactive")
    assert "be changed, too: Node/worker (changed by hand" in toolreg("apply", "--plan", FILE).err


@dataclass(frozen=True)
class World:
    """A repository, its database, and the command line on both."""

    repository: Repository
    toolreg: Toolreg
    conn: Conn


def another_commit(world: World) -> None:
    world.repository.add(tool("newer"))
    world.repository.commit()


def a_newer_revision(world: World) -> None:
    world.repository.git("checkout", "-q", "-b", "side", "HEAD~1")
    world.repository.add(tool("other", version="3.0.0"), node("second"))
    world.repository.commit()
    assert world.toolreg("apply").code == 0
    world.repository.git("checkout", "-q", "main")


def a_touched_row_by_hand(world: World) -> None:
    by_hand(world.conn, "tools", "lookup of a test", "found by hand")


def an_untouched_row_by_hand(world: World) -> None:
    by_hand(world.conn, "nodes", "active", "inactive")


def a_row_where_none_was(world: World) -> None:
    world.conn.execute(b"INSERT INTO registry.entities (kind, name) VALUES ('Tool', 'new')")
    world.conn.execute(
        b"INSERT INTO registry.tools (id, manifest)"
        b" SELECT entity.id, replace(tool.manifest::text, 'other', 'new')::json"
        b" FROM registry.tools AS tool, registry.entities AS entity WHERE entity.name = 'new' AND tool.name = 'other'"
    )


def everything(world: World) -> None:
    another_commit(world)
    world.repository.remove("tools/new.yaml")
    world.repository.add(node("second"))
    world.repository.commit()
    assert world.toolreg("apply").code == 0
    world.repository.add(tool(version="4.0.0"))
    world.repository.commit()
    a_touched_row_by_hand(world)
    an_untouched_row_by_hand(world)


@pytest.mark.usefixtures("planned")
@pytest.mark.parametrize(
    ("meanwhile", "said"),
    [
        (
            another_commit,
            [
                "not what was planned: commit {HEAD} is read, but commit {HEAD~1} was planned; ",
                "to be changed, too: Tool/newer. ",
            ],
        ),
        (
            a_newer_revision,
            [
                "at revision 2 (commit {side}), but the plan was made at revision 1 (commit {HEAD~1}), and ",
                "and Node/second, Tool/other changed since; ",
                "to be changed, too: Node/second, Tool/other. ",
                "does not descend from commit {side}",
            ],
        ),
        (a_touched_row_by_hand, ["not what was planned: changed in the database since: Tool/lookup. "]),
        (
            an_untouched_row_by_hand,
            ["not what was planned: to be changed, too: Node/worker (changed by hand in the database). "],
        ),
        (a_row_where_none_was, ["not what was planned: changed in the database since: Tool/new. "]),
        (
            everything,
            [
                "commit {HEAD} is read, but commit {HEAD~3} was planned; ",
                "at revision 2 (commit {HEAD~1}), but the plan was made at revision 1 (commit {HEAD~4}), and ",
                "and Node/second, Tool/lookup, Tool/newer changed since; changed in the database since: Tool/lookup; ",
                " Node/worker (changed by hand in the database)",
                "; no longer to be changed: Tool/new. ",
            ],
        ),
    ],
)
def test_what_is_not_as_it_was_planned_is_refused_and_told(
    repository: Repository, toolreg: Toolreg, conn: Conn, meanwhile: Callable[[World], None], said: list[str]
) -> None:
    meanwhile(World(repository, toolreg, conn))
    before = conn.execute(b"SELECT name, digest FROM registry.resources ORDER BY 1").fetchall()

    result, listed = toolreg("apply", "--plan", FILE), toolreg("apply", "--plan", FILE, "-o", "json")

    assert (result.code, listed.code) == (3, 3)
    for part in said:
        assert re.sub(r"\{(.*?)\}", lambda ref: repository.git("rev-parse", ref[1])[:12], part) in result.err
    assert "Nothing was changed in the database.\n" in result.err
    assert result.err.endswith("Run toolreg plan --out FILE again\n")
    assert "stale-plan" in {refusal["rule"] for refusal in listed.json["refusals"]}
    assert conn.execute(b"SELECT name, digest FROM registry.resources ORDER BY 1").fetchall() == before
    assert attempts(conn)[-1] == "refused"
    assert toolreg("apply", "--plan", FILE, "--dry-run").code == 3


def test_ten_resources_are_named_and_the_others_counted() -> None:
    """Whatever they are called, so that the end of the message says what to do."""
    empty = Plan(())
    for name, named in (("tool", 10), ("long" * 15, 3), ("\x1b" * 200, 1)):
        refs = [Ref("Tool", f"{number:02}{name}") for number in range(15)]
        plan = Plan.between({ref: Manifest(ref, "0" * 64) for ref in refs}, {})
        planned = Planned(Basis("commit", "", None, None, None, None), None, True, (), plan.steps)  # noqa: FBT003

        (gone,), (new,) = (
            describe_differences(planned, empty, [], set()),
            describe_differences(replace(planned, steps=()), plan, [], set()),
        )

        assert gone.startswith("no longer to be changed: Tool/00")
        assert new.startswith("to be changed, too: Tool/00")
        assert gone.endswith(f" and {15 - named} more")
        assert (gone.count("Tool/"), new.count("Tool/")) == (named, named)
        assert len(gone) < 300


@pytest.mark.parametrize("changed", [False, True], ids=["as planned", "changed since"])
def test_a_resource_is_told_once(changed: bool) -> None:  # noqa: FBT001  A column of the table.
    """A deletion that was planned, and that is left undeleted now, is one difference."""
    gone, kept = Ref("Tool", "gone"), Ref("Tool", "kept")
    plan = Plan.between({}, {gone: Manifest(gone, "0" * 64)})
    planned = Planned(Basis("commit", "", None, None, None, None), None, True, (), plan.steps)  # noqa: FBT003

    said = [*describe_differences(planned, Plan(()), [gone, kept], {gone} if changed else set())]

    first = "changed in the database since" if changed else "no longer to be changed"
    assert said == [f"{first}: Tool/gone", "to be left undeleted or not: Tool/kept"]


@pytest.mark.usefixtures("planned")
def test_a_plan_that_another_writer_overtook_while_it_waited_is_refused(
    repository: Repository, conn: Conn, database: str
) -> None:
    """Both wait for a third one. What counts is what the database holds when the lock is there."""
    with psycopg.connect(database) as writer:
        writer.execute(b"LOCK TABLE yoyo.writer IN EXCLUSIVE MODE")
        by_hand(conn, "nodes", "active", "inactive")
        with (
            waiting(repository, conn, "--ref", "HEAD~1", "--database", database) as first,
            waiting(repository, conn, "--plan", FILE, "--database", database) as second,
        ):
            writer.commit()
            ends = [(process.communicate(timeout=20)[1], process.returncode) for process in (first, second)]

    assert [code for _, code in ends] == [0, 3]
    assert "the database is at revision 2 (commit " in ends[1][0]
    assert ", and Node/worker changed since" in ends[1][0]


@contextmanager
def waiting(repository: Repository, conn: Conn, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """Yield a process that applies, and that waits for the lock behind those before it."""
    found = b"SELECT count(*) FROM pg_locks WHERE relation = 'yoyo.writer'::regclass AND NOT granted"
    before = conn.execute(found).fetchone()
    command = [sys.executable, "-m", "reconciler", "apply", *arguments]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=repository.top, stdout=pipe, stderr=pipe, text=True) as process:
        while conn.execute(found).fetchone() == before and process.poll() is None:
            time.sleep(0.01)
        yield process


def test_a_plan_of_files_as_they_lie_is_applied_from_them(repository: Repository, toolreg: Toolreg, conn: Conn) -> None:
    repository.add(tool(), tool("other"))
    assert toolreg("plan", "--out", FILE).code == 0
    repository.add(tool(version="2.0.0"))
    repository.write("registry.yaml", registry(limits={"maxResources": 5}))

    result = toolreg("apply", "--plan", FILE)

    assert result.code == 3
    assert "planned: registry.yaml is not what it was; to be changed otherwise: Tool/lookup. Run" in result.err
    assert toolreg("apply", "--plan", FILE, "--ref", "HEAD").code == 64
    repository.add(tool())
    repository.write("registry.yaml", registry())
    assert toolreg("apply", "--plan", FILE).code == 0
    assert "already applied, as revision 2" in toolreg("apply", "--plan", FILE).err
    assert conn.execute(b"SELECT source FROM registry.revisions WHERE outcome = 'applied'").fetchall() == [
        ("worktree",)
    ]


def test_the_options_that_shape_a_plan_stand_in_its_file(repository: Repository, toolreg: Toolreg, conn: Conn) -> None:
    repository.add(tool(), tool("other"))
    repository.commit()
    toolreg("apply")
    repository.remove("tools/lookup.yaml")
    repository.add(tool("other", version="2.0.0"))
    toolreg("plan", "--no-delete", "--out", FILE)
    assert saved(repository)["options"] == {"maxDeletes": None, "noDelete": True}
    repository.move("tools/other.yaml", "tools/team/other.yaml")
    repository.remove("services/api.yaml")

    refused = toolreg("apply", "--plan", FILE)

    assert refused.code == 3
    assert "planned: to be left undeleted or not: Service/api. Run" in refused.err
    repository.git("checkout", "registry/services")
    result = toolreg("apply", "--plan", FILE)
    assert result.code == 0
    assert "The plan was made with --no-delete.\n" in result.err
    assert versions(conn) == {"lookup": "1.0.0", "other": "2.0.0"}


def test_renames_and_deletions_are_saved_and_compared_too(repository: Repository, toolreg: Toolreg, conn: Conn) -> None:
    repository.add(tool(), tool("other"), node())
    repository.commit()
    toolreg("apply")
    repository.remove("tools/lookup.yaml")
    repository.remove("nodes/worker.yaml")
    repository.add(tool("found", metadata={"movedFrom": "lookup"}))
    repository.commit()
    toolreg("plan", "--ref", "HEAD", "--max-deletes", 1, "--out", FILE)
    by_hand(conn, "tools", "lookup of", "the lookup of")
    conn.execute(b"DELETE FROM registry.nodes")

    assert (
        "planned: changed in the database since: Node/worker, Tool/found. Run" in toolreg("apply", "--plan", FILE).err
    )

    toolreg("plan", "--ref", "HEAD", "--max-deletes", 1, "--out", FILE)
    assert toolreg("apply", "--plan", FILE).code == 0
    assert versions(conn) == {"found": "1.0.0", "other": "1.0.0"}


@pytest.mark.usefixtures("planned")
def test_a_plan_is_not_applied_to_another_database(repository: Repository, server: str, template: str) -> None:
    with copy(server, template) as other:
        result = run("apply", "--plan", FILE, "--database", other, cwd=repository.top)

    assert result.code == 3
    assert "the database is at no revision, but the plan was made at revision 1 (commit " in result.err
    assert "changed in the database since: Tool/lookup; to be changed, too: Node/worker, Service/api" in result.err


@pytest.mark.parametrize("option", [["--max-deletes", 1], ["--no-delete"], ["--worktree"]])
def test_what_the_file_says_is_not_said_again(repository: Repository, option: list[object]) -> None:
    result = run("apply", "--plan", "nowhere.json", *option, cwd=repository.top)

    assert result.code == 64
    assert "--plan contradicts --worktree, --max-deletes and --no-delete" in result.err


def test_a_plan_goes_through_all_other_guards(repository: Repository, toolreg: Toolreg) -> None:
    """A rewind is allowed by its own option, when it is applied; a plan is only shown that it needs one."""
    repository.add(tool())
    old = repository.commit()
    repository.add(tool("other"))
    repository.commit()
    toolreg("apply")
    planned = toolreg("plan", "--ref", old, "--out", FILE)
    assert planned.code == 0
    assert "Applying this would be refused now: commit" in planned.err

    result = toolreg("apply", "--plan", FILE, "--ref", old)

    assert result.code == 3
    assert result.err.endswith("toolreg apply --allow-rewind\n")
    assert toolreg("apply", "--plan", FILE, "--ref", old, "--allow-rewind").code == 0


# ---- The file of a stranger


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is no plan that toolreg plan --out wrote: Invalid JSON: EOF while parsing"),
        (b'{"formatVersion": 1', "is no plan that toolreg plan --out wrote: Invalid JSON: EOF while parsing"),
        (b"\xff\xfe\0binary", "is no plan that toolreg plan --out wrote: Invalid JSON: "),
        (b"[" * 100_000, "Invalid JSON: recursion limit exceeded"),
        (b'{"a":' * 100_000, "Invalid JSON: recursion limit exceeded"),
        (b"[]", "is no plan that toolreg plan --out wrote: Input should be an object"),
        (b"{}", "is no plan that toolreg plan --out wrote: formatVersion: Field required"),
        (b'{"formatVersion": 2}', "has formatVersion 2, and this toolreg reads 1: use a newer toolreg"),
        (b'{"formatVersion": "1"}', "is no plan that toolreg plan --out wrote: formatVersion: "),
        (b"[" + b"0," * 2_000_000 + b"0]", "has more than 2000000 values"),
        (b" " * (64 << 20) + b"{}", "has more than 64 MiB"),
    ],
    ids=lambda value: str(value)[:20] if isinstance(value, bytes) else "",
)
def test_a_file_that_is_no_plan_is_told(repository: Repository, content: bytes, said: str) -> None:
    (repository.top / FILE).write_bytes(content)

    result = run("apply", "--plan", FILE, "-o", "json", cwd=repository.top)

    assert result.code == 1
    assert result.json["error"].startswith('"../plan.json" ')
    assert said in result.err


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("digest", "abc", "digest: String should match"),
        ("source", "history", "source: Input should be 'commit' or 'worktree'"),
        ("baseRevision", "1", "baseRevision: Input should be a valid integer"),
        ("baseRevision", 2**70, "baseRevision: Input should be less than"),
        ("options", None, "options: Input should be an object"),
        ("left", [1, 2], "left.0: Input should be a valid string"),
        ("changes", [{}] * 100_000, "changes.0.action: Field required"),
        ("changes", [], "was changed after it was written: its digest is"),
        ("digest", "0" * 64, "was changed after it was written: its digest is 000000"),
    ],
)
def test_a_plan_that_somebody_changed_is_told(
    repository: Repository, toolreg: Toolreg, key: str, value: object, said: str
) -> None:
    toolreg("plan", "--out", FILE)
    (repository.top / FILE).write_text(json.dumps(saved(repository) | {key: value}))

    result = toolreg("apply", "--plan", FILE)

    assert (result.code, result.out) == (1, "")
    assert said in result.err
    assert result.err.count("\n") == 1


@pytest.mark.parametrize("what", ["a folder", "a pipe", "a device", "nothing"])
def test_what_is_no_file_is_not_waited_for(repository: Repository, what: str) -> None:
    path = repository.top / FILE
    if what == "a folder":
        path.mkdir()
    elif what == "a pipe":
        os.mkfifo(path)
    elif what == "a device":
        path.symlink_to("/dev/zero")

    result = run("apply", "--plan", FILE, cwd=repository.top)

    assert result.code == 1
    assert result.err.startswith('error: "../plan.json" cannot be read: ')


@pytest.mark.usefixtures("planned")
def test_a_forged_plan_can_at_most_be_refused(repository: Repository, toolreg: Toolreg, conn: Conn) -> None:
    """Manifests come from git. What is printed of the file is nothing that a terminal or a runner of CI obeys."""
    document = saved(repository)
    update, create = document["changes"]
    update["fields"][0]["after"] = "6.6.6"
    forged = create | {"name": "\x1b[31mred\n::error::forged", "afterDigest": "f" * 64}
    document |= {
        "changes": [forged, update | {"beforeDigest": "0" * 64}],
        "options": {"maxDeletes": 9, "noDelete": False},
    }
    forge(repository, document)

    result = toolreg("apply", "--plan", FILE)

    assert result.code == 3
    assert "no longer to be changed: Tool/\\u001b[31mred\\n::error::forged. Run" in result.err
    assert "\x1b" not in result.err + result.out
    assert versions(conn) == {"lookup": "1.0.0", "other": "1.0.0"}


@pytest.mark.usefixtures("planned")
def test_a_plan_that_says_the_same_twice_is_another_plan(repository: Repository, toolreg: Toolreg) -> None:
    document = saved(repository)
    forge(repository, document | {"changes": document["changes"] * 2})

    result = toolreg("apply", "--plan", FILE)

    assert result.code == 3
    assert f"planned: the plan digest is {document['digest']}, and not " in result.err


def forge(repository: Repository, document: dict[str, Any]) -> None:
    """Write a plan with the digest of its changes, which a forger can compute, too."""
    (repository.top / FILE).write_text(json.dumps(document))
    with pytest.raises(saved_plan.PlanFileError, match="that of its changes is") as caught:
        saved_plan.read_plan_file(repository.top / FILE)
    (repository.top / FILE).write_text(json.dumps(document | {"digest": str(caught.value)[-64:]}))


NAMES = st.text("ab", min_size=1, max_size=2)
TEXTS = st.builds(lambda value: json.dumps({"spec": value}), st.text(max_size=20) | st.lists(st.integers(), max_size=3))
NUMBERS = st.none() | st.integers(0, 10**30)
STATES = st.dictionaries(NAMES, TEXTS, max_size=5)


@settings(max_examples=20, deadline=None)
@given(
    STATES,
    STATES,
    st.builds(Consent, NUMBERS, delete=st.booleans(), max_usage=NUMBERS, version_reuse=st.booleans()),
)
def test_a_plan_is_read_back_as_it_was_written(
    desired: dict[str, str], observed: dict[str, str], consent: Consent
) -> None:
    plan = Plan.between(state(desired), state(observed), drifted=[Ref("Tool", name) for name in observed][:1])
    found = Proposal(plan, None, None, left=tuple(Ref("Tool", name) for name in observed.keys() - desired.keys()))
    source = Worktree(Path(), "registry", None)

    read = saved_plan.parse_plan(saved_plan.format_plan(found, source, consent).encode(), "it")

    assert read == approval.record_plan(found, source, consent)
    assert read.digest == plan.digest


def state(texts: dict[str, str]) -> dict[Ref, Manifest]:
    refs = {name: Ref("Tool", name) for name in texts}
    return {refs[name]: Manifest(refs[name], digest_of(text), text) for name, text in texts.items()}


def test_a_plan_that_could_not_be_read_back_is_not_saved(
    repository: Repository, toolreg: Toolreg, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(saved_plan, "_MOST_BYTES", 1 << 10)

    result = toolreg("plan", "--out", FILE)

    assert result.code == 1
    assert "so it is not saved; toolreg apply --expect DIGEST needs no file\n" in result.err
    assert not (repository.top / FILE).exists()


# ---- The digest that was approved


def test_only_the_digest_that_was_approved_is_applied(toolreg: Toolreg, conn: Conn, planned: Result) -> None:
    other = "0" * 64

    refused, listed = toolreg("apply", "--expect", other), toolreg("apply", "--expect", other, "-o", "json")

    assert (refused.code, listed.code) == (3, 3)
    assert f"the digest of this plan is {digest(planned)}, but {other} was approved." in refused.err
    assert refused.err.endswith(f"If it is meant: toolreg apply --expect {digest(planned)}\n")
    assert [refusal["rule"] for refusal in listed.json["refusals"]] == ["unapproved-plan"]
    assert toolreg("apply", "--expect", other, "--dry-run").code == 3
    assert toolreg("apply", "--expect", digest(planned).upper()).code == 0
    again = toolreg("apply", "--expect", digest(planned))
    assert (again.code, again.err) == (0, "This plan is already applied, as revision 4.\n")
    nothing = toolreg("apply", "--expect", other)
    assert nothing.code == 3
    assert ", of nothing to do, but 0000" in nothing.err
    assert attempts(conn) == ["applied", "refused", "refused", "applied", "refused"]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("0123456789ab", "it has 12 digits; the whole digest is needed, all 64 of them"),
        ("0" * 65, "it has 65 digits; the whole digest is needed, all 64 of them"),
        ("x" * 64, "is no digest; expected the 64 digits that plan shows"),
        (" ", "it is empty; is a variable not set?"),
    ],
)
def test_what_is_no_whole_digest_is_wrong_usage(repository: Repository, given: str, said: str) -> None:
    result = run("apply", "--expect", given, cwd=repository.top)

    assert result.code == 64
    assert said in result.err


def test_a_plan_and_its_digest_may_both_be_asked_for(toolreg: Toolreg, planned: Result) -> None:
    refused = toolreg("apply", "--plan", FILE, "--expect", "0" * 64)

    assert refused.code == 3
    assert "was approved" in refused.err
    assert toolreg("apply", "--plan", FILE, "--expect", digest(planned)).code == 0


def test_what_reads_plans_is_imported_only_for_that(repository: Repository, database: str) -> None:
    script = (
        "import sys; from reconciler.cli import toolreg;"
        f"toolreg.main(['apply', '--database', '''{database}'''], standalone_mode=False);"
        "print('pydantic' in sys.modules)"
    )
    result = subprocess.run(
        [sys.executable, "-c", script], cwd=repository.top, check=True, capture_output=True, text=True
    )

    assert result.stdout.endswith("False\n")
