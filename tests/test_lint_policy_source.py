"""A pull request is judged by the rules of its base: levels, and rules of the registry's own."""

import json
from typing import Any, Final

import pytest

from tests.builders import Repository, registry, run, tool

OWN: Final[dict[str, Any]] = {
    "title": "no-drafts",
    "description": "a draft is not published",
    "properties": {"spec": {"properties": {"category": {"not": {"const": "DRAFT"}}}}},
}
PARAMETERS: Final[dict[str, Any]] = {"type": "object", "properties": {"n": {"type": "integer"}}}


@pytest.fixture
def base(repository: Repository) -> str:
    """A tool that breaks two rules of the base, in a pull request that turns both off. Returns the base."""
    repository.write("registry.yaml", json.dumps(registry(lint={"no-parameter-description": "error"})))
    repository.write("policy/tool/no-drafts.schema.json", json.dumps(OWN))
    base = repository.commit()
    repository.add(tool(inputSchema=PARAMETERS, category="DRAFT"))
    repository.write("registry.yaml", json.dumps(registry(lint={"no-parameter-description": "off"})))
    repository.remove("policy/tool/no-drafts.schema.json")
    repository.commit()
    return base


@pytest.mark.parametrize("command", ["validate", "lint"])
@pytest.mark.parametrize("source", [(), ("--ref", "HEAD")])
def test_a_pull_request_does_not_turn_a_rule_off(
    repository: Repository, base: str, command: str, source: tuple[str, ...]
) -> None:
    own = run(command, *source, "-o", "json", cwd=repository.top)
    judged = run(command, *source, "--policy-from", base, "-o", "json", cwd=repository.top)

    assert {"no-parameter-description", "no-drafts"}.isdisjoint(one["rule"] for one in own.json["diagnostics"])
    assert own.code == 0
    assert judged.code == 1
    errors = {one["rule"] for one in judged.json["diagnostics"] if one["severity"] == "error"}
    assert errors == {"no-parameter-description", "no-drafts"}


def test_an_invalid_policy_judges_nothing(repository: Repository, base: str) -> None:
    assert base
    repository.write("policy/tool/no-drafts.schema.json", "{")
    broken = repository.commit()
    result = run("validate", "--policy-from", broken, cwd=repository.top)

    assert result.code == 1
    assert "registry/policy/tool/no-drafts.schema.json:1" in result.err
    assert result.out == ""


def test_a_policy_stands_in_a_commit(repository: Repository, tmp_path: Any) -> None:
    assert run("validate", "--policy-from", "nowhere", cwd=repository.top).code in {1, 3}
    (tmp_path / "registry").mkdir()
    (tmp_path / "registry" / "registry.yaml").write_text(json.dumps(registry()), "utf-8")
    result = run("validate", "--policy-from", "HEAD", cwd=tmp_path)
    assert "--policy-from names a commit, and there is no git repository here" in result.err
