"""What somebody changes in the database by hand is seen and put right, or cannot be changed at all."""

import json
import re
from typing import Any

import psycopg
import pytest

from reconciler.applying import reconcile
from reconciler.applying.repair import Overtaken, make_repair
from reconciler.applying.rollback import make_restoration
from reconciler.assets import load_contract
from reconciler.core.plan.consent import NO_CONSENT
from reconciler.database.connection import connect
from reconciler.desired.load import load_manifests
from tests.builders import Repository, Result, node, registry, run, service, tool
from tests.conftest import Begin, Beginning, Toolreg
from tests.roles import login

Conn = psycopg.Connection[Any]


@pytest.fixture(scope="module")
def beginning(begin: Begin) -> Beginning:
    """A repository whose registry of three kinds is applied."""

    def fill(repository: Repository, toolreg: Toolreg) -> None:
        agent = service("agent", type="agent", usesTools=["lookup"])
        repository.add(node(), agent, tool(node="worker", metadata={"tags": ["a", "b"]}))
        repository.commit()
        assert toolreg("apply").code == 0

    return begin(fill)


def resources(conn: Conn) -> list[tuple[Any, ...]]:
    """Return everything that is declared, with what is derived from it."""
    return conn.execute(
        b"SELECT kind, name, id, digest = applied_digest, path, manifest::text,"
        b" ARRAY(SELECT tag FROM registry.tool_tags WHERE tool_id = id ORDER BY tag),"
        b" ARRAY(SELECT pointer FROM registry.references WHERE source_id = id ORDER BY pointer)"
        b" FROM registry.resources ORDER BY kind, name"
    ).fetchall()


@pytest.mark.parametrize(
    "statement",
    [
        b"UPDATE registry.tools SET manifest = replace(manifest::text, 'TEST', 'OTHER')::json",
        b"UPDATE registry.tools SET manifest = replace(manifest::text, '\"lookup\"', '\"other\"')::json",
        b"UPDATE registry.tools SET manifest = replace(manifest::text, '\"api\"', '\"agent\"')::json",
        b"DELETE FROM registry.tools",
        b"DELETE FROM registry.tools; DELETE FROM registry.nodes; DELETE FROM registry.services",
    ],
    ids=["a-field", "the-name", "a-reference", "a-row", "all-rows"],
)
def test_the_next_apply_puts_right_what_was_changed_by_hand(
    applied: Repository, toolreg: Toolreg, conn: Conn, statement: bytes
) -> None:
    """With its identity, its tags and its references; whether the commit is the same one or another."""
    before = resources(conn)
    conn.execute(statement)
    applied.write("../README", "Another commit.")
    applied.commit()
    assert "changed by hand in the database" in toolreg("plan").out

    assert toolreg("apply").code == 0

    assert resources(conn) == before
    assert toolreg("plan", "--detailed-exitcode").code == 0
    assert "Drift       none" in toolreg("status").out


@pytest.mark.parametrize(
    "statement",
    [
        b"UPDATE registry.tools SET path = 'elsewhere.yaml'",
        b"UPDATE registry.tools SET blob = NULL",
        b"UPDATE registry.tools SET applied_digest = NULL, manifest = replace(manifest::text, 'TEST', 'OTHER')::json",
        b"UPDATE registry.nodes SET revision = NULL",
        b"UPDATE registry.services SET id = gen_random_uuid()",
        b"UPDATE registry.entities SET name = 'other' WHERE name = 'lookup'",
        b"UPDATE registry.entities SET present = false",
        b"DELETE FROM registry.entities",
        b"UPDATE registry.tool_tags SET tag = 'other' WHERE tag = 'a'",
        b"DELETE FROM registry.tool_tags",
        b"INSERT INTO registry.tool_tags SELECT id, 'other' FROM registry.tools",
        b"DELETE FROM registry.references",
        b"UPDATE registry.references SET target_name = 'other'",
        b"UPDATE registry.history SET action = 'update'",
        b"DELETE FROM registry.revisions",
        b"TRUNCATE registry.tools CASCADE",
        b"TRUNCATE registry.nodes CASCADE",
        b"TRUNCATE registry.tool_tags",
        b"TRUNCATE registry.references",
        b"DELETE FROM registry.hand_changes",
    ],
)
def test_what_is_derived_or_recorded_cannot_be_changed_by_hand(
    applied: Repository, toolreg: Toolreg, conn: Conn, statement: bytes
) -> None:
    """Not by a superuser either: nothing would notice it."""
    before = resources(conn)

    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        conn.execute(statement)

    assert resources(conn) == before
    assert toolreg("plan", "--detailed-exitcode").code == 0
    assert applied.git("status", "--porcelain") == ""


def test_a_row_put_in_by_hand_does_not_pass_for_an_applied_one(
    applied: Repository, toolreg: Toolreg, conn: Conn
) -> None:
    """It may claim to come from a file and a revision; it is marked as not managed all the same."""
    conn.execute(b"INSERT INTO registry.entities (kind, name, present) VALUES ('Node', 'foreign', true)")
    conn.execute(
        b"INSERT INTO registry.nodes (id, manifest, path, blob, revision, applied_digest)"
        b" SELECT entity.id, new.manifest, node.path, node.blob, node.revision, registry.digest(new.manifest)"
        b" FROM registry.nodes AS node, registry.entities AS entity,"
        b" LATERAL (SELECT replace(node.manifest::text, 'worker\"', 'foreign\"')::json AS manifest) AS new"
        b" WHERE entity.name = 'foreign'"
    )

    plan = toolreg("plan", "--detailed-exitcode")

    assert plan.code == 0
    assert "! Node/foreign is in the database but was never applied; it stays as it is" in plan.out
    applied.add(node("foreign"))
    applied.commit()
    assert "~ update Node/foreign, changed by hand in the database" in toolreg("apply").out
    assert toolreg("plan", "--detailed-exitcode").out == "Nothing to do: the database matches.\n"


def test_a_dropped_view_of_api_is_noticed_and_made_again(applied: Repository, toolreg: Toolreg, conn: Conn) -> None:
    conn.execute(b"DROP VIEW api.tools")
    assert "toolreg migrate" in toolreg("plan").err

    assert toolreg("migrate").code == 0

    assert conn.execute(b"SELECT count(*) FROM api.tools").fetchone() == (1,)
    assert applied.git("status", "--porcelain") == ""


def test_the_table_of_every_kind_is_guarded_alike(conn: Conn) -> None:
    """A kind is added by a migration of its own, which must not forget what keeps its provenance true."""
    guards = conn.execute(
        b"SELECT kind.relname, array_agg(replace(pg_get_triggerdef(trigger.oid), kind.relname, '<kind>')"
        b" ORDER BY trigger.tgname) FROM pg_inherits JOIN pg_class AS kind ON kind.oid = inhrelid"
        b" JOIN pg_trigger AS trigger ON trigger.tgrelid = kind.oid"
        b" WHERE inhparent = 'registry.resources'::regclass AND NOT trigger.tgisinternal GROUP BY 1 ORDER BY 1"
    ).fetchall()
    indexes = conn.execute(
        b"SELECT tablename, bool_or(indexdef LIKE '%%(path)'),"
        b" bool_or(indexdef LIKE '%%digest IS DISTINCT FROM applied_digest%%')"
        b" FROM pg_indexes WHERE schemaname = 'registry' AND tablename = ANY (%s) GROUP BY 1 ORDER BY 1",
        [list(load_contract().plurals)],
    ).fetchall()

    assert [table for table, _ in guards] == list(load_contract().plurals)
    assert len({tuple(triggers) for _, triggers in guards}) == 1
    assert {function for trigger in guards[0][1] for function in re.findall(r"EXECUTE FUNCTION (\S+)\(", trigger)} == {
        "registry.disown",
        "registry.record_by_hand",
        "registry.refuse_by_hand",
        "registry.touch",
    }
    assert indexes == [(table, True, True) for table in load_contract().plurals]


# ---- What is missing, or is no manifest any more


REMOVE = b"DELETE FROM registry.tools"
EDIT = b"UPDATE registry.nodes SET manifest = replace(manifest::text, '8000', '9000')::json"


@pytest.mark.parametrize("how", ["its file is removed", "it is renamed"])
def test_what_is_missing_may_be_removed_or_renamed_by_a_revision(
    applied: Repository, toolreg: Toolreg, conn: Conn, how: str
) -> None:
    """It would be missing for ever, or lose its identity."""
    ((identity,),) = conn.execute(b"SELECT id FROM registry.tools").fetchall()
    conn.execute(b"DELETE FROM registry.tools")
    applied.remove("tools/lookup.yaml")
    applied.remove("services/agent.yaml")
    if how == "it is renamed":
        applied.add(tool("found", metadata={"movedFrom": "lookup"}))
    applied.commit()

    result = toolreg("apply", "--max-deletes", 2)

    assert result.code == 0, result.err
    assert ", changed by hand in the database  " in result.out
    assert toolreg("plan", "--detailed-exitcode").out == "Nothing to do: the database matches.\n"
    assert "Drift       none" in toolreg("status").out
    versions = conn.execute(
        b"SELECT action, name, drifted FROM api.history WHERE entity_id = %s", [identity]
    ).fetchall()
    last = ("delete", "lookup", True) if how == "its file is removed" else ("move", "found", True)
    assert versions == [("create", "lookup", False), last]


def test_a_limit_counts_what_is_missing_once(applied: Repository, toolreg: Toolreg, conn: Conn) -> None:
    applied.write("registry.yaml", registry(limits={"maxResources": 4}))
    applied.commit()
    assert toolreg("apply").code == 0
    conn.execute(b"DELETE FROM registry.tools")

    assert toolreg("apply").code == 0


@pytest.mark.parametrize(
    "nonsense",
    [
        """'{"x": ' || repeat('[', 900) || repeat(']', 900) || ', '""",
        """'{"x": ' || repeat('[', 3000) || repeat(']', 3000) || ', '""",
        """'{"x": 1e999, '""",
        """'{"x": ' || repeat('9', 5000) || ', '""",
        """'{"metadata": "twice", '""",
    ],
    ids=["deep", "deeper", "a-number", "digits", "a-key-twice"],
)
def test_a_row_that_holds_no_manifest_any_more_is_repaired(
    applied: Repository, toolreg: Toolreg, conn: Conn, nonsense: str
) -> None:
    """PostgreSQL takes much for JSON."""
    before = resources(conn)
    conn.execute(
        b"UPDATE registry.nodes SET manifest = (%b || substr(manifest::text, 2))::json".replace(
            b"%b", nonsense.encode()
        )
    )
    assert applied

    for command in (["plan"], ["plan", "-o", "json"], ["apply", "-o", "json"]):
        result = toolreg(*command)
        assert (result.code, result.err.count("rror")) == (0, 0), result.err

    assert resources(conn) == before


def test_names_that_were_swapped_by_hand_are_swapped_back(applied: Repository, toolreg: Toolreg, conn: Conn) -> None:
    """No statement can update them one after the other."""
    applied.add(tool("other", node="worker"))
    applied.commit()
    assert toolreg("apply").code == 0
    before = resources(conn)
    for old, new in (("lookup", "third"), ("other", "lookup"), ("third", "other")):
        conn.execute(
            b"UPDATE registry.tools SET manifest = replace(manifest::text, %s, %s)::json WHERE name = %s",
            [f'"name":"{old}"', f'"name":"{new}"', old],
        )

    result = toolreg("apply")

    assert result.code == 0, result.err
    assert resources(conn) == before


def test_a_row_that_was_put_in_again_by_hand_is_still_that_of_its_resource(
    applied: Repository, toolreg: Toolreg, conn: Conn
) -> None:
    before = resources(conn)
    conn.execute(
        b"WITH gone AS (DELETE FROM registry.tools RETURNING id, manifest)"
        b" INSERT INTO registry.tools (id, manifest) SELECT id, replace(manifest::text, 'TEST', 'MINE')::json FROM gone"
    )
    assert "1 changed by hand: Tool/lookup" in toolreg("status").out

    assert "~ update Tool/lookup, changed by hand in the database" in toolreg("apply").out

    assert resources(conn) == before
    assert applied


# ---- What the registry wants done about it


def policy(repository: Repository, drift: str) -> None:
    """Commit and apply what is to be done about drift, from now on."""
    repository.write("registry.yaml", registry(drift=drift))
    repository.commit()


def test_drift_that_is_only_reported_stays_and_the_rest_is_applied(
    applied: Repository, toolreg: Toolreg, conn: Conn
) -> None:
    policy(applied, "report")
    assert toolreg("apply").code == 0
    conn.execute(EDIT)
    left = "! Node/worker was changed by hand in the database; it stays so, since spec.drift is report\n"

    planned = toolreg("plan", "--detailed-exitcode")
    assert planned.code == 0
    assert planned.out == f"  {left}\nNothing to do: the database matches, but for what was changed by hand.\n"
    applied.add(tool("other"))
    applied.move("nodes/worker.yaml", "nodes/team/worker.yaml")
    applied.commit()
    result = toolreg("apply")

    assert result.code == 0
    assert left in result.out
    assert "Plan: 1 to create, 0 to update, 0 to delete." in result.out
    assert "1 changed by hand: Node/worker" in toolreg("status").out
    listed = toolreg("plan", "--ref", "HEAD", "-o", "json").json
    assert listed["unrepaired"] == [{"resource": "Node/worker", "way": "changed", "namedBy": []}]
    assert conn.execute(b"SELECT path, manifest ->> 'kind' FROM registry.nodes").fetchall() == [
        ("registry/nodes/team/worker.yaml", "Node")
    ]
    applied.write("nodes/team/worker.yaml", node(status="inactive"))
    applied.commit()
    changed = toolreg("apply")
    assert "~ update Node/worker, changed by hand in the database" in changed.out
    assert 'spec.address: "http://worker:9000" -> "http://worker:8000"' in changed.out
    assert 'spec.status: "active" -> "inactive"' in changed.out
    assert "Drift       none" in toolreg("status").out


def test_drift_that_is_only_reported_costs_no_reading_of_files(
    applied: Repository, toolreg: Toolreg, conn: Conn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither what was changed, put in or removed by hand has files read again that did not change."""
    policy(applied, "report")
    assert toolreg("apply").code == 0
    conn.execute(EDIT)
    put_in(conn, "foreign")
    read: list[str] = []

    def noting(source: Any, entries: Any, *others: Any) -> Any:
        read.extend(entry.inside for entry in entries)
        return load_manifests(source, entries, *others)

    monkeypatch.setattr("reconciler.planning.affected.load_manifests", noting)
    monkeypatch.setattr("reconciler.desired.load.load_manifests", noting)
    monkeypatch.setattr("reconciler.observed.stored.read_all_rows", lambda *_: pytest.fail("every row was looked at"))
    assert toolreg("plan", "--ref", "HEAD").code == 0
    assert set(read) == {"registry.yaml"}
    conn.execute(b"DELETE FROM registry.tools")
    assert toolreg("plan", "--ref", "HEAD").code == 0
    assert set(read) == {"registry.yaml"}
    monkeypatch.undo()
    policy(applied, "repair")
    assert toolreg("plan", "--ref", "HEAD", "-o", "json").json["summary"] == {
        "create": 1,
        "update": 1,
        "move": 0,
        "delete": 0,
    }


@pytest.mark.parametrize("again", [False, True], ids=["removed", "put in again"])
def test_the_file_of_what_is_left_missing_is_followed(
    applied: Repository,
    toolreg: Toolreg,
    conn: Conn,
    again: bool,  # noqa: FBT001  A column of the table.
) -> None:
    """No row knows it; history does, wherever it was moved before or since."""
    policy(applied, "report")
    applied.move("tools/lookup.yaml", "tools/before/lookup.yaml")
    applied.commit()
    assert toolreg("apply").code == 0
    conn.execute(
        b"WITH gone AS (DELETE FROM registry.tools RETURNING id, manifest)"
        b" INSERT INTO registry.tools (id, manifest) SELECT id, replace(manifest::text, 'TEST', 'MINE')::json FROM gone"
        if again
        else REMOVE
    )
    for old, new in (("before", "since"), ("since", "before")):
        applied.move(f"tools/{old}/lookup.yaml", f"tools/{new}/lookup.yaml")
        applied.commit()
        assert "Nothing to do" in toolreg("apply").out
    number = conn.execute(b"SELECT max(number) FROM registry.revisions").fetchone()
    assert toolreg("apply").code == 0
    assert conn.execute(b"SELECT max(number) FROM registry.revisions").fetchone() == number
    assert toolreg("drift", "-o", "json").json["resources"][0]["path"] == "registry/tools/before/lookup.yaml"
    applied.remove("tools/before/lookup.yaml")
    applied.remove("services/agent.yaml")
    applied.commit()

    result = toolreg("apply", "--max-deletes", 2)

    assert "- delete Tool/lookup, changed by hand in the database  was registry/tools/before/lookup.yaml" in result.out
    assert "Drift       none" in toolreg("status").out


def test_what_is_left_missing_is_told_to_whom_names_it(applied: Repository, toolreg: Toolreg, conn: Conn) -> None:
    """What is there already names it in vain; nothing new may."""
    policy(applied, "report")
    assert toolreg("apply").code == 0
    conn.execute(b"DELETE FROM registry.tools; DELETE FROM registry.nodes")

    out = toolreg("apply").out
    assert "! Node/worker was removed by hand in the database; it stays so, since spec.drift is report, " in out
    assert "although Tool/lookup names it\n" in out
    assert "although Service/agent names it\n" in out
    applied.add(tool("other", node="worker"))
    applied.commit()
    for command in ("plan", "apply"):
        result = toolreg(command)
        assert result.code == 3
        assert "      blocked: it names Node/worker, which somebody removed by hand\n" in result.out
        assert result.err.endswith("put that right first, all of it: toolreg drift --fix\n")
    applied.remove("tools/other.yaml")
    applied.remove("tools/lookup.yaml")
    applied.remove("services/agent.yaml")
    applied.add(node(status="inactive"))
    applied.commit()
    result = toolreg("apply", "--max-deletes", 2)
    assert result.code == 0, result.err
    assert "- delete Tool/lookup, changed by hand in the database" in result.out
    assert "+ create Node/worker, changed by hand in the database" in result.out
    assert "Drift       none" in toolreg("status").out


def test_a_row_that_keeps_a_name_given_by_hand_is_not_there_for_others(
    applied: Repository, toolreg: Toolreg, conn: Conn
) -> None:
    policy(applied, "report")
    conn.execute(b"UPDATE registry.tools SET manifest = replace(manifest::text, '\"lookup\"', '\"other\"')::json")
    applied.add(tool("other"), service("second", type="agent", usesTools=["lookup"]))
    applied.commit()

    result = toolreg("apply")

    assert result.code == 3
    assert "blocked: it has the name that somebody gave to the row of Tool/lookup by hand" in result.out
    assert "blocked: it names Tool/lookup, which somebody renamed to other by hand" in result.out


def test_drift_that_is_refused_stops_every_revision(applied: Repository, toolreg: Toolreg, conn: Conn) -> None:
    """A row that no registry owns stops none."""
    policy(applied, "refuse")
    put_in(conn, "foreign")
    assert toolreg("apply").code == 0
    conn.execute(EDIT)
    conn.execute(b"DELETE FROM registry.tools")
    before = resources(conn)
    why = (
        "Node/worker was changed by hand, Tool/lookup was removed by hand; spec.drift of this registry is refuse, so"
        " nothing is applied over that. See it with toolreg drift, and put it right with: toolreg drift --fix\n"
    )

    planned, result = toolreg("plan"), toolreg("apply")

    assert planned.code == 0
    assert planned.err.endswith(f"Applying this would be refused now: {why}")
    assert (result.code, resources(conn)) == (3, before)
    assert result.err.endswith(f"error: {why}")


@pytest.mark.parametrize("drift", ["repair", "report", "refuse"])
def test_a_row_that_no_registry_owns_stays_whatever_is_to_be_done_about_drift(
    applied: Repository, toolreg: Toolreg, conn: Conn, drift: str
) -> None:
    policy(applied, drift)
    put_in(conn, "foreign")
    applied.remove("services/agent.yaml")
    applied.commit()

    result = toolreg("apply")

    assert result.code == 0
    assert "! Node/foreign is in the database but was never applied; it stays as it is" in result.out
    assert toolreg("rollback", 1, "--reason", "It broke.").code == 0
    assert conn.execute(b"SELECT name FROM registry.nodes ORDER BY name").fetchall() == [("foreign",), ("worker",)]


# ---- Who did it


def hand_changes(conn: Conn) -> list[tuple[Any, ...]]:
    return conn.execute(
        b"SELECT action, kind, name, revision, role = session_user FROM api.hand_changes ORDER BY at"
    ).fetchall()


def put_in(conn: Conn, name: str, **spec: Any) -> None:
    """Put a node into the database by hand."""
    conn.execute(b"INSERT INTO registry.entities (kind, name) VALUES ('Node', %s)", [name])
    conn.execute(
        b"INSERT INTO registry.nodes (id, manifest) SELECT id, %s FROM registry.entities WHERE name = %s",
        [json.dumps(node(name, **spec)), name],
    )


def test_who_changes_a_resource_by_hand_is_recorded(applied: Repository, toolreg: Toolreg, conn: Conn) -> None:
    """Each row of its own, after which version; an apply is nobody's hand, and what changes nothing is no change."""
    conn.execute(b"UPDATE registry.tools SET manifest = manifest")
    assert hand_changes(conn) == []
    put_in(conn, "foreign")
    conn.execute(b"UPDATE registry.nodes SET manifest = replace(manifest::text, '8000', '9000')::json")
    conn.execute(b"DELETE FROM registry.tools")

    assert sorted(hand_changes(conn)) == [
        ("delete", "Tool", "lookup", 1, True),
        ("insert", "Node", "foreign", None, True),
        ("update", "Node", "foreign", None, True),
        ("update", "Node", "worker", 1, True),
    ]
    assert toolreg("apply").code == 0
    applied.remove("nodes/worker.yaml")
    applied.add(tool(), node("other"))
    applied.commit()
    assert toolreg("apply", "--max-deletes", 1).code == 0
    assert len(hand_changes(conn)) == 4


def test_whoever_may_change_a_row_is_recorded_and_cannot_write_the_record(
    applied: Repository, database: str, conn: Conn
) -> None:
    """Under the name of the role that they act as."""
    assert applied
    with login(database, "toolreg_reconciler") as conninfo, psycopg.connect(conninfo, autocommit=True) as caller:
        caller.execute(b"SET ROLE toolreg_reconciler")
        caller.execute(b"UPDATE registry.nodes SET manifest = replace(manifest::text, '8000', '9000')::json")
        for statement in (
            b"INSERT INTO registry.hand_changes (action, kind, name) VALUES ('update', 'Node', 'worker')",
            b"DELETE FROM registry.hand_changes",
            b"UPDATE registry.hand_changes SET role = 'somebody'",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                caller.execute(statement)
        caller.execute(b"RESET ROLE")
        caller.execute(b"UPDATE registry.nodes SET manifest = replace(manifest::text, '9000', '8000')::json")
        user = caller.info.user

    assert conn.execute(b"SELECT role, action FROM registry.hand_changes ORDER BY id").fetchall() == [
        ("toolreg_reconciler", "update"),
        (user, "update"),
    ]


def test_a_change_that_explains_nothing_any_more_is_purged_with_history(
    applied: Repository, toolreg: Toolreg, conn: Conn
) -> None:
    """What is still there, or still missing, keeps its explanation, however old that is."""
    assert applied
    conn.execute(b"UPDATE registry.services SET manifest = replace(manifest::text, '1.0.0', '2.0.0')::json")
    assert toolreg("apply").code == 0
    conn.execute(b"UPDATE registry.nodes SET manifest = replace(manifest::text, '8000', '9000')::json")
    conn.execute(b"DELETE FROM registry.tools")
    put_in(conn, "foreign")
    conn.execute(b"SET session_replication_role = replica")
    conn.execute(b"UPDATE registry.hand_changes SET at = at - interval '40 days'")
    conn.execute(b"RESET session_replication_role")
    assert toolreg("maintain", "purge_history").out == "purge_history: nothing to do\n"
    conn.execute(b"UPDATE runtime.settings SET keep_history = '30 days'")

    result = toolreg("maintain", "purge_history")

    assert result.out == "purge_history: 1 statement\n  removed 0 versions and 2 records of changes by hand\n"
    assert sorted(name for _, _, name, *_ in hand_changes(conn)) == ["foreign", "lookup", "worker"]
    assert toolreg("maintain", "purge_history").out == "purge_history: nothing to do\n"


# ---- toolreg drift


def shown(result: Result) -> str:
    """Return what was printed, with the same time each time."""
    return re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "<time>", result.out)


def test_drift_says_what_differs_in_which_way_since_when_and_by_whom(
    applied: Repository, toolreg: Toolreg, conn: Conn
) -> None:
    ((role,),) = conn.execute(b"SELECT session_user").fetchall()
    assert toolreg("drift", "--detailed-exitcode").out == "No drift: everything is as it was applied.\n"
    conn.execute(REMOVE)
    conn.execute(EDIT)
    conn.execute(b"UPDATE registry.nodes SET manifest = replace(manifest::text, 'worker\"', 'w\"')::json")
    put_in(conn, "foreign")
    applied.remove("registry.yaml")

    result = toolreg("drift")

    assert result.code == 0
    text = shown(result)
    assert f"  + Node/foreign\n      put in by hand <time> by {role}\n      metadata.description: " in text
    assert (
        "  ~ Node/worker  registry/nodes/worker.yaml, revision 1\n"
        f"      changed by hand <time> by {role}; once before that, by {role}\n"
        '      metadata.name: "worker" -> "w"\n'
        '      spec.address: "http://worker:8000" -> "http://worker:9000"\n'
        "  - Tool/lookup  registry/tools/lookup.yaml, revision 1\n"
        f"      removed by hand <time> by {role}\n"
        '      metadata.description: removed "lookup of a test."\n'
    ) in text
    assert text.endswith("\nDrift: 1 changed by hand, 1 removed by hand, 1 only in the database.\n")
    assert "toolreg drift --fix puts right" in result.err
    assert "toolreg adopt Node/foreign writes its file" in result.err
    listed = toolreg("drift", "node/worker", "tool/lookup", "-o", "json", "--detailed-exitcode")
    assert (listed.code, listed.json["summary"]) == (2, {"changed": 1, "missing": 1, "unmanaged": 0})
    worker, _ = listed.json["resources"]
    assert (worker["way"], worker["role"], worker["changes"]) == ("changed", role, 2)
    assert worker["fields"][1]["after"] == "http://worker:9000"
    assert toolreg("drift", "service/api").out == "No drift: everything is as it was applied.\n"
    assert "there never was a Tool/lokup here; did you mean lookup?" in toolreg("drift", "tool/lokup").err


@pytest.mark.parametrize("statement", [EDIT, REMOVE], ids=["changed", "removed"])
def test_what_nobody_saw_is_said_to_be_unknown(
    applied: Repository, toolreg: Toolreg, conn: Conn, statement: bytes
) -> None:
    """As where it was changed before changes were recorded, or with triggers switched off."""
    assert applied
    conn.execute(b"SET session_replication_role = replica")
    conn.execute(statement)

    text = shown(toolreg("drift"))

    said = "removed by hand, after <time>" if statement == REMOVE else "changed by hand <time>"
    assert f"      {said}; by whom is not known\n" in text


def test_drift_of_what_is_no_manifest_any_more_is_shown(applied: Repository, toolreg: Toolreg, conn: Conn) -> None:
    assert applied
    for table, change in (
        ("nodes", """'{"x": ' || repeat('[', 3000) || repeat(']', 3000) || ', ' || substr(manifest::text, 2)"""),
        ("tools", """' ' || manifest::text"""),
    ):
        conn.execute(f"UPDATE registry.{table} SET manifest = ({change})::json".encode())

    text, listed = toolreg("drift"), toolreg("drift", "-o", "json")

    assert "what is there is no manifest: it is nested too deeply, or has a number that is too large\n" in text.out
    assert "      the same fields, but the row was put in again or written in another way\n" in text.out
    assert [one["fields"] for one in listed.json["resources"]] == [None, []]
    assert toolreg("drift", "--fix").code == 0
    assert toolreg("drift").out == "No drift: everything is as it was applied.\n"


@pytest.mark.parametrize("drift", ["repair", "report", "refuse"])
def test_fixing_restores_what_was_applied_as_a_revision_that_says_so(
    applied: Repository, toolreg: Toolreg, conn: Conn, drift: str
) -> None:
    """Whatever is to be done about drift by an apply, and whatever lies in the work tree."""
    policy(applied, drift)
    assert toolreg("apply").code == 0
    applied.add(node(status="inactive"))
    before = resources(conn)
    conn.execute(EDIT)
    conn.execute(REMOVE)
    put_in(conn, "foreign")

    result = toolreg("drift", "--fix", "--detailed-exitcode")

    assert result.code == 2, result.err
    assert "~ update Node/worker, changed by hand in the database" in result.out
    assert "! Node/foreign is in the database but was never applied; it stays as it is" in result.out
    assert [row for row in resources(conn) if row[1] != "foreign"] == before
    assert conn.execute(
        b"SELECT source, restored, reason, contract FROM registry.revisions ORDER BY number OFFSET 1"
    ).fetchall() == [
        ("commit", None, None, load_contract().digest),
        ("history", 2, "drift repaired", load_contract().digest),
    ]
    assert toolreg("drift", "--fix", "--detailed-exitcode").code == 0
    assert "Nothing to do" in toolreg("apply").out


def test_only_what_is_named_is_fixed(applied: Repository, toolreg: Toolreg, conn: Conn) -> None:
    """Unless it names what is still missing: that must not come to light as a broken constraint."""
    assert applied
    conn.execute(REMOVE)
    conn.execute(b"DELETE FROM registry.nodes")

    result = toolreg("drift", "tool/lookup", "--fix")
    assert result.code == 3
    assert "Tool/lookup names Node/worker, which somebody removed by hand; put that right first" in result.err
    assert toolreg("drift", "node/worker", "--fix").code == 0
    assert toolreg("drift", "-o", "json").json["summary"] == {"changed": 0, "missing": 1, "unmanaged": 0}
    assert toolreg("drift", "tool/lookup", "node/worker", "--fix", "-o", "json").json["summary"]["create"] == 1
    assert toolreg("drift", "--detailed-exitcode").code == 0


def test_fixing_after_a_rollback_does_not_undo_it(applied: Repository, toolreg: Toolreg, conn: Conn) -> None:
    """The commit that was rolled back is still refused, and one that was not is still welcome."""
    applied.add(node(status="inactive"))
    applied.commit()
    assert toolreg("apply").code == 0
    with connect(conn.info.dsn) as connection:
        attempt = make_restoration(connection, 1, load_contract(), NO_CONSENT, "It broke.")
    with reconcile.prepared(lambda: connect(conn.info.dsn), attempt, 5) as ready:
        assert ready.apply()
    conn.execute(EDIT)

    assert toolreg("drift", "--fix").code == 0

    assert conn.execute(b"SELECT restored FROM registry.revisions WHERE number = 4").fetchone() == (1,)
    result = toolreg("apply")
    assert result.code == 3
    assert "rolled back" in result.err


def test_fixing_waits_for_nobody_who_was_faster(applied: Repository, toolreg: Toolreg, conn: Conn) -> None:
    """Else what it restores would be older than what is applied, and pass for a rollback."""
    conn.execute(EDIT)
    with connect(conn.info.dsn) as connection:
        attempt = make_repair(connection, 1, load_contract(), NO_CONSENT)
    applied.add(tool("other"))
    applied.commit()
    assert toolreg("apply").code == 0

    with pytest.raises(Overtaken), reconcile.prepared(lambda: connect(conn.info.dsn), attempt, 5) as ready:
        ready.apply()


def test_drift_is_told_to_whoever_may_read(applied: Repository, database: str, conn: Conn) -> None:
    """And put right by whoever may apply."""
    conn.execute(EDIT)
    with login(database, "toolreg_reader") as reader, login(database, "toolreg_reconciler") as reconciler:
        assert run("drift", "--detailed-exitcode", "--database", reader, cwd=applied.top).code == 2
        assert run("drift", "--fix", "--database", reader, cwd=applied.top).code == 1
        assert run("drift", "--fix", "--database", reconciler, cwd=applied.top).code == 0


def test_before_the_first_apply_nothing_drifted(toolreg: Toolreg, conn: Conn) -> None:
    put_in(conn, "foreign")

    for option in ((), ("--fix",)):
        result = toolreg("drift", *option)
        assert result.code == 0
        assert "+ Node/foreign" in result.out
        assert "Nothing was applied yet" in result.err
