"""What somebody put into the database by hand gets a file, and is owned from then on."""

import json
import os
from pathlib import Path
from typing import Any

import psycopg
import pytest

from reconciler.assets import SCHEMAS
from tests.builders import Repository, node, tool
from tests.conftest import Begin, Beginning, Toolreg

Conn = psycopg.Connection[Any]


@pytest.fixture(scope="module")
def beginning(begin: Begin) -> Beginning:
    """A repository whose registry is applied."""

    def fill(repository: Repository, toolreg: Toolreg) -> None:
        repository.add(node())
        repository.commit()
        assert toolreg("apply").code == 0

    return begin(fill)


def put_in(conn: Conn, manifest: dict[str, Any], name: str | None = None) -> None:
    """Put a node into the database by hand, under its own name or another identity."""
    name = name or manifest["metadata"]["name"]
    conn.execute(b"INSERT INTO registry.entities (kind, name) VALUES ('Node', %s)", [name])
    conn.execute(
        b"INSERT INTO registry.nodes (id, manifest) SELECT id, %s FROM registry.entities WHERE name = %s",
        [json.dumps(manifest), name],
    )


def files(repository: Repository) -> list[str]:
    """Return every file below the top that git does not know, or knows otherwise."""
    return repository.git("status", "--porcelain", "--untracked-files=all").splitlines()


def test_an_adopted_row_is_owned_once_its_file_is_applied(applied: Repository, toolreg: Toolreg, conn: Conn) -> None:
    """And keeps its identity; nothing is left to tell."""
    put_in(conn, node("foreign", metadata={"movedFrom": "stranger", "title": "no: yes\n- 1"}, capacity={"cpus": 4}))
    before = conn.execute(b"SELECT id FROM registry.nodes ORDER BY name").fetchall()

    result = toolreg("adopt", "node/foreign")

    assert (result.code, result.out) == (0, "registry/nodes/foreign.yaml\n")
    assert "Review it, commit it and run toolreg apply: then the registry owns Node/foreign." in result.err
    assert files(applied) == ["?? registry/nodes/foreign.yaml"]
    assert toolreg.offline("validate").code == 0
    applied.commit()
    assert "~ update Node/foreign, changed by hand in the database" in toolreg("apply").out
    assert toolreg("drift").out == "No drift: everything is as it was applied.\n"
    assert conn.execute(b"SELECT id FROM registry.nodes ORDER BY name").fetchall() == before
    again = toolreg("adopt", "node/foreign")
    assert (again.code, again.err) == (
        1,
        "error: Node/foreign is owned already: registry/nodes/foreign.yaml declares it\n",
    )


def test_an_editor_completes_the_file_where_the_schema_is_beside(
    applied: Repository, toolreg: Toolreg, conn: Conn
) -> None:
    (applied.top / "schemas").symlink_to(SCHEMAS)
    put_in(conn, node("foreign"))

    assert toolreg("adopt", "node", "foreign").code == 0

    lines = (applied.top / "registry/nodes/foreign.yaml").read_text().splitlines()
    assert lines[:2] == ["# yaml-language-server: $schema=../../schemas/node.schema.json", "apiVersion: toolreg/v1"]
    assert (applied.top / "registry/nodes" / lines[0].rpartition("=")[2]).exists()


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("node/worker", "Node/worker is owned already: registry/nodes/worker.yaml declares it"),
        ("node/nobody", "there is no Node/nobody; expected one of"),
        ("tool/foreign", "there is no Tool/foreign"),
        ("node/declared", '"registry/nodes/team/declared.yaml" declares Node/declared already'),
        ("node/other", 'the row of Node/other is called "called", but its identity is Node/other'),
    ],
)
def test_what_cannot_be_adopted_is_said(
    applied: Repository, toolreg: Toolreg, conn: Conn, name: str, said: str
) -> None:
    for row in ("foreign", "declared"):
        put_in(conn, node(row))
    put_in(conn, node("called"), "other")
    applied.write("nodes/team/declared.yaml", node("declared"))
    applied.commit()

    result = toolreg("adopt", name)

    assert result.code == 1
    assert said in result.err
    assert files(applied) == []


@pytest.mark.parametrize(
    ("manifest", "said"),
    [
        (node("foreign", metadata={"title": ""}), "registry/nodes/foreign.yaml:7:10: error: metadata.title is"),
        (node("foreign", extra="x"), 'spec has no property "extra"'),
        (node("FOREIGN"), "metadata.name"),
    ],
)
def test_a_row_that_is_no_valid_manifest_gets_no_file(
    applied: Repository, toolreg: Toolreg, conn: Conn, manifest: dict[str, Any], said: str
) -> None:
    put_in(conn, manifest)

    result = toolreg("adopt", "node/foreign")

    assert result.code == 1
    assert said in result.err
    assert "no valid manifest, so nothing was written" in result.err
    assert files(applied) == []


@pytest.mark.parametrize("name", ["../../outside", "../services/outside", "/outside", ".", "a/../../b"])
def test_no_name_leads_out_of_the_folder(applied: Repository, toolreg: Toolreg, conn: Conn, name: str) -> None:
    """A row may have any name; the command takes none with a slash, and a schema none of these."""
    put_in(conn, node(name))

    for words in ([f"node/{name}"], ["node", name]):
        assert toolreg("adopt", *words).code in (1, 64)

    assert files(applied) == []
    assert not (applied.top.parent / "outside.yaml").exists()


@pytest.mark.parametrize("what", ["the folder", "the file", "a file in its place", "a dangling link"])
def test_no_link_is_followed_and_nothing_is_overwritten(
    applied: Repository, toolreg: Toolreg, conn: Conn, tmp_path: Path, what: str
) -> None:
    put_in(conn, node("foreign"))
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    folder = applied.top / "registry/nodes"
    if what == "the folder":
        folder.rename(applied.top / "moved")
        folder.symlink_to(elsewhere)
    elif what == "the file":
        (elsewhere / "target").write_text("")
        (folder / "foreign.yaml").symlink_to(elsewhere / "target")
    elif what == "a dangling link":
        (folder / "foreign.yaml").symlink_to(elsewhere / "target")
    else:
        (folder / "foreign.yaml").mkdir()

    result = toolreg("adopt", "node/foreign")

    assert result.code == 1, result.out
    assert "registry/nodes/foreign.yaml" in result.err
    assert [path.read_text() for path in elsewhere.iterdir()] == ([""] if what == "the file" else [])


def test_without_a_registry_there_is_nowhere_to_write(
    applied: Repository, toolreg: Toolreg, conn: Conn, tmp_path: Path
) -> None:
    put_in(conn, node("foreign"))
    (tmp_path / "empty").mkdir()

    for folder, said in (("nowhere", "there is no folder"), (os.fspath(tmp_path / "empty"), "this is no registry")):
        result = toolreg("adopt", "node/foreign", "--registry", folder)
        assert result.code == 1
        assert said in result.err
    assert files(applied) == []


def test_the_folder_of_a_kind_that_had_none_is_made(repository: Repository, toolreg: Toolreg, conn: Conn) -> None:
    assert toolreg("apply").code == 0
    conn.execute(b"INSERT INTO registry.entities (kind, name) VALUES ('Tool', 'foreign')")
    conn.execute(
        b"INSERT INTO registry.tools (id, manifest) SELECT id, %s FROM registry.entities WHERE name = 'foreign'",
        [json.dumps(tool("foreign"))],
    )

    assert toolreg("adopt", "tool/foreign").out == "registry/tools/foreign.yaml\n"

    assert toolreg.offline("validate").code == 0
    assert files(repository) == ["?? registry/tools/foreign.yaml"]
