"""A deletion and a creation that are probably a rename, and the teams that a plan touches."""

from typing import Any, Final

import pytest

from tests.builders import Repository, node, tool
from tests.conftest import Toolreg

SCHEMA: Final = {"type": "object", "properties": {"city": {"type": "string"}}}


@pytest.fixture
def applied(repository: Repository, toolreg: Toolreg) -> Repository:
    """A repository with an applied tool `weather`."""
    repository.add(tool("weather", inputSchema=SCHEMA, toolName="getWeather"))
    repository.commit()
    assert toolreg("apply").code == 0
    return repository


def replaced(repository: Repository, *manifests: dict[str, Any]) -> None:
    """Replace the tool `weather` by others."""
    repository.remove("tools/weather.yaml")
    repository.add(*manifests)


def test_a_deletion_and_a_creation_with_one_spec_are_told_as_a_rename(applied: Repository, toolreg: Toolreg) -> None:
    """And the line that is told makes them one."""
    new = tool("forecast", inputSchema=SCHEMA, toolName="getWeather", metadata={"description": "Other words."})
    replaced(applied, new)

    plan = toolreg("plan", "--max-deletes", 1)

    assert (
        "  ! Tool/forecast is probably Tool/weather under another name; to keep its id, history and logs, add to"
        " metadata in registry/tools/forecast.yaml: movedFrom: weather\n"
    ) in plan.out
    assert toolreg("plan", "--max-deletes", 1, "-o", "json").json["probableRenames"] == [
        {
            "kind": "Tool",
            "name": "forecast",
            "formerName": "weather",
            "path": "registry/tools/forecast.yaml",
            "add": "movedFrom: weather",
        }
    ]
    applied.add(new | {"metadata": new["metadata"] | {"movedFrom": "weather"}})
    renamed = toolreg("plan")
    assert "> move Tool/forecast (was weather)" in renamed.out
    assert "probably" not in renamed.out
    assert "probableRenames" not in toolreg("plan", "-o", "json").json


def test_a_name_for_agents_and_an_input_schema_tell_a_rename_too(applied: Repository, toolreg: Toolreg) -> None:
    replaced(applied, tool("forecast", inputSchema=SCHEMA, toolName="getWeather", version="1.1.0"))

    assert "add to metadata in registry/tools/forecast.yaml: movedFrom: weather" in toolreg("plan").out


def test_the_line_to_write_is_yaml(repository: Repository, toolreg: Toolreg) -> None:
    repository.add(node("010", capacity={"cpus": 4}))
    repository.commit()
    assert toolreg("apply").code == 0
    repository.remove("nodes/010.yaml")
    repository.add(node("worker", capacity={"cpus": 4}))

    assert "nodes/worker.yaml: movedFrom: '010'\n" in toolreg("plan").out.replace('"', "'")


@pytest.mark.parametrize(
    "others",
    [
        [tool("forecast", inputSchema=SCHEMA, toolName="forecast")],
        [tool("forecast", toolName="getWeather")],
        [tool(name, inputSchema=SCHEMA, toolName="getWeather") for name in ("forecast", "climate")],
        [tool("forecast", inputSchema=SCHEMA, toolName="getWeather", metadata={"movedFrom": "before"})],
    ],
    ids=["another name for agents", "another schema", "two fit", "another former name"],
)
def test_no_rename_is_guessed(applied: Repository, toolreg: Toolreg, others: list[dict[str, Any]]) -> None:
    replaced(applied, *others)

    assert "probably" not in toolreg("plan").out


def test_a_plan_lists_the_teams_that_it_touches(applied: Repository, toolreg: Toolreg) -> None:
    """The owner before and the owner after, each once."""
    applied.add(tool("weather", inputSchema=SCHEMA, toolName="getWeather", metadata={"owner": "climate"}))
    applied.add(tool("alarm", metadata={"owner": "ops"}), tool("bell", metadata={"owner": "ops"}))

    plan = toolreg("plan")

    assert "\nTeams: climate, ops, team\n\nPlan: 2 to create, 1 to update, 0 to delete.\n" in plan.out
    assert toolreg("plan", "-o", "json").json["teams"] == ["climate", "ops", "team"]


@pytest.mark.usefixtures("applied")
def test_an_empty_plan_touches_no_team(toolreg: Toolreg) -> None:
    assert toolreg("plan").out == "Nothing to do: the database matches.\n"
    assert "teams" not in toolreg("plan", "-o", "json").json
