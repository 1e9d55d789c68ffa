"""Teams and their folders: the owner of a resource, CODEOWNERS, and who may change a file."""

import json
from typing import Any, Final

import pytest

from tests.builders import Repository, Result, registry, run, service, tool
from tests.conftest import Toolreg

TEAMS: Final = [
    {"name": "platform", "folders": ["tools"]},
    {"name": "payments", "folders": ["tools/payments", "nodes/pay"], "contact": "@acme/payments"},
    {"name": "search", "folders": ["tools/search"]},
]


def owned(*teams: dict[str, Any], owner: str = "platform") -> dict[str, Any]:
    """Return a registry.yaml with teams, owned by `platform`."""
    manifest = registry(teams=[*teams] or TEAMS)
    return manifest | {"metadata": manifest["metadata"] | {"owner": owner}}


def of(owner: str, name: str = "lookup", **others: Any) -> dict[str, Any]:
    """Return a tool of a team."""
    return tool(name, metadata={"owner": owner}, **others)


@pytest.fixture
def teams(repository: Repository) -> Repository:
    """A repository with teams, a tool in the folder of each, and a service that nobody's folder holds, committed."""
    repository.write("registry.yaml", owned())
    repository.write("tools/payments/pay.yaml", of("payments", "pay"))
    repository.write("tools/search/find.yaml", of("search", "find"))
    repository.write("tools/greet.yaml", of("platform", "greet"))
    repository.commit()
    return repository


def validate(repository: Repository) -> Result:
    return run("validate", cwd=repository.top)


# Folders.


def test_a_resource_in_the_folder_of_a_team_has_this_owner(teams: Repository, toolreg: Toolreg) -> None:
    """In validate, plan and apply; a reference to a service of another team is fine."""
    assert validate(teams).code == 0
    assert toolreg("apply").code == 0
    teams.write("tools/payments/refund.yaml", of("search", "refund"))

    message = (
        'registry/tools/payments/refund.yaml:6:10: error: metadata.owner is "search", and the folder tools/payments'
        " belongs to payments (spec.teams of registry.yaml); expected payments, or move the file [wrong-owner]\n"
    )
    assert validate(teams).out.startswith(message)
    teams.commit()
    for command in ("plan", "apply"):
        result = toolreg(command)
        assert (result.code, message in result.err) == (1, True)


def test_a_change_of_teams_is_validated_in_unchanged_files(teams: Repository) -> None:
    """Validate --against tells the owners that the change of registry.yaml makes wrong."""
    teams.write("registry.yaml", owned({"name": "search", "folders": ["tools/payments", "tools/search"]}))
    result = run("validate", "--against", "HEAD", cwd=teams.top)

    assert result.code == 1
    assert "registry/tools/payments/pay.yaml:6:10: error: metadata.owner" in result.out
    assert "find.yaml" not in result.out


def test_of_folders_inside_each_other_the_longest_counts(teams: Repository) -> None:
    teams.write("tools/payments/cards/charge.yaml", of("payments", "charge"))
    teams.write("tools/paymentsx/other.yaml", of("platform", "other"))
    assert validate(teams).code == 0
    teams.write("tools/payments/cards/charge.yaml", of("platform", "charge"))
    assert "the folder tools/payments belongs to payments" in validate(teams).out


def test_moving_a_file_into_a_folder_needs_the_owner(teams: Repository, toolreg: Toolreg) -> None:
    assert toolreg("apply").code == 0
    teams.move("tools/search/find.yaml", "tools/payments/find.yaml")

    assert "expected payments, or move the file [wrong-owner]" in toolreg("plan").err


def test_a_registry_without_teams_is_as_before(repository: Repository, toolreg: Toolreg) -> None:
    repository.write("tools/payments/pay.yaml", of("anybody", "pay"))
    repository.commit()

    assert validate(repository).code == 0
    assert toolreg("apply").code == 0


INVALID: Final[dict[str, tuple[list[dict[str, Any]], str]]] = {
    "a folder of two teams": (
        [{"name": "a", "folders": ["tools/x"]}, {"name": "b", "folders": ["tools/y", "tools/x"]}],
        'spec.teams[1].folders[1] is "tools/x", which belongs to a already; a folder belongs to one team [team-folder]',
    ),
    "a team named twice": (
        [{"name": "a", "folders": ["tools/x"]}, {"name": "a", "folders": ["tools/y"]}],
        'spec.teams[1].name is "a", as of an earlier team; merge them [team-folder]',
    ),
    "a folder of no kind": (
        [{"name": "a", "folders": ["tool/x"]}],
        'spec.teams[0].folders[0] is "tool/x", but no kind of resource stands in "tool"; did you mean tools?',
    ),
    "a folder outside": (
        [{"name": "a", "folders": ["../tools"]}],
        "expected a folder below the folder of the registry",
    ),
    "a slash at the end": (
        [{"name": "a", "folders": ["tools/"]}],
        "expected a folder below the folder of the registry",
    ),
    "no handle": ([{"name": "a", "folders": ["tools"], "contact": "a b"}], "expected a handle such as @acme/payments"),
}


@pytest.mark.parametrize(("wrong", "message"), INVALID.values(), ids=INVALID)
def test_wrong_teams_are_told_where_they_stand(
    repository: Repository, toolreg: Toolreg, wrong: list[dict[str, Any]], message: str
) -> None:
    repository.write("registry.yaml", owned(*wrong))

    result = validate(repository)

    assert (result.code, message in result.out) == (1, True), result.out
    assert message in toolreg("plan").err


# toolreg owners.


def test_teams_are_listed_with_folders_and_resources(teams: Repository) -> None:
    """Owners without a folder, too."""
    result = run("owners", cwd=teams.top)

    assert (result.code, result.out.splitlines()) == (
        0,
        [
            "TEAM      RESOURCES  FOLDERS                    CONTACT",
            "payments  1          tools/payments, nodes/pay  @acme/payments",
            "platform  1          tools                      -",
            "search    1          tools/search               -",
            "team      1          -                          -",
        ],
    )
    assert run("owners", "-o", "json", cwd=teams.top).items[0] == {
        "name": "payments",
        "folders": ["tools/payments", "nodes/pay"],
        "contact": "@acme/payments",
        "resources": 1,
    }


def test_codeowners_names_each_folder_after_those_around_it(teams: Repository) -> None:
    """In CODEOWNERS the last matching line counts."""
    assert run("owners", "--codeowners", cwd=teams.top).out.splitlines() == [
        "# Generated by: toolreg owners --codeowners",
        "/registry/ @platform",
        "/registry/nodes/pay/ @acme/payments",
        "/registry/tools/ @platform",
        "/registry/tools/payments/ @acme/payments",
        "/registry/tools/search/ @search",
    ]
    assert run("owners", "--codeowners", "-o", "json", cwd=teams.top).code == 64


def test_codeowners_escapes_the_path_of_the_registry(teams: Repository) -> None:
    (teams.top / "registry").rename(teams.top / "our *tools")

    lines = run("owners", "--codeowners", "--registry", "our *tools", cwd=teams.top).out.splitlines()

    assert lines[1] == r"/our\ \*tools/ @platform"


# check --author.


def check(repository: Repository, author: str, *arguments: str) -> Result:
    return run("check", "--against", "main", "--author", author, *arguments, cwd=repository.top)


def foreign(repository: Repository, author: str, *arguments: str) -> list[str]:
    """Return the files that the author may not change, and why."""
    result = check(repository, author, "-o", "json", *arguments)
    found = [
        f"{entry['path'].removeprefix('registry/')}: {entry['message']}" for entry in result.json.get("foreign", [])
    ]
    assert result.code == (1 if found else 0)
    return found


def test_an_author_changes_the_files_of_the_own_team(teams: Repository) -> None:
    teams.write("tools/payments/pay.yaml", of("payments", "pay", category="PAY", version="1.0.1"))
    teams.write("tools/payments/refund.yaml", of("payments", "refund"))
    teams.write("tools/payments/README.md", "Tools of payments.\n")
    teams.write("services/payments.yaml", service("payments", metadata={"owner": "payments"}))

    assert foreign(teams, "payments") == []


def test_an_author_changes_no_file_of_another_team(teams: Repository) -> None:
    teams.write("tools/payments/pay.yaml", of("payments", "pay", category="PAY", version="1.0.1"))
    teams.write("tools/search/more.yaml", of("search", "more"))
    teams.remove("tools/greet.yaml")
    teams.write("services/api.yaml", service(metadata={"title": "API"}))

    assert foreign(teams, "payments") == [
        'services/api.yaml: changed by "payments", and it belongs to team (its owner before this change)',
        'tools/greet.yaml: deleted by "payments", and it belongs to platform (spec.teams: tools)',
        'tools/search/more.yaml: created by "payments", and it belongs to search (spec.teams: tools/search)',
    ]
    result = check(teams, "payments")
    assert 'registry/services/api.yaml:1:1: error: changed by "payments", and it belongs to team' in result.out
    assert result.out.splitlines()[-1].endswith("; 3 files of other teams.")


def test_a_team_takes_no_resource_of_another_one(teams: Repository) -> None:
    """Not by moving its file, and not by naming itself the owner; nor does it give one away."""
    teams.move("tools/search/find.yaml", "tools/payments/find.yaml")
    teams.write("tools/payments/find.yaml", of("payments", "find"))
    teams.write("services/api.yaml", service(metadata={"owner": "payments"}))

    assert foreign(teams, "payments") == [
        'services/api.yaml: changed by "payments", and it belongs to team (its owner before this change)',
        'tools/search/find.yaml: deleted by "payments", and it belongs to search (spec.teams: tools/search)',
    ]
    assert foreign(teams, "team")[0] == (
        'services/api.yaml: changed by "team", and it belongs to payments (its owner after this change)'
    )


@pytest.mark.parametrize("arguments", [(), ("--policy-from", "main")], ids=["own policy", "policy of main"])
def test_a_pull_request_gives_itself_no_folder(teams: Repository, arguments: tuple[str, ...]) -> None:
    """Nor the registry."""
    taken = [{"name": "payments", "folders": ["tools", "tools/search"]}]
    teams.write("registry.yaml", owned(*taken, owner="payments"))
    teams.write("tools/search/find.yaml", of("payments", "find"))
    teams.write("tools/greet.yaml", of("payments", "greet"))
    teams.write("tools/payments/pay.yaml", of("payments", "pay"))

    assert foreign(teams, "payments", *arguments)[0].startswith(
        'registry.yaml: changed by "payments", and it belongs to platform (the owner of the registry'
    )


def test_in_ci_the_teams_are_those_of_the_base(teams: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    teams.write("registry.yaml", owned({"name": "payments", "folders": ["tools"]}))
    teams.write("tools/search/find.yaml", of("payments", "find"))
    teams.write("tools/greet.yaml", of("payments", "greet"))

    assert [line.partition(":")[0] for line in foreign(teams, "payments")] == [
        "registry.yaml",
        "tools/greet.yaml",
        "tools/search/find.yaml",
    ]


def test_policy_of_the_registry_belongs_to_its_owner(teams: Repository) -> None:
    exceptions = {"apiVersion": "toolreg/v1", "kind": "Exceptions", "spec": {"exceptions": []}}
    teams.write("exceptions.yaml", exceptions)
    teams.write("registry.yaml", owned(*TEAMS, {"name": "new", "folders": ["tools/new"]}))
    teams.write("README.md", "About.\n")
    rule = {"title": "any-rule", "description": "Any message."}
    teams.write("policy/tool/rule.schema.json", json.dumps(rule))

    assert [line.partition(":")[0] for line in foreign(teams, "payments")] == [
        "README.md",
        "exceptions.yaml",
        "policy/tool/rule.schema.json",
        "registry.yaml",
    ]
    assert foreign(teams, "platform") == []


def test_an_owner_that_cannot_be_told_is_nobody(teams: Repository) -> None:
    teams.write("services/broken.yaml", "kind: [")
    teams.commit()
    teams.write("services/broken.yaml", service("broken", metadata={"owner": "payments"}))

    assert foreign(teams, "payments") == [
        (
            'services/broken.yaml: changed by "payments",'
            " and it has no owner that can be told (its owner before this change)"
        )
    ]


def test_a_policy_that_contradicts_itself_is_none(teams: Repository) -> None:
    teams.write("registry.yaml", owned(TEAMS[1], {"name": "b", "folders": ["tools/payments"]}))
    teams.commit()
    teams.write("registry.yaml", owned())
    teams.write("tools/payments/pay.yaml", of("payments", "pay", category="PAY", version="1.0.1"))

    result = check(teams, "payments", "--policy-from", "main")

    assert result.code == 1
    assert "the policy cannot be read from commit " in result.err


def test_without_teams_the_owners_decide(repository: Repository) -> None:
    repository.write("tools/a/pay.yaml", of("payments", "pay"))
    repository.commit()
    repository.write("tools/a/pay.yaml", of("payments", "pay", category="PAY", version="1.0.1"))

    assert foreign(repository, "payments") == []
    assert len(foreign(repository, "search")) == 1
