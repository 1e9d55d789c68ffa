"""`validate --against REF` finds the problems that a change makes, by reading only the files that it concerns."""

import random
from typing import Any

import pytest

from reconciler.assets import load_contract
from reconciler.core.manifest.layout import Entry
from reconciler.desired.git.repository import Repository as Git
from reconciler.desired.git_files import GitTree
from reconciler.desired.worktree_files import Worktree
from reconciler.rules.changed_files import validate_changes
from reconciler.rules.inspection import inspect_changes
from reconciler.rules.validation import validate_registry
from tests.builders import Repository, Result, registry, run, service, tool


def validate(repository: Repository, *arguments: object) -> Result:
    return run("validate", "--against", "main", *arguments, cwd=repository.top)


def rules(result: Result) -> list[tuple[str, str]]:
    return [(problem["path"].removeprefix("registry/"), problem["rule"]) for problem in result.json["diagnostics"]]


@pytest.fixture
def branch(repository: Repository) -> Repository:
    """A branch of a registry, one of whose files is invalid."""
    uses = [{"tool": "pay", "range": "^2"}]
    repository.add(*(tool(f"tool{number}") for number in range(9)), tool("pay", version="2.1.0"))
    repository.add(service("shop", uses=uses), service("idle"))
    repository.write("tools/broken.yaml", "spec: [")
    repository.commit()
    repository.git("checkout", "-q", "-b", "feature")
    return repository


def test_only_problems_of_changed_files_are_told(branch: Repository) -> None:
    branch.add(tool("tool1", service="nobody"), tool("tool2", version="x"))

    result = validate(branch, "-o", "json")

    assert result.code == 1
    assert rules(result) == [("tools/tool1.yaml", "dangling-reference"), ("tools/tool2.yaml", "schema")]
    assert run("validate", "-o", "json", cwd=branch.top).json["summary"]["invalid"] == 3


def test_the_files_that_are_read_are_counted(branch: Repository) -> None:
    branch.add(tool("tool1", version="1.1.0"))

    result = validate(branch, "-o", "json")

    # tool1 itself, and registry.yaml.
    assert result.code == 0
    assert result.json["summary"]["files"] == result.json["summary"]["valid"] == 2


def test_an_unchanged_file_that_names_a_removed_resource_is_told(branch: Repository) -> None:
    branch.remove("services/api.yaml")

    assert {rule for _, rule in rules(validate(branch, "-o", "json"))} == {"dangling-reference"}
    assert len(rules(validate(branch, "-o", "json"))) == 10


def test_an_unchanged_file_whose_range_is_left_is_told(branch: Repository) -> None:
    branch.add(tool("pay", version="3.0.0"))

    assert rules(validate(branch, "-o", "json")) == [("services/shop.yaml", "unsatisfied-range")]


def test_a_second_file_of_a_name_is_told_at_both(branch: Repository) -> None:
    branch.write("tools/team/tool1.yaml", tool("tool1"))

    assert rules(validate(branch, "-o", "json")) == [
        ("tools/team/tool1.yaml", "duplicate-name"),
        ("tools/tool1.yaml", "duplicate-name"),
    ]


def test_a_limit_of_an_unchanged_registry_file_is_told(branch: Repository) -> None:
    branch.git("checkout", "-q", "main")
    branch.remove("tools/broken.yaml")
    branch.write("registry.yaml", registry(limits={"maxResources": 13}))
    branch.commit()
    branch.git("checkout", "-q", "-b", "other")
    branch.add(tool("more"))

    assert rules(validate(branch, "-o", "json")) == [("registry.yaml", "too-many-resources")]


def test_other_teams_judge_the_owner_of_every_file(branch: Repository) -> None:
    branch.write("registry.yaml", registry(teams=[{"name": "others", "folders": ["services"]}]))

    told = rules(validate(branch, "-o", "json"))

    assert {path for path, _ in told} == {"services/api.yaml", "services/idle.yaml", "services/shop.yaml"}


def test_a_missing_registry_file_is_told_although_it_was_missing_before(branch: Repository) -> None:
    result = run("validate", "--against", "main", "--registry", "elsewhere", "--ref", "HEAD", cwd=branch.top)

    assert result.code == 1
    assert "[no-registry]" in result.out


@pytest.mark.parametrize("command", ["validate", "lint"])
def test_findings_of_lint_are_those_of_changed_files(branch: Repository, command: str) -> None:
    branch.add(tool("tool1", metadata={"description": "Looks up\u200b an amount in the ledger."}))

    result = run(command, "--against", "main", "-o", "json", cwd=branch.top)

    assert ("tools/tool1.yaml", "hidden-character") in rules(result)
    assert {path for path, _ in rules(result)} == {"tools/tool1.yaml"}


def test_a_path_of_an_unchanged_file_is_known(branch: Repository) -> None:
    assert validate(branch, "registry/tools").code == 0
    assert validate(branch, "registry/tolls").code == 64


class _Listed(Worktree):
    """A work tree that records which folders are listed; an empty name stands for the whole registry."""

    listed: list[str]

    def list_entries(self, below: str = "") -> list[Entry]:
        self.listed.append(below)
        return super().list_entries(below)


def test_a_validation_and_its_lint_list_all_files_once(branch: Repository) -> None:
    git = Git(branch.top)
    source = _Listed(branch.top, "registry", git)
    source.listed = []

    inspect_changes(source, GitTree(git, "registry", "main"), load_contract())

    assert source.listed.count("") == 1


@pytest.mark.parametrize("seed", [2, 4, 5])
def test_on_random_changes_the_problems_are_those_of_a_full_validation(repository: Repository, seed: int) -> None:
    """Of an unchanged file, a problem counts if the base does not have the same one there."""
    chance = random.Random(seed)  # noqa: S311  Wanted: the same each time.
    for _ in range(12):
        for _ in range(chance.randint(3, 12)):
            change(repository, chance)
        base = repository.commit()
        for _ in range(chance.randint(1, 4)):
            change(repository, chance)
        head = repository.commit() if chance.random() < 0.5 else None
        compare(repository, base, head)


def compare(repository: Repository, base: str, head: str | None) -> None:
    git, contract = Git(repository.top), load_contract()
    before = GitTree(git, "registry", base)
    source = GitTree(git, "registry", head) if head else Worktree(repository.top, "registry", git)
    known = {problem[:4] for problem in validate_registry(before, contract)[1]}
    every = validate_registry(source, contract)[1]

    changed = validate_changes(source, before, contract)

    wanted = [problem for problem in every if problem.path in changed.delta.paths or problem[:4] not in known]
    assert {problem[:4] for problem in changed.problems} ^ {problem[:4] for problem in wanted} == set()
    assert [problem[:4] for problem in changed.problems] == [problem[:4] for problem in wanted]


NAMES = ["a", "b", "c", "d"]


def change(repository: Repository, chance: random.Random) -> None:
    """Write, break, move or remove one file."""
    name, kind = chance.choice(NAMES), chance.choice(["tools", "tools", "services"])
    inside = f"{kind}/{chance.choice(['', '', 'team/'])}{name}.yaml"
    path = repository.top / "registry" / inside
    match chance.randint(0, 9):
        case 0 | 1:
            path.unlink(missing_ok=True)
        case 2:
            repository.write(inside, chance.choice(["spec: [", "", "[1]"]))
        case 3:
            repository.write(inside, make(kind, name, chance) | {"extra": 1})
        case 4 if path.exists():
            repository.move(inside, f"{kind}/other/{name}.yaml")
        case _:
            repository.write(inside, make(kind, name, chance))


def make(kind: str, name: str, chance: random.Random) -> dict[str, Any]:
    version = chance.choice(["1.0.0", "2.0.0", "3.1.0"])
    metadata = {"movedFrom": chance.choice(NAMES)} if chance.random() < 0.2 else {}
    if kind == "tools":
        return tool(name, version=version, service=chance.choice([*NAMES, "api"]), metadata=metadata)
    uses = [{"tool": used, "range": chance.choice(["^1", "^2", ">=1"])} for used in chance.sample(NAMES, 2)]
    return service(name, version=version, uses=uses, metadata=metadata)
