"""A tool says when and why it goes away, and who looks for tools is told."""

from typing import Any

import psycopg
import pytest

from tests.builders import Repository, run, tool
from tests.conftest import Toolreg

DEPRECATION = {"since": "2026-06-01", "replacedBy": "z_refund", "reason": "z_refund knows more methods."}
WORDS = {"description": "Give money back to a customer."}


@pytest.fixture
def refunds(repository: Repository) -> Repository:
    old = tool("a_refund", metadata=WORDS, lifecycle="deprecated", deprecation=DEPRECATION)
    repository.add(old, tool("z_refund", metadata=WORDS))
    repository.commit()
    return repository


@pytest.mark.usefixtures("refunds")
def test_a_deprecated_tool_ranks_below_its_equal_and_shows_its_successor(
    toolreg: Toolreg, conn: psycopg.Connection[Any]
) -> None:
    assert toolreg("apply").code == 0

    ranked = conn.execute(b"SELECT name, score FROM api.search_tools('give money back')").fetchall()
    shown = conn.execute(b"SELECT deprecation FROM api.tools WHERE name = 'a_refund'").fetchone()

    assert [name for name, _ in ranked] == ["z_refund", "a_refund"]
    assert ranked[0][1] > ranked[1][1]
    assert shown == (DEPRECATION,)


def test_the_successor_must_exist(refunds: Repository) -> None:
    (refunds.top / "registry/tools/z_refund.yaml").unlink()

    result = run("validate", cwd=refunds.top)

    assert result.code == 1
    assert "[dangling-reference]" in result.out


@pytest.mark.parametrize("day", ["2026-13-01", "2026-1-1", "yesterday", "2026-01-32"])
def test_a_day_that_is_none_is_told(repository: Repository, day: str) -> None:
    repository.add(tool(lifecycle="deprecated", deprecation={"since": day, "reason": "x"}))

    result = run("validate", cwd=repository.top)

    assert result.code == 1
    assert "expected a day such as 2026-12-31" in result.out
