"""A revision that leaves a range of versions unsatisfied is refused, whichever file changed."""

from typing import Any

import pytest

from reconciler.core.manifest.check import check_document
from reconciler.desired import load
from reconciler.desired.git_files import GitTree
from tests.builders import Repository, Result, node, run, service, tool
from tests.conftest import Toolreg

TOLD = (
    'registry/services/shop.yaml:{line}: error: Service/shop (owner: "shopping") uses Tool/pay in "^2.1.0", but its'
    " version is 3.0.0; adapt the service and write a range such as ^3.0.0, or keep a version in the range"
    " [unsatisfied-range]"
)


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The paths of the files whose content was read from git."""
    paths: list[str] = []
    original = GitTree.read

    def record(self: GitTree, entries: Any) -> Any:
        listed = list(entries)
        paths.extend(entry.path for entry in listed)
        return original(self, listed)

    monkeypatch.setattr(GitTree, "read", record)
    return paths


def shop(text: str = "^2.1.0", name: str = "pay", **spec: Any) -> dict[str, Any]:
    return service("shop", metadata={"owner": "shopping"}, uses=[{"tool": name, "range": text}], **spec)


def pay(version: str = "2.1.0", **spec: Any) -> dict[str, Any]:
    return tool("pay", version=version, **spec)


@pytest.fixture
def selling(repository: Repository, toolreg: Toolreg) -> Repository:
    """An applied registry with a tool `pay` 2.1.0, used by the service `shop`, and with others."""
    repository.add(pay(), shop(), *(tool(f"tool{number}") for number in range(3)), service("other"), node())
    repository.commit()
    assert toolreg("apply").code == 0
    return repository


def problems(result: Result) -> list[str]:
    return [line.partition("] ")[0] for line in (result.out + result.err).splitlines() if "[unsatisfied-range]" in line]


def rules(result: Result) -> list[tuple[str, str]]:
    return [(problem["path"], problem["rule"]) for problem in result.json["diagnostics"]]


def test_a_version_out_of_the_range_of_a_service_names_service_and_owner(repository: Repository) -> None:
    repository.add(pay("3.0.0"), shop())

    result = run("validate", cwd=repository.top)

    assert result.code == 1
    assert result.out.splitlines()[0] == TOLD.format(line="15:12")
    assert (repository.top / "registry/services/shop.yaml").read_text("utf-8").splitlines()[
        14
    ].strip() == "range: ^2.1.0"


@pytest.mark.parametrize(("version", "text"), [("2.1.0", "^2.1.0"), ("3.0.0-rc.1", "^2 || >=3.0.0-rc"), ("0.1.0", "*")])
def test_a_version_in_the_range_is_no_problem(repository: Repository, version: str, text: str) -> None:
    repository.add(pay(version), shop(text))

    assert run("validate", cwd=repository.top).code == 0


def test_the_reason_for_a_pre_release_is_told(repository: Repository) -> None:
    repository.add(pay("3.0.0-rc.1"), shop(">=2"))

    assert (
        "a range allows a pre-release only if it names a pre-release of 3.0.0"
        in run("validate", cwd=repository.top).out
    )


@pytest.mark.parametrize("version", [None, 3, "three", "3"])
def test_a_tool_without_a_valid_version_is_told_once(repository: Repository, version: object) -> None:
    repository.add(pay(version), shop())  # type: ignore[arg-type]

    assert {path for path, _ in rules(run("validate", "-o", "json", cwd=repository.top))} == {"registry/tools/pay.yaml"}


@pytest.mark.parametrize("command", ["plan", "apply"])
def test_a_new_version_that_leaves_an_unchanged_service_behind_is_refused(
    selling: Repository, toolreg: Toolreg, command: str
) -> None:
    selling.add(pay("3.0.0"))
    selling.commit()

    result = toolreg(command, "--ref", "HEAD")

    assert result.code == 1
    assert problems(result) == [TOLD.format(line="15:12")]
    assert toolreg("get", "tool", "pay", "-o", "json").json["spec"]["version"] == "2.1.0"


def test_the_problem_is_found_without_reading_the_services_in_range(
    selling: Repository, toolreg: Toolreg, read: list[str]
) -> None:
    """Cost follows the change: the database knows the ranges, and only the files of services left behind are read."""
    selling.add(*(service(f"s{number}", uses=[{"tool": "pay", "range": ">=2.1"}]) for number in range(5)))
    selling.commit()
    assert toolreg("apply").code == 0
    selling.add(pay("2.9.0"))
    selling.commit()
    read.clear()

    assert toolreg("plan", "--ref", "HEAD").code == 0

    assert sorted(read) == ["registry/registry.yaml", "registry/tools/pay.yaml"]


def test_a_service_that_asks_for_another_version_of_an_unchanged_tool_is_refused(
    selling: Repository, toolreg: Toolreg, read: list[str]
) -> None:
    selling.add(shop("^3"))
    selling.commit()

    result = toolreg("apply")

    assert result.code == 1
    assert 'uses Tool/pay in "^3", but its version is 2.1.0' in result.err + result.out
    selling.add(shop("~2.1"))
    selling.commit()
    read.clear()
    assert toolreg("apply").code == 0
    assert set(read) == {"registry/registry.yaml", "registry/services/shop.yaml", "registry/tools/pay.yaml"}


def test_a_tool_and_its_service_change_together(selling: Repository, toolreg: Toolreg) -> None:
    selling.add(pay("3.0.0"), shop("^3"))
    selling.commit()
    assert toolreg("apply").code == 0

    selling.add(pay("4.0.0"))
    selling.remove("services/shop.yaml")
    selling.commit()
    assert toolreg("apply", "--max-deletes", "9").code == 0


def test_a_service_that_lost_its_range_is_not_asked(selling: Repository, toolreg: Toolreg) -> None:
    selling.add(service("shop", usesTools=["pay"]))
    selling.commit()
    toolreg("apply")
    selling.add(pay("3.0.0"))
    selling.commit()

    assert toolreg("apply").code == 0


def test_a_service_that_moved_or_was_renamed_is_found(selling: Repository, toolreg: Toolreg) -> None:
    selling.move("services/shop.yaml", "services/team/shop.yaml")
    selling.commit()
    assert toolreg("apply").code == 0
    selling.add(pay("3.0.0"))
    selling.commit()
    assert "registry/services/team/shop.yaml:15:12" in toolreg("apply").err

    selling.git("revert", "--no-edit", "-n", "HEAD")
    selling.remove("services/team/shop.yaml")
    renamed = shop()
    renamed["metadata"] |= {"name": "market", "movedFrom": "shop"}
    selling.add(renamed)
    selling.commit()
    assert toolreg("apply").code == 0
    selling.add(pay("3.0.0"))
    selling.commit()
    assert "Service/market (owner:" in toolreg("apply").err


def test_a_service_whose_row_was_removed_by_hand_is_found(selling: Repository, toolreg: Toolreg, conn: Any) -> None:
    conn.execute("DELETE FROM registry.services WHERE name = 'shop'")
    selling.add(pay("3.0.0"))
    selling.commit()

    assert problems(toolreg("apply")) == [TOLD.format(line="15:12")]


def test_a_rollback_brings_the_ranges_back(selling: Repository, toolreg: Toolreg) -> None:
    selling.add(service("shop", metadata={"owner": "shopping"}))
    selling.commit()
    toolreg("apply")
    assert toolreg("rollback", "1", "--reason", "test").code == 0

    assert [one["range"] for one in toolreg("describe", "tool/pay", "-o", "json").json["consumers"]] == ["^2.1.0"]


# ---- toolreg check


def check(repository: Repository, *arguments: str) -> Result:
    return run("check", "--against", "HEAD", *arguments, cwd=repository.top)


@pytest.fixture
def offered(repository: Repository) -> Repository:
    """A committed registry, without a database."""
    repository.add(pay(), shop(), service("other"), *(tool(f"tool{number}") for number in range(3)))
    repository.commit()
    return repository


def test_check_tells_the_services_that_a_version_leaves_behind(offered: Repository) -> None:
    offered.add(pay("3.0.0"))

    result = check(offered)
    document = check(offered, "-o", "json").json

    assert result.code == 1
    assert result.out.splitlines()[-2] == TOLD.format(line="15:12")
    assert result.out.splitlines()[-1].endswith("; 1 range of consumers left unsatisfied.")
    assert [(one["path"], one["line"], one["rule"]) for one in document["unsatisfied"]] == [
        ("registry/services/shop.yaml", 15, "unsatisfied-range")
    ]


def test_check_passes_a_version_in_range(offered: Repository) -> None:
    offered.add(pay("2.2.0"))

    assert check(offered).code == 0
    assert check(offered, "-o", "json").json.get("unsatisfied") is None


def test_check_tells_a_changed_range(offered: Repository) -> None:
    offered.add(shop("^9"))

    result = check(offered)

    assert result.code == 1
    assert 'uses Tool/pay in "^9", but its version is 2.1.0' in result.out
    assert result.out.endswith("1 range of consumers left unsatisfied.\n")


def test_check_parses_only_services_that_name_a_changed_tool(
    offered: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    parsed: list[str] = []

    def recorded(document: Any, path: str, *arguments: Any) -> Any:
        parsed.append(path)
        return check_document(document, path, *arguments)

    monkeypatch.setattr(load, "check_document", recorded)
    offered.add(pay("3.0.0"))

    check(offered)

    assert sorted(set(parsed)) == ["registry/services/shop.yaml", "registry/tools/pay.yaml"]


def test_check_finds_a_name_that_is_spelt_with_escapes(offered: Repository) -> None:
    path = offered.top / "registry/services/shop.yaml"
    path.write_text(path.read_text("utf-8").replace("tool: pay", 'tool: "p\\x61y"'), "utf-8")
    offered.commit()
    offered.add(pay("3.0.0"))

    assert check(offered).code == 1


def test_check_finds_a_service_among_many_changed_tools(offered: Repository) -> None:
    offered.add(pay("3.0.0"), *(tool(f"many{number}") for number in range(60)))

    assert check(offered).out.splitlines()[-2] == TOLD.format(line="15:12")
