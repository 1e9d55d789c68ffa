"""Reading back: get, describe, history, blame, status and the embedded server's own commands."""

import json
import subprocess
import sys
from importlib import import_module
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from reconciler.cli.group import COMMANDS
from reconciler.core.json_text import to_json_text
from reconciler.core.yaml.document import Document, parse_yaml
from reconciler.render import table
from reconciler.render.table import Column, Keep
from tests.builders import Repository, node, run, service, tool
from tests.conftest import Begin, Beginning, Toolreg
from tests.roles import login

Connection = psycopg.Connection[Any]

ODD = r"""
apiVersion: toolreg/v1
kind: Tool
spec:
  category: TEST
  version: 1.0.0
  lifecycle: active
  service: api
  inputSchema:
    type: object
    x-odd:
      numbers: [1, 1.0, -0.0, 1e22, 010, 0x10, 123456789012345678901234567890]
      texts: ["1", "no", no, "010", "1e3", "~", 2026-11-22, "2026-11-22", 12:30, "", "<<"]
      spaces: [" a", "a ", "\ta", "a\N b", "\L", "\e[31m", "\x9b", "\u202e", "\U0001F600", ☃]
      nothing: [~, null, {}, [], true]
      lines: |+
        one
          two

      z: 1
      a: 2
metadata:
  name: odd
  owner: team
  description: |
    Two lines,
    and a break.
  labels: {z: "1", a: "yes"}
"""


def text_of(content: str | bytes) -> str:
    """Return what a YAML text holds as JSON text, which tells types and order apart."""
    document = parse_yaml(content.encode() if isinstance(content, str) else content)
    assert isinstance(document, Document), document
    return to_json_text(document.value)


@pytest.fixture(scope="module")
def beginning(begin: Begin) -> Beginning:
    """A repository with a service, a node and two tools, applied as revision 1."""

    def fill(repository: Repository, toolreg: Toolreg) -> None:
        repository.add(
            node(),
            tool(
                "lookup",
                metadata={"title": "Look up", "tags": ["read", "fast"]},
                node="worker",
                limits={"timeout": "30s"},
            ),
            tool("store", metadata={"owner": "other", "tags": ["write"]}, category="STORAGE"),
        )
        repository.commit("Add tools")
        assert toolreg("apply").code == 0

    return begin(fill)


@pytest.fixture
def changed(applied: Repository, toolreg: Toolreg) -> Repository:
    """The same after revision 2, in which one field of a tool changed."""
    applied.add(
        tool(
            "lookup", metadata={"title": "Look up", "tags": ["read", "fast"]}, node="worker", limits={"timeout": "45s"}
        )
    )
    applied.commit("Give it more time")
    assert toolreg("apply").code == 0
    return applied


def test_every_command_says_first_what_its_short_help_says() -> None:
    for name, help_text in COMMANDS.items():
        command = getattr(import_module(f"reconciler.cli.commands.{name}"), name)
        assert command.help.splitlines()[0] == help_text


def test_what_get_returns_as_yaml_parses_to_what_git_holds(repository: Repository, toolreg: Toolreg) -> None:
    repository.write("tools/odd.yaml", ODD)
    repository.commit()
    assert toolreg("apply").code == 0

    result = toolreg("get", "tool", "odd", "-o", "yaml")

    assert text_of(result.out) == text_of(ODD)
    assert result.out.replace("\n", "").isprintable()


def test_the_order_of_keys_in_json_is_that_of_the_file(repository: Repository, toolreg: Toolreg) -> None:
    repository.write("tools/odd.yaml", ODD)
    repository.commit()
    toolreg("apply")

    one = toolreg("get", "tool/odd", "-o", "json")
    several = toolreg("get", "tools", "-o", "json")

    assert to_json_text(one.json) == text_of(ODD)
    assert to_json_text(several.items) == f"[{text_of(ODD)}]"
    assert one.out.replace("\n", "").isprintable()


@pytest.mark.parametrize("word", ["tool", "tools", "Tool", "TOOLS"])
def test_a_kind_is_named_in_singular_or_plural(applied: Repository, toolreg: Toolreg, word: str) -> None:
    assert applied
    assert [one["metadata"]["name"] for one in toolreg("get", word, "-o", "json").items] == ["lookup", "store"]


def test_a_table_shows_what_every_resource_of_the_kind_must_say(applied: Repository, toolreg: Toolreg) -> None:
    assert applied
    assert toolreg("get", "nodes").out.splitlines() == [
        "NAME    OWNER  TYPE           ADDRESS             STATUS",
        "worker  team   TOOL_EXECUTOR  http://worker:8000  active",
    ]


def test_a_table_is_cut_to_a_terminal_and_never_for_a_program() -> None:
    """What matters least goes first, the name never."""
    columns = [Column("NAME", Keep.ALL), Column("OWNER", Keep.NOTHING), Column("ADDRESS"), Column("FIELD", Keep.END)]
    rows = [["a-long-name", "team", "http://\u4e16\u754c.example.com", "spec.limits.timeout"]]

    whole, narrow, least = (list(table.render_table(columns, rows, width)) for width in (None, 50, 20))

    assert whole[1] == "a-long-name  team   http://\u4e16\u754c.example.com  spec.limits.timeout"
    assert narrow == [
        "NAME         ADDRESS           FIELD",
        "a-long-name  http://\u4e16\u754c.e...  spec.limits.timeout",
    ]
    assert least == ["NAME         ADDRESS", "a-long-name  http..."]


@pytest.mark.parametrize("length", [1, 38, 60, 64])
def test_no_line_of_a_table_is_wider_than_the_terminal(length: int) -> None:
    """Columns become as short as their titles before one goes."""
    titles = [Column("NAME", Keep.ALL), *map(Column, ("VERSION", "CATEGORY", "LIFECYCLE", "SERVICE"))]
    rows = [["n" * length, "1.0.0-long-one", "A_LONG_CATEGORY", "deprecated", "a-long-service"]]

    head, line = table.render_table(titles, rows, 80)

    assert len(head) <= 80
    assert len(line) <= 80
    assert ("SERVICE" in head) is (length < 40)


def test_a_name_that_is_wider_than_the_terminal_hides_no_column() -> None:
    """A name has up to 128 characters and stays whole, since people copy it; what belongs to it stands below."""
    titles = [Column("NAME", Keep.ALL), Column("OWNER"), Column("VERSION")]
    rows = [["n" * 128, "team", "1.0.0"], ["short", "team", "1.0.0"]]

    assert list(table.render_table(titles, rows, 80)) == [
        "NAME   OWNER  VERSION",
        "n" * 128,
        "       team   1.0.0",
        "short  team   1.0.0",
    ]
    assert list(table.render_table(titles, rows))[1] == f"{'n' * 128}  team   1.0.0"


def test_a_change_of_a_long_text_shows_the_differing_words_on_a_narrow_terminal(
    applied: Repository, toolreg: Toolreg, monkeypatch: pytest.MonkeyPatch
) -> None:
    applied.add(tool("lookup", metadata={"title": "A title that is long " * 3 + "once"}))
    applied.commit()
    toolreg("apply")
    applied.add(tool("lookup", metadata={"title": "A title that is long " * 3 + "twice"}))
    applied.commit()
    toolreg("apply")
    monkeypatch.setattr("reconciler.cli.commands.history.measure_terminal", lambda: 80)

    out = toolreg("history", "tool/lookup").out

    assert 'is long once"' in out
    assert 'is long twice"' in out


@pytest.mark.parametrize(
    ("options", "names"),
    [
        (["--tag", "read"], ["lookup"]),
        (["--tag", "read", "--tag", "fast"], ["lookup"]),
        (["--tag", "read", "--tag", "write"], []),
        (["--owner", "other"], ["store"]),
        (["--category", "STORAGE"], ["store"]),
        (["--service", "api"], ["lookup", "store"]),
        (["--node", "worker"], ["lookup"]),
        (["--node", "worker", "--owner", "other"], []),
    ],
)
def test_filters_narrow_a_list(applied: Repository, toolreg: Toolreg, options: list[str], names: list[str]) -> None:
    assert applied
    assert [one["metadata"]["name"] for one in toolreg("get", "tools", *options, "-o", "json").items] == names


@pytest.mark.parametrize(
    "arguments",
    [["get", "tool", "\udcff"], ["history", "tool/\udcff"], ["get", "tools", "--owner", "\udcff", "--tag", "\udcff"]],
)
def test_an_argument_that_is_not_text_names_nothing(
    applied: Repository, toolreg: Toolreg, arguments: list[str]
) -> None:
    """The bytes of a command line need not be UTF-8; Python then hands over half characters."""
    assert applied
    result = toolreg(*arguments)

    assert result.out == ""
    assert (result.out + result.err).replace("\n", "").isprintable()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["get", "tols"], 'there is no kind of resource called "tols"; did you mean tools?'),
        (["get", "tool", "lokup"], "there is no Tool/lokup; did you mean lookup?"),
        (["describe", "tool/nothing"], "there is no Tool/nothing; expected one of lookup, store"),
        (["get", "nodes", "--category", "X"], "which a Node does not have; Tool has it"),
        (["history", "node/wrker"], "there never was a Node/wrker here; did you mean worker?"),
    ],
)
def test_what_is_not_there_is_an_error_with_a_suggestion(
    applied: Repository, toolreg: Toolreg, arguments: list[str], message: str
) -> None:
    assert applied
    result = toolreg(*arguments)

    assert (result.code, result.out) == (1, "")
    assert message in result.err


def test_a_row_changed_by_hand_is_shown_with_a_note(applied: Repository, toolreg: Toolreg, conn: Connection) -> None:
    assert applied
    conn.execute(b"UPDATE registry.nodes SET manifest = replace(manifest::text, 'active', 'inactive')::json")

    result = toolreg("get", "node", "worker", "-o", "json")

    assert result.json["spec"]["status"] == "inactive"
    assert result.err == "Changed by hand in the database: Node/worker; toolreg drift shows how.\n"


def test_a_row_put_in_by_hand_is_shown_as_what_it_is(toolreg: Toolreg, conn: Connection) -> None:
    """It has no history, and may hold what no manifest can."""
    row = """
        WITH entity AS (
            INSERT INTO registry.entities (kind, name, present) VALUES ('Node', 'stray', false) RETURNING id
        )
        INSERT INTO registry.nodes (id, manifest)
        SELECT
            id,
            '{"kind": "Node", "metadata": {"name": "stray"}, "spec": {"type": 7, "address": [], "status": "active"%s}}'
        FROM entity
    """
    conn.execute((row % "").encode())

    assert "put into the database by hand" in toolreg("describe", "node/stray").out
    for command in ("history", "blame"):
        result = toolreg(command, "node/stray")
        assert (result.code, result.err) == (
            1,
            "error: Node/stray was put into the database by hand; it has no history\n",
        )
    # Without it, an identity cannot be deleted by hand.
    conn.execute(b"SET session_replication_role = replica")
    remove = b"DELETE FROM registry.nodes; DELETE FROM registry.entities WHERE kind = 'Node'"
    conn.execute(remove)
    for impossible in (', "x": 1e999', f', "x": {"[" * 3000}{"]" * 3000}'):
        conn.execute((row % impossible).encode())
        assert "the row of Node/stray was changed by hand" in toolreg("get", "nodes").err
        conn.execute(remove)
    assert toolreg("get", "nodes").err == "Nothing was applied yet; toolreg apply makes the first revision.\n"


def test_describe_says_where_a_resource_comes_from_and_what_it_is_tied_to(
    changed: Repository, toolreg: Toolreg
) -> None:
    head = changed.git("rev-parse", "HEAD")

    text = toolreg("describe", "tool/lookup").out
    document = toolreg("describe", "Tool", "lookup", "-o", "json").json

    assert f"  commit      {head}\n" in text
    assert "  /spec/node -> Node/worker\n" in text
    assert "    timeout: 45s\n" in text
    assert document["manifest"]["spec"]["limits"] == {"timeout": "45s"}
    assert document["provenance"]["author"] == "Ada Lovelace <ada@example.com>"
    assert document["provenance"]["path"] == "registry/tools/lookup.yaml"
    assert document["names"] == [
        {"pointer": "/spec/node", "kind": "Node", "name": "worker"},
        {"pointer": "/spec/service", "kind": "Service", "name": "api"},
    ]
    assert [(one["revision"], one["action"]) for one in document["versions"]] == [(2, "update"), (1, "create")]


def test_describe_shows_who_names_a_resource(applied: Repository, toolreg: Toolreg) -> None:
    applied.add(service(usesTools=["store", "lookup"]))
    applied.commit()
    toolreg("apply")

    assert toolreg("describe", "tool/lookup", "-o", "json").json["namedBy"] == [
        {"kind": "Service", "name": "api", "pointer": "/spec/usesTools/1"}
    ]


def test_history_lists_every_attempt(changed: Repository, toolreg: Toolreg) -> None:
    changed.write("tools/broken.yaml", "kind: Tool\n")
    changed.commit("Break it")
    assert toolreg("apply").code == 1

    table = toolreg("history").out.splitlines()
    document = toolreg("history", "-o", "json").items

    assert [line.split()[:2] for line in table[1:] if not line.startswith(" ")] == [
        ["3", "failed"],
        ["2", "applied"],
        ["1", "applied"],
    ]
    assert "registry/tools/broken.yaml:1:1" in table[2]
    assert [(one["created"], one["updated"]) for one in document] == [(0, 0), (0, 1), (4, 0)]
    assert [one["subject"] for one in document] == ["Break it", "Give it more time", "Add tools"]


def test_history_says_when_older_ones_are_left_out(changed: Repository, toolreg: Toolreg) -> None:
    assert changed
    result = toolreg("history", "--limit", 1, "-o", "json")

    assert [one["revision"] for one in result.items] == [2]
    assert result.err == "Older ones are left out; --limit 2 shows more.\n"


def test_history_of_a_resource_shows_what_changed_by_field(changed: Repository, toolreg: Toolreg) -> None:
    assert changed
    document = toolreg("history", "tool/lookup", "-o", "json").json

    assert '     spec.limits.timeout: "30s" -> "45s"\n' in toolreg("history", "tool/lookup").out
    assert document["versions"][0]["fields"] == [
        {"field": "spec.limits.timeout", "pointer": "/spec/limits/timeout", "before": "30s", "after": "45s"}
    ]


def test_history_follows_a_resource_through_a_rename_and_its_deletion(applied: Repository, toolreg: Toolreg) -> None:
    applied.remove("tools/lookup.yaml")
    applied.add(tool("find", metadata={"movedFrom": "lookup"}))
    applied.commit("Rename it")
    assert toolreg("apply").code == 0
    renamed = toolreg("describe", "tool/lookup")
    applied.remove("tools/find.yaml")
    applied.commit("Remove it")
    assert toolreg("apply").code == 0

    by_name = toolreg("history", "tool/find", "-o", "json").json

    assert renamed.code == 1
    assert "there is no Tool/lookup any more: it is Tool/find now" in renamed.err
    assert by_name == toolreg("history", "tool/lookup", "-o", "json").json
    assert [(one["action"], one["name"]) for one in by_name["versions"]] == [
        ("delete", "find"),
        ("move", "find"),
        ("create", "lookup"),
    ]
    assert "toolreg history Tool/find shows what it was" in toolreg("get", "tool", "find").err


def test_blame_says_which_revision_set_each_field(changed: Repository, toolreg: Toolreg) -> None:
    first, second = changed.git("rev-list", "--reverse", "HEAD", "-2").splitlines()

    fields = {one["field"]: one for one in toolreg("blame", "tool/lookup", "-o", "json").json["fields"]}

    assert [*fields][:3] == ["apiVersion", "kind", "metadata.name"]
    assert (fields["spec.limits.timeout"]["revision"], fields["spec.limits.timeout"]["commit"]) == (2, second)
    assert (fields["metadata.tags[1]"]["revision"], fields["metadata.tags[1]"]["commit"]) == (1, first)
    assert {one["author"] for one in fields.values()} == {"Ada Lovelace <ada@example.com>"}
    [line] = [line for line in toolreg("blame", "tool/lookup").out.splitlines() if "spec.limits.timeout" in line]
    assert line.split()[:2] == ["2", second[:8]]


def test_blame_of_a_deleted_resource_shows_the_last_manifest(applied: Repository, toolreg: Toolreg) -> None:
    applied.remove("tools/store.yaml")
    applied.commit()
    toolreg("apply")

    result = toolreg("blame", "tool", "store", "-o", "json")

    assert result.err == "Tool/store was deleted in revision 2; this is what it was.\n"
    assert result.json["present"] is False
    assert {one["revision"] for one in result.json["fields"]} == {1}


def test_status_shows_what_is_applied_and_what_drifted(changed: Repository, toolreg: Toolreg, conn: Connection) -> None:
    changed.write("tools/broken.yaml", "kind: Tool\n")
    changed.commit("Break it")
    toolreg("apply")
    conn.execute(b"UPDATE registry.nodes SET manifest = replace(manifest::text, 'active', 'inactive')::json")
    conn.execute(b"DELETE FROM registry.tools WHERE name = 'store'")

    text, document = toolreg("status").out, toolreg("status", "-o", "json").json

    assert "Applied     revision 2, commit " in text
    assert "Attempted   revision 3, commit " in text
    assert "failed: 1 problem" in text
    assert "Resources   1 node, 1 service, 1 tool\n" in text
    assert "Drift       1 changed by hand: Node/worker\n" in text
    assert document["drift"] == {"changed": ["Node/worker"], "missing": ["Tool/store"], "unmanaged": []}
    assert document["attempted"]["outcome"] == "failed"
    assert document["migrations"]["current"] is True


def test_status_never_shows_a_password(applied: Repository, database: str) -> None:
    for output in ("text", "json"):
        result = run("status", "-o", output, "--database", make_conninfo(database, password="sesame"), cwd=applied.top)  # noqa: S106

        assert result.code == 0
        assert "sesame" not in result.out + result.err


def test_status_says_what_to_do_with_a_database_that_was_never_migrated(
    repository: Repository, empty_database: str
) -> None:
    result = run("status", "--database", empty_database, cwd=repository.top)

    assert result.code == 0
    assert "never migrated. Run: toolreg migrate" in result.out
    assert run("get", "tools", "--database", empty_database, cwd=repository.top).code == 1


def test_status_tells_what_it_can_of_tables_that_it_does_not_know(
    applied: Repository, toolreg: Toolreg, conn: Connection
) -> None:
    """A newer toolreg may have changed them; which migrations are applied is still to be told."""
    assert applied
    conn.execute(b"ALTER TABLE registry.revisions DROP COLUMN subject CASCADE")

    result = toolreg("status")

    assert result.code == 0
    assert "Contents    cannot be read" in result.out
    assert toolreg("status", "-o", "json").json["applied"] is None


@pytest.mark.parametrize(
    "command", ["status", "get tools", "describe tool/lookup", "history", "history tool/lookup", "blame tool/lookup"]
)
def test_a_reader_reads_everything(applied: Repository, database: str, command: str) -> None:
    """The role toolreg_reader is enough, on a connection that cannot write."""
    with login(database, "toolreg_reader") as reader:
        conninfo = make_conninfo(reader, options="-c default_transaction_read_only=on")
        result = run(*command.split(), "--database", conninfo, cwd=applied.top)

    assert result.code == 0, result.err


def test_text_from_a_manifest_cannot_drive_the_terminal(repository: Repository, toolreg: Toolreg) -> None:
    title = "\x1b[31mred \x9b2J \u202egpj"
    repository.add(tool("loud", metadata={"title": title, "labels": {"note": title}}))
    repository.commit(f"Add \x1b[31m{title}".replace("\x9b", ""))
    assert toolreg("apply").code == 0
    commands = ["get tools", "describe tool/loud", "describe tool/loud -o json", "blame tool/loud", "history tool/loud"]

    for command in [*commands, "get tools -o yaml", "get tools -o json", "status", "history -o json"]:
        result = toolreg(*command.split())
        assert (result.out + result.err).replace("\n", "").isprintable(), command


def test_the_embedded_server_is_kept_up_from_start_to_stop(
    repository: Repository, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    monkeypatch.setenv("TOOLREG_STATE_DIR", str(tmp_path_factory.mktemp("state")))
    before = run("db", "url", cwd=repository.top)

    started = run("db", "start", cwd=repository.top)
    try:
        url = run("db", "url", "-o", "json", cwd=repository.top).json["url"]
        with psycopg.connect(url) as conn:
            row = conn.execute(b"SELECT count(*) FROM api.tools").fetchone()
        psql = [sys.executable, "-m", "reconciler", "db", "psql", "-XAtc", "SELECT 40 + 2"]
        answer = subprocess.run(psql, cwd=repository.top, check=True, capture_output=True, text=True)
    finally:
        stopped = run("db", "stop", cwd=repository.top)

    assert (before.code, before.out) == (1, "")
    assert "toolreg db start" in before.err
    assert started.out == f"{url}\n"
    assert (row, answer.stdout) == ((0,), "42\n")
    assert stopped.err == "The embedded server is stopped.\n"
    assert run("db", "stop", cwd=repository.top).err == "The embedded server was not running.\n"
    assert json.loads(run("status", "-o", "json", cwd=repository.top).out)["applied"] is None


def test_a_list_says_which_columns_have_no_room(
    applied: Repository, toolreg: Toolreg, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert applied
    assert "Left out" not in toolreg("get", "tools").err
    monkeypatch.setattr("reconciler.cli.commands.get.measure_terminal", lambda: 30)

    narrow = toolreg("get", "tools")

    assert "OWNER" not in narrow.out
    assert narrow.err.startswith("Left out for the width of the terminal: OWNER")
    assert narrow.err.endswith("; -o json shows everything.\n")
