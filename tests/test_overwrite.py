"""toolreg adopt --overwrite: a row changed by hand is written into its file."""

import json
from pathlib import Path
from typing import Any, Final

import psycopg
import pytest

from reconciler.core.yaml.document import Document, parse_yaml
from reconciler.formatting.revising import revise
from tests.builders import Repository, node
from tests.conftest import Toolreg

Conn = psycopg.Connection[Any]

FILE: Final = """\
# yaml-language-server: $schema=../../schemas/tool.schema.json
# This tool is the oldest.
apiVersion: toolreg/v1
kind: Tool
metadata:
  name: lookup
  description: 'Looks something up.'  # People know it.
  owner: team
  tags:
  - one  # The first.
  - two
spec:
  version: "1.0.0"
  category: TEST
  lifecycle: active
  service: api
  # Nobody waits longer.
  limits: {timeout: 30s, concurrency: 10}
  inputSchema:
    type: object
    properties:
      z: {type: integer, minimum: 1}
      # Not used any more.
      a: {type: string}
"""
FIXED: Final = (
    FILE.replace("timeout: 30s", "timeout: 45s")
    .replace("  - two\n", "  - two\n  - three\n")
    .replace("  category: TEST\n", "  category: FIXED\n")
)
PATH: Final = "registry/tools/lookup.yaml"


@pytest.fixture
def applied(repository: Repository, toolreg: Toolreg) -> Repository:
    """A repository with an applied tool, whose file has comments."""
    repository.write("tools/lookup.yaml", FILE)
    repository.add(node())
    repository.commit()
    assert toolreg("apply").code == 0
    return repository


def fix(conn: Conn) -> None:
    """Change the tool by hand, as people do: jsonb forgets the order of keys."""
    conn.execute(
        b"UPDATE registry.tools SET manifest = jsonb_set(jsonb_set(jsonb_set(manifest::jsonb,"
        b" '{spec,limits,timeout}', '\"45s\"'), '{metadata,tags,2}', '\"three\"'),"
        b" '{spec,category}', '\"FIXED\"')::json"
    )


def test_a_hotfix_goes_through_a_pull_request(applied: Repository, toolreg: Toolreg, conn: Conn) -> None:
    """Only changed lines of its file change, and nothing is drifted once it is applied."""
    fix(conn)
    (applied.top / PATH).chmod(0o640)

    result = toolreg("adopt", "tool/lookup", "--overwrite")

    assert (result.code, result.out) == (0, f"{PATH}\n"), result.err
    assert "Written. Review it (git diff), commit it and merge it: once applied, Tool/lookup is as" in result.err
    assert (applied.top / PATH).read_text() == FIXED
    assert (applied.top / PATH).stat().st_mode & 0o777 == 0o640
    assert applied.git("status", "--porcelain") == f"M {PATH}"
    applied.commit()
    assert toolreg("apply").code == 0
    assert toolreg("drift").out == "No drift: everything is as it was applied.\n"
    row = conn.execute(b"SELECT manifest #>> '{spec,limits,timeout}' FROM registry.tools").fetchone()
    assert row == ("45s",)


def test_a_comment_of_a_removed_value_is_told(applied: Repository, toolreg: Toolreg, conn: Conn) -> None:
    conn.execute(b"UPDATE registry.tools SET manifest = (manifest::jsonb #- '{metadata,tags}')::json")

    result = toolreg("adopt", "tool/lookup", "--overwrite")

    assert result.code == 0
    assert "A comment was lost with the value that it stood beside: # The first.\n" in result.err
    assert "# This tool is the oldest." in (applied.top / PATH).read_text()


@pytest.mark.parametrize("stage", [False, True])
def test_changes_that_are_not_committed_are_kept(
    applied: Repository, toolreg: Toolreg, conn: Conn, *, stage: bool
) -> None:
    fix(conn)
    text = FILE.replace("People know it", "Everybody knows it")
    applied.write("tools/lookup.yaml", text)
    if stage:
        applied.git("add", "-A")

    result = toolreg("adopt", "tool/lookup", "--overwrite")

    assert result.code == 1
    assert f'"{PATH}" has changes that are not committed, and would be lost; git commit or git stash' in result.err
    assert (applied.top / PATH).read_text() == text


def test_lists_stay_indented_as_they_are() -> None:
    for text in ("a:\n- b\n- c: 1\nd: 1\n", "a:\n  - b\n  - c: 1\nd: 1\n"):
        revised = revise(text, {"a": ["b", {"c": 1}], "d": 1}, {"a": ["b", {"c": 2}], "d": 1})

        assert revised is not None
        assert revised.text == text.replace("c: 1", "c: 2")


def test_later_commits_are_not_undone(applied: Repository, toolreg: Toolreg, conn: Conn) -> None:
    """The remedy that is told leads to a merge that keeps both."""
    fix(conn)
    commit = applied.git("rev-parse", "HEAD")
    applied.write("tools/lookup.yaml", FILE.replace("Looks something up", "Looks anything up"))
    applied.commit()

    result = toolreg("adopt", "tool/lookup", "--overwrite")

    assert result.code == 1
    assert f"merge: git switch -c hotfix {commit[:12]}, and try again" in result.err
    applied.git("switch", "-q", "-c", "hotfix", commit[:12])
    assert toolreg("adopt", "tool/lookup", "--overwrite").code == 0
    applied.commit()
    applied.git("merge", "-q", "--no-edit", "main")
    assert (applied.top / PATH).read_text() == FIXED.replace("Looks something up", "Looks anything up")


def test_a_file_that_is_formatted_otherwise_is_still_the_applied_one(
    applied: Repository, toolreg: Toolreg, conn: Conn
) -> None:
    fix(conn)
    applied.write("tools/lookup.yaml", FILE.replace("'Looks something up.'", '"Looks something up."'))
    applied.commit()

    assert toolreg("adopt", "tool/lookup", "--overwrite").code == 0


def test_what_is_not_changed_by_hand_is_not_written(applied: Repository, toolreg: Toolreg, conn: Conn) -> None:
    cases = {
        "tool/lookup": f"the row of Tool/lookup is as it was applied from {PATH}; nothing is to be written",
        "tool/nobody": "there is no Tool/nobody",
        "node/worker": "the row of Node/worker was removed by hand; to keep that, remove the file of Node/worker",
        "node/foreign": "Node/foreign is only in the database, and has no file to overwrite: toolreg adopt",
    }
    conn.execute(b"DELETE FROM registry.nodes")
    conn.execute(b"INSERT INTO registry.entities (kind, name) VALUES ('Node', 'foreign')")
    conn.execute(
        b"INSERT INTO registry.nodes (id, manifest) SELECT id, %s FROM registry.entities WHERE name = 'foreign'",
        [json.dumps(node("foreign"))],
    )
    for name, said in cases.items():
        result = toolreg("adopt", name, "--overwrite")
        assert result.code == 1
        assert said in result.err
    conn.execute(b"UPDATE registry.tools SET manifest = manifest::jsonb::json")
    assert "has the values of the row already" in toolreg("adopt", "tool/lookup", "--overwrite").err
    assert applied.git("status", "--porcelain") == ""


def test_a_row_that_is_no_valid_manifest_is_not_written(applied: Repository, toolreg: Toolreg, conn: Conn) -> None:
    conn.execute(b"UPDATE registry.tools SET manifest = jsonb_set(manifest::jsonb, '{spec,extra}', '1')::json")

    result = toolreg("adopt", "tool/lookup", "--overwrite")

    assert result.code == 1
    assert 'spec has no property "extra"' in result.err
    assert "no valid manifest, so nothing was written" in result.err
    assert (applied.top / PATH).read_text() == FILE


def test_no_link_is_followed(applied: Repository, toolreg: Toolreg, conn: Conn, tmp_path: Path) -> None:
    fix(conn)
    (applied.top / PATH).rename(tmp_path / "lookup.yaml")
    (applied.top / PATH).symlink_to(tmp_path / "lookup.yaml")
    applied.commit()

    result = toolreg("adopt", "tool/lookup", "--overwrite")

    assert (result.code, (tmp_path / "lookup.yaml").read_text()) == (1, FILE)
    assert "no file here declares Tool/lookup" in result.err


VALUES: Final = [
    {"b": 1, "a": {"z": [1, {"y": None}], "x": "no"}},
    {"text": "one\ntwo\n", "other": "- a: b # c\n  indented\n\n", "ends": "x\n\n\n", "blank": "   \n a"},
    {"n": [1, 1.0, True, "1", "1.0", "true", "null", "~", "0x1f", "2026-01-01", "1e3", 1e300, -0.5]},
    {"odd": "\u202e\u0085\u2028\ufeffx", "tab": "\ta\tb", "emoji": "\U0001f600", "quote": 'it\'s "so"'},
    {"empty": {}, "none": [], "list": [[1, 2], [], [[{"a": []}]]], "key with: colon": 1, "2026-01-01": "day"},
]


@pytest.mark.parametrize("new", VALUES)
def test_any_value_reads_back_or_is_not_written(new: dict[str, Any]) -> None:
    """New keys are in the order of the row."""
    text = "# Top.\nkeep: 1  # Kept.\ntext: |\n  was\nn: [0]\nlist:\n  - [0]\n"
    old = parse_yaml(text.encode())
    assert isinstance(old, Document)

    revised = revise(text, old.value, {"keep": 1} | new)

    assert revised is not None
    assert revised.text.startswith("# Top.\nkeep: 1  # Kept.\n")
    written = parse_yaml(revised.text.encode())
    assert isinstance(written, Document)
    assert json.dumps(written.value, sort_keys=True) == json.dumps({"keep": 1} | new, sort_keys=True)
    added = [key for key in new if key not in ("text", "n", "list")]
    assert [key for key in written.value if key in added] == added  # type: ignore[union-attr]
