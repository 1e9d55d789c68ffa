"""The change feed: what each revision changed, and how a consumer sees that its changes are not known."""

import json
import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from typing import Any

import psycopg
import pytest

from reconciler.core.state.event import Position
from reconciler.database.connection import connect
from reconciler.observed.events import find_position
from reconciler.serving import following
from reconciler.serving.following import follow_events
from tests.builders import Repository, tool
from tests.conftest import Begin, Beginning, Toolreg
from tests.roles import login
from tests.test_maintain import age_revisions, with_history

Conn = psycopg.Connection[Any]
Told = list[tuple[Any, ...]]

PAST: Told = [
    (1, "create", "Service", "api", None),
    (1, "create", "Tool", "gone", None),
    (1, "create", "Tool", "old", None),
    (1, "create", "Tool", "restored", None),
    (2, "update", "Tool", "gone", None),
    (2, "update", "Tool", "old", None),
    (2, "delete", "Tool", "restored", None),
    (3, "delete", "Tool", "gone", None),
    (3, "move", "Tool", "new", "old"),
    (3, "create", "Tool", "restored", None),
    (4, "update", "Tool", "new", None),
]
NOW: Told = [
    (4, "reset", None, None, None),
    (4, "present", "Service", "api", None),
    (4, "present", "Tool", "new", None),
    (4, "present", "Tool", "restored", None),
]


@pytest.fixture(scope="module")
def beginning(begin: Begin) -> Beginning:
    return begin(with_history)


def changes(conn: Conn, since: int | None, since_id: object = None, most: int | None = None) -> Told:
    return conn.execute(
        b"SELECT revision, action, kind, name, former_name FROM api.changes_since(%s, %s, %s)", (since, since_id, most)
    ).fetchall()


def revision_id(conn: Conn, number: int) -> uuid.UUID:
    [(found,)] = conn.execute(b"SELECT id FROM registry.revisions WHERE number = %s", (number,)).fetchall()
    assert isinstance(found, uuid.UUID)
    return found


@pytest.mark.usefixtures("begun")
def test_the_changes_of_each_revision_are_told_in_order(conn: Conn) -> None:
    assert changes(conn, 0) == PAST
    assert changes(conn, 2, revision_id(conn, 2)) == [row for row in PAST if row[0] > 2]
    assert changes(conn, 4, revision_id(conn, 4)) == []
    rows = conn.execute(
        b"SELECT change.manifest::text, change.digest, change.entity_id, change.changed_at, change.revision_id"
        b" FROM api.changes_since(3) AS change"
    ).fetchall()
    stored = conn.execute(
        b"SELECT tool.manifest::text, tool.digest, tool.id, made.finished_at, made.id"
        b" FROM registry.tools AS tool, registry.revisions AS made WHERE tool.name = 'new' AND made.number = 4"
    ).fetchall()
    assert rows == stored


@pytest.mark.usefixtures("begun")
@pytest.mark.parametrize("most", [-1, 1, 3, 5, 100])
def test_read_in_parts_no_revision_is_cut_and_none_is_missed(conn: Conn, most: int) -> None:
    read: Told = []
    while part := changes(conn, read[-1][0] if read else 0, most=most):
        assert len(part) <= max(most, 1) + 3
        read += part

    assert read == PAST


@pytest.mark.usefixtures("begun")
def test_a_consumer_that_knows_nothing_is_told_all_that_is_declared(conn: Conn) -> None:
    conn.execute(
        b"UPDATE registry.tools SET manifest = replace(manifest::text, 'TWO', 'HAND')::json WHERE name = 'new'"
    )

    assert changes(conn, None) == NOW
    assert changes(conn, None, most=1) == NOW, "a reset is never cut"
    declared = conn.execute(b"SELECT id, digest, manifest::text FROM api.registry_at(4) ORDER BY kind, name").fetchall()
    told = conn.execute(
        b"SELECT entity_id, digest, manifest::text FROM api.changes_since() WHERE action = 'present'"
    ).fetchall()
    assert told == declared, "as declared, not as somebody left it by hand"


def test_before_the_first_revision_there_is_nothing(undone: Conn) -> None:
    assert undone.execute(b"SELECT revision, revision_id, action FROM api.changes_since()").fetchall() == [
        (0, None, "reset")
    ]
    assert changes(undone, 0) == []


@pytest.mark.usefixtures("begun")
def test_a_consumer_learns_that_versions_were_purged(toolreg: Toolreg, conn: Conn) -> None:
    """Only where it may miss some: from the beginning of the complete history on, it reads on."""
    conn.execute(b"UPDATE runtime.settings SET keep_history = '30 days'")
    age_revisions(conn, 100)
    toolreg("maintain", "purge_history")
    [(horizon,)] = conn.execute(b"SELECT revision FROM registry.horizon").fetchall()
    assert horizon == 4

    assert [changes(conn, since) for since in range(4)] == [NOW] * 4
    assert changes(conn, 4, revision_id(conn, 4)) == []


@pytest.mark.usefixtures("begun")
def test_a_follower_from_a_number_learns_that_another_revision_has_it(database: str, conn: Conn) -> None:
    with connect(database) as reading:
        position = find_position(reading, 3)
        assert (position.revision, position.revision_id) == (3, str(revision_id(conn, 3)))
        assert find_position(reading).revision == 4
        assert find_position(reading, 99) == Position(99)


@pytest.mark.usefixtures("begun")
def test_a_consumer_learns_that_the_database_was_restored(conn: Conn) -> None:
    assert changes(conn, 5) == NOW, "the database lacks this revision"
    assert changes(conn, 3, revision_id(conn, 4)) == NOW, "the number was given to another revision"
    assert changes(conn, 3, revision_id(conn, 3)) == PAST[-1:]
    assert changes(conn, 0, uuid.uuid4()) == NOW


def test_only_applied_revisions_are_told_and_notified(begun: Repository, toolreg: Toolreg, conn: Conn) -> None:
    """A repair and a rollback, too; not what is refused, fails or only moves a file; a plan writes nothing."""
    conn.execute(b"LISTEN toolreg_revision")
    assert toolreg("apply", "--ref", "HEAD~1").code == 3
    begun.write("tools/broken.yaml", "x: [")
    begun.commit()
    assert toolreg("apply").code == 1
    begun.remove("tools/broken.yaml")
    begun.move("tools/new.yaml", "tools/team/new.yaml")
    begun.commit()
    assert toolreg("apply", "--dry-run").code == 0
    assert toolreg("apply").code == 0
    conn.execute(
        b"UPDATE registry.tools SET manifest = replace(manifest::text, 'TWO', 'HAND')::json WHERE name = 'new'"
    )
    assert toolreg("drift", "--fix").code == 0
    assert toolreg("rollback", 3, "--reason", "why").code == 0
    applied = [
        number
        for (number,) in conn.execute(b"SELECT number FROM api.revisions WHERE outcome = 'applied' ORDER BY number")
    ]

    assert changes(conn, 4, revision_id(conn, 4)) == [
        (applied[-2], "update", "Tool", "new", None),
        (applied[-1], "update", "Tool", "new", None),
    ]
    heard = [notify.payload for notify in conn.notifies(timeout=0.1)]
    assert heard == [str(number) for number in applied if number > 4]
    assert len(heard) == 3
    failed = conn.execute(b"SELECT max(number) FROM api.revisions WHERE outcome <> 'applied'").fetchone()
    assert failed is not None
    assert changes(conn, failed[0]) == changes(conn, 4), "the number of a failed attempt is a position, too"


@pytest.mark.usefixtures("begun")
@pytest.mark.parametrize("group", ["toolreg_reader", "toolreg_agent"])
def test_agents_and_readers_follow(database: str, group: str) -> None:
    with login(database, group) as member, psycopg.connect(member, autocommit=True) as conn:
        conn.execute(b"LISTEN toolreg_revision")
        assert changes(conn, 0) == PAST
        assert changes(conn, None) == NOW


def test_a_notification_wakes_a_follower(begun: Repository, toolreg: Toolreg, monkeypatch: pytest.MonkeyPatch) -> None:
    """Long before it would look by itself."""
    monkeypatch.setattr(following, "POLL_SECONDS", 60.0)
    batches = follow_events(lambda: connect(toolreg.database), Position(4), pytest.fail, with_manifests=False)
    assert next(batches) == []
    apply_next(begun, toolreg)

    with ThreadPoolExecutor() as pool:
        [event] = pool.submit(next, batches).result(30)

    assert (event.revision, event.action, event.name, event.manifest) == (5, "update", "new", None)
    batches.close()


def test_a_lost_notification_delays_a_follower_only(
    begun: Repository, toolreg: Toolreg, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "POLL_SECONDS", 0.01)
    with connect(toolreg.database) as conn:
        batches = follow_events(lambda: nullcontext(conn), Position(4), pytest.fail, with_manifests=True)
        assert next(batches) == []
        conn.execute(b"UNLISTEN *")
        apply_next(begun, toolreg)

        [event] = next(batch for batch in batches if batch)

        assert (event.revision, event.action, event.name) == (5, "update", "new")
        assert json.loads(event.manifest or "")["spec"]["version"] == "3.0.0"
        batches.close()


def apply_next(repository: Repository, toolreg: Toolreg) -> None:
    repository.add(tool("new", version="3.0.0"))
    repository.commit()
    assert toolreg("apply").code == 0


def test_the_command_prints_a_line_for_each_change(begun: Repository, toolreg: Toolreg) -> None:
    text = toolreg("events", "--since", 2)
    assert text.code == 0
    assert [(int(line.split()[0]), line.split("Z  ")[1]) for line in text.out.splitlines()] == [
        (3, "delete   Tool/gone"),
        (3, "move     Tool/new (was old)"),
        (3, "create   Tool/restored"),
        (4, "update   Tool/new"),
    ]
    commit = begun.git("rev-parse", "HEAD~1").strip()
    printed = toolreg("events", "--since", commit, "-o", "json").out.splitlines()
    [event] = map(json.loads, printed)
    assert (event["formatVersion"], event["revision"], event["action"], event["name"]) == (1, 4, "update", "new")
    assert event["manifest"]["spec"]["version"] == "2.0.0"
    assert set(event) > {"revisionId", "changedAt", "kind", "formerName", "entityId", "digest"}
    reset = toolreg("events", "--since", 99).out.splitlines()
    assert len(reset) == 4
    assert reset[0].endswith("  reset    the changes since then are not known; all resources follow")
    assert toolreg("events", "--since", 4).out == ""


@pytest.mark.usefixtures("begun")
def test_the_command_says_what_it_cannot_do(toolreg: Toolreg) -> None:
    nothing = toolreg("events")
    assert nothing.code == 64
    assert "give --since REV to print past changes, or --follow" in nothing.err
    assert toolreg("events", "--since", "x").code == 64
    unknown = toolreg("events", "--since", "abcdef0123", "-o", "json")
    assert unknown.code == 1
    assert json.loads(unknown.out)["error"].startswith("no applied revision comes from a commit abcdef0123")
    assert unknown.out.count("\n") == 1
    away = toolreg.offline("events", "--follow", "--database", "host=127.0.0.1 port=1")
    assert away.code == 4
