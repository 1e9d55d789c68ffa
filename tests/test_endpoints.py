"""Each row of the table in sql/api/README.md is run, by a member of the role that it names."""

import re
import shlex
import shutil
from contextlib import ExitStack
from pathlib import Path

import psycopg

from reconciler.assets import SQL
from tests.builders import Repository, run
from tests.roles import login

# All is well, and no tool of the sample wants just what another one returns.
MAY_BE_EMPTY = {"SELECT * FROM api.update_tool_status()", "SELECT * FROM api.tools_fed_by('get_customer_profile')"}
ROLES = ("reader", "agent", "reconciler")

_PROJECT = Path(__file__).parent.parent
_ROW = re.compile(
    r"^\| (?P<endpoint>[^|]+) \| (?P<role>reader|agent|reconciler) \| `(?P<example>[^`]+)` \|$", re.MULTILINE
)


def test_each_endpoint_has_an_answer(tmp_path: Path, database: str) -> None:
    """One after the other, on the shipped registry and the shipped sample."""
    repository = _shipped(tmp_path / "acme")
    rows = list(_ROW.finditer((SQL / "api/README.md").read_text("utf-8")))
    assert run("apply", "--database", database, cwd=repository.top).code == 0
    with psycopg.connect(database, autocommit=True) as conn:
        conn.execute((SQL / "sample/invocations.sql").read_bytes())

    assert len(rows) > 50
    with ExitStack() as stack:
        members = {role: stack.enter_context(login(database, f"toolreg_{role}")) for role in ROLES}
        for row in rows:
            if row["example"].startswith("toolreg "):
                arguments = shlex.split(row["example"])[1:]
                result = run(*arguments, "--database", members[row["role"]], cwd=repository.top)
                assert result.code == 0, (row[0], result.err)
            else:
                with psycopg.connect(members[row["role"]], autocommit=True) as conn:
                    found = conn.execute(row["example"].encode()).fetchall()
                    assert found or row["example"] in MAY_BE_EMPTY, row[0]


def _shipped(top: Path) -> Repository:
    shutil.copytree(_PROJECT / "registry", top / "registry")
    repository = Repository(top)
    repository.git("init", "-q", "-b", "main")
    repository.commit("Begin")
    return repository
