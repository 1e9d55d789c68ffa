"""What is recorded of a failure, and of what it leaves."""

import json
import re
import subprocess
from pathlib import Path

import pytest

from tests.builders import Repository, run, service, tool
from tests.conftest import Toolreg
from tests.faults.scene import (
    Conn,
    content,
    copied,
    recorded,
    with_two_commits,
)

pytestmark = pytest.mark.faults


def test_a_bad_manifest_stops_the_revision_and_is_recorded(
    repository: Repository, toolreg: Toolreg, database: str
) -> None:
    """All problems of all files are said at once, those of unchanged files, too."""
    repository.add(tool("broken", lifecycle="gone", service="nobody"))
    repository.remove("services/api.yaml")
    repository.add(tool("other"), service("shop"))
    repository.commit()

    result = toolreg("apply")

    assert result.code == 1
    assert [re.sub(r": error:.*\[", " ", line) for line in result.err.splitlines()] == [
        "Nothing was changed in the database.",
        "registry/tools/broken.yaml:10:14 schema]",
        "registry/tools/broken.yaml:11:12 dangling-reference]",
        "registry/tools/other.yaml:11:12 dangling-reference]",
        "error: the registry has 3 problems; toolreg validate shows them, too",
    ]
    assert "there is no Service/api in this registry; expected one of shop" in result.err
    ((outcome, error),) = recorded(database)
    assert outcome == "failed"
    assert error
    assert error.startswith("3 problems, the first: registry/tools/broken.yaml:10:14: ")
    assert content(database) == []


def test_what_the_database_rejects_is_recorded(toolreg: Toolreg, conn: Conn) -> None:
    conn.execute(b"ALTER TABLE registry.services ADD CONSTRAINT service_is_not_api CHECK (name <> 'api')")

    result = toolreg("apply")

    assert result.code == 1
    assert "error: the database rejects a row of services: " in result.err
    assert "service_is_not_api" in result.err
    assert "Nothing was changed in the database." in result.err
    assert conn.execute(b"SELECT outcome, left(error, 38) FROM registry.revisions").fetchall() == [
        ("failed", "the database rejects a row of services"),
    ]


def test_a_failure_to_apply_is_an_attempt_and_not_a_revision(
    repository: Repository, toolreg: Toolreg, conn: Conn
) -> None:
    """The plan goes on from what was applied last."""
    assert toolreg("apply").code == 0
    repository.write("tools/broken.yaml", "")
    repository.commit()
    assert toolreg("apply").code == 1
    repository.remove("tools/broken.yaml")
    repository.add(tool())
    repository.commit()

    plan = json.loads(toolreg("plan", "-o", "json").out)

    assert plan["baseRevision"] == 1
    assert toolreg("apply").code == 0
    assert conn.execute(b"SELECT outcome FROM api.revisions ORDER BY number").fetchall() == [
        ("applied",),
        ("failed",),
        ("applied",),
    ]


@pytest.mark.parametrize("command", ["plan", "apply"])
def test_nothing_is_written_where_the_source_is_no_commit(repository: Repository, database: str, command: str) -> None:
    for arguments, words in (
        (("--ref", "nowhere"), "names no commit here"),
        (("--registry", "elsewhere", "--worktree"), "there is no folder elsewhere"),
    ):
        result = run(command, *arguments, "--database", database, cwd=repository.top)

        assert result.code == 1
        assert words in result.err
    assert recorded(database) == []


def test_a_shallow_clone_cannot_tell_what_is_newer(repository: Repository, database: str, tmp_path: Path) -> None:
    """The commit that was applied last is not in it, nor those that say how names moved: no option replaces them."""
    with_two_commits(repository, database)
    before = content(database)
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "-q", "--depth=1", f"file://{repository.top}", clone], check=True)
    with copied(database) as copy:
        assert run("apply", "--database", copy, cwd=repository.top).code == 0
        expected = content(copy)

    planned = run("plan", "--database", database, cwd=clone)
    refused = run("apply", "--database", database, cwd=clone)

    assert (planned.code, refused.code) == (4, 4)
    assert "Applying this would be refused now: this clone is shallow" in planned.err
    assert "run: git fetch --unshallow" in refused.err
    assert content(database) == before
    rewound = run("apply", "--allow-rewind", "--database", database, cwd=clone)
    assert (rewound.code, content(database)) == (4, before)
    assert "run: git fetch --unshallow" in rewound.err
    subprocess.run(["git", "fetch", "-q", "--unshallow"], cwd=clone, check=True)
    assert run("apply", "--database", database, cwd=clone).code == 0
    assert content(database) == expected
