"""toolreg check, in real repositories: what a change of a tool breaks, and the version that covers it."""

import json
import re
import shutil
from copy import deepcopy
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final

import pytest

from reconciler.core.catalogue import CATALOGUE
from reconciler.core.rule import Level
from tests.builders import Repository, Result, run, service, tool

KEYS: Final = ["name", "path", "before", "after", "requiredVersion", "input", "output", "findings"]
KEYS_OF_A_FINDING: Final = ["rule", "level", "direction", "pointer", "before", "after", "message"]
TEXT: Final = {"type": "string"}

Found = dict[str, Any]


def taking(**properties: Any) -> dict[str, Any]:
    """Return a schema of an object that takes these and is open for others."""
    # A copy of each: what stands twice would be written as an alias of YAML.
    return {"type": "object", "properties": {name: deepcopy(schema) for name, schema in properties.items()}}


def closed(**properties: Any) -> dict[str, Any]:
    """Return a schema of an object that takes these and no others."""
    return taking(**properties) | {"additionalProperties": False}


def check(repository: Repository, *arguments: str) -> Result:
    return run("check", "--against", "HEAD", *arguments, cwd=repository.top)


LEVELS: Final = {"break": 0, "warning": 1, "info": 2}
MOST: Final = {Level.ERROR: 0, Level.WARNING: 1, Level.INFO: 2}


def compared(repository: Repository, before: dict[str, Any], after: dict[str, Any]) -> Found:
    """Commit one state of a tool, write another one, and return what check says of it."""
    repository.add(before)
    repository.commit()
    repository.remove(f"tools/{before['metadata']['name']}.yaml")
    repository.add(after)
    result = check(repository, "-o", "json")
    [found] = result.json["tools"]
    assert result.code == (0 if found["requiredVersion"] is None else 1)
    assert isinstance(found, dict)
    for finding in found["findings"]:
        assert LEVELS[finding["level"]] >= MOST[CATALOGUE[finding["rule"]].level], finding
    return found


def told(found: Found) -> list[str]:
    """Return the findings in short."""
    return [f"{finding['level']} {finding['rule']} {finding['pointer']}" for finding in found["findings"]]


# The command: its base, its output and its exit codes.


def test_a_report_says_what_breaks_for_whom_and_which_version_covers_it(repository: Repository) -> None:
    repository.add(tool(inputSchema=taking(amount=TEXT)))
    base = repository.commit()
    repository.add(tool(inputSchema=taking(amount={"type": "integer"})))

    result = check(repository)

    assert result.code == 1
    assert result.err == ""
    assert result.out.splitlines() == [
        "registry/tools/lookup.yaml: lookup 1.0.0 -> 1.0.0",
        '  break    spec.inputSchema.properties.amount.type: type was "string", and is "integer" [contract-type]',
        '           for example: {"amount":""}',
        "  write `version: 2.0.0`, or higher: the change breaks callers",
        f"1 tool changed since {base[:12]}: 1 breaks callers, 1 needs a higher version.",
    ]


def test_a_report_is_one_document_of_json(repository: Repository) -> None:
    repository.add(tool(inputSchema=taking(amount=TEXT)))
    base = repository.commit()
    repository.add(tool(inputSchema=taking(amount={"type": "integer"}, note=TEXT)))

    document = check(repository, "-o", "json").json

    assert list(document) == ["formatVersion", "against", "tools"]
    assert document["formatVersion"] == 1
    assert document["against"] == base
    [found] = document["tools"]
    assert list(found) == KEYS
    assert {key: found[key] for key in KEYS[:-1]} == {
        "name": "lookup",
        "path": "registry/tools/lookup.yaml",
        "before": "1.0.0",
        "after": "1.0.0",
        "requiredVersion": "2.0.0",
        "input": "break",
        "output": "compatible",
    }
    broken, added = found["findings"]
    assert list(broken) == [*KEYS_OF_A_FINDING, "witness"]
    assert broken == {
        "rule": "contract-type",
        "level": "break",
        "direction": "input",
        "pointer": "/spec/inputSchema/properties/amount/type",
        "before": "string",
        "after": "integer",
        "message": 'type was "string", and is "integer"',
        "witness": broken["witness"],
    }
    assert isinstance(broken["witness"]["amount"], str)
    assert list(added) == KEYS_OF_A_FINDING
    assert added["before"] is None
    assert added["after"] == TEXT


def test_a_version_that_rose_far_enough_covers_a_break(repository: Repository) -> None:
    repository.add(tool(inputSchema=taking(amount=TEXT)))
    base = repository.commit()
    repository.add(tool(version="2.0.0", inputSchema=taking(amount={"type": "integer"})))

    result = check(repository)

    assert result.code == 0
    assert "  break    spec.inputSchema.properties.amount.type" in result.out
    assert "write `version" not in result.out
    assert result.out.endswith(f"1 tool changed since {base[:12]}: 1 breaks callers, 0 need a higher version.\n")


def test_where_no_tool_changed_that_is_said(repository: Repository) -> None:
    """A new tool has no callers yet, and a service is no tool."""
    repository.add(tool("new"), service("another"))
    base = repository.git("rev-parse", "HEAD")

    result = check(repository)

    assert (result.code, result.out) == (0, f"No tool changed since {base[:12]}.\n")
    assert check(repository, "-o", "json").json == {"formatVersion": 1, "against": base, "tools": []}


@pytest.mark.parametrize("arguments", [["-o", "html"], ["--against"], ["surplus"], ["--nonsense"]])
def test_a_wrong_call_is_told_from_a_break(repository: Repository, arguments: list[str]) -> None:
    assert run("check", *arguments, cwd=repository.top).code == 64


def cloned(repository: Repository) -> Repository:
    """Return a clone, which knows the branch that its origin has checked out."""
    clone = repository.top.parent / "clone"
    repository.git("clone", "-q", str(repository.top), str(clone))
    return Repository(clone)


def test_the_base_is_where_the_branch_left_that_of_the_origin(repository: Repository) -> None:
    """What others changed there since is none of this branch."""
    repository.add(tool("mine"), tool("theirs"))
    base = repository.commit()
    clone = cloned(repository)
    clone.git("checkout", "-q", "-b", "work")
    clone.add(tool("mine", metadata={"description": "Another."}))
    clone.commit()
    repository.add(tool("theirs", metadata={"description": "Another."}))
    repository.commit()
    clone.git("fetch", "-q")

    document = run("check", "-o", "json", cwd=clone.top).json

    assert document["against"] == base
    assert [found["name"] for found in document["tools"]] == ["mine"]


def test_without_a_branch_of_the_origin_a_base_has_to_be_named(repository: Repository) -> None:
    result = run("check", cwd=repository.top)

    assert result.code == 1
    assert result.err == "error: there is no origin/HEAD here; say what to compare with: --against REF\n"


def test_a_branch_that_has_nothing_in_common_with_the_origin_needs_a_base(repository: Repository) -> None:
    clone = cloned(repository)
    clone.git("checkout", "-q", "--orphan", "work")
    clone.commit()

    result = run("check", cwd=clone.top)

    assert result.code == 1
    assert "origin/HEAD has no commit in common with this one; say what to compare with: --against REF" in result.err


@pytest.mark.parametrize("arguments", [[], ["--against", "HEAD"]])
def test_outside_git_nothing_can_be_compared(repository: Repository, tmp_path: Path, arguments: list[str]) -> None:
    outside = tmp_path / "outside"
    shutil.copytree(repository.top / "registry", outside / "registry")

    result = run("check", *arguments, cwd=outside)

    assert result.code == 1
    assert result.err == "error: check compares with a commit, and there is no git repository here\n"


def test_an_unknown_base_is_told(repository: Repository) -> None:
    result = run("check", "--against", "nowhere", "-o", "json", cwd=repository.top)

    assert result.code == 1
    assert result.json["error"].startswith('"nowhere" names no commit here')


def test_a_commit_is_checked_by_ref_without_what_lies_uncommitted(repository: Repository) -> None:
    repository.add(tool("committed"), tool("lying"))
    repository.commit()
    repository.add(tool("committed", metadata={"description": "Another."}))
    repository.commit()
    repository.add(tool("lying", metadata={"description": "Another."}))

    result = run("check", "--ref", "HEAD", "--against", "HEAD~1", "-o", "json", cwd=repository.top)

    assert [found["name"] for found in result.json["tools"]] == ["committed"]


def test_an_invalid_manifest_is_told_as_validate_tells_it(repository: Repository) -> None:
    repository.add(tool())
    repository.commit()
    repository.add(tool(version="one"))

    text, document = check(repository), check(repository, "-o", "json")

    assert (text.code, document.code) == (1, 1)
    assert "registry/tools/lookup.yaml:8:12: error: spec.version" in text.err
    assert text.err.endswith("error: the registry has 1 problem; toolreg validate shows them, too\n")
    assert list(document.json) == ["formatVersion", "error", "diagnostics"]
    [problem] = document.json["diagnostics"]
    assert (problem["path"], problem["line"]) == ("registry/tools/lookup.yaml", 8)


@pytest.mark.parametrize("content", [b"spec: [", b"\xff", json.dumps(tool(version="one")).encode()])
def test_an_invalid_manifest_of_the_base_is_no_contract(repository: Repository, content: bytes) -> None:
    """It must be possible to correct it."""
    repository.write("tools/lookup.yaml", content)
    repository.commit()
    repository.add(tool())

    assert check(repository, "-o", "json").json["tools"] == []
    assert check(repository).code == 0


def test_many_tools_are_compared_in_the_order_of_their_names(repository: Repository) -> None:
    names = [f"tool{number:02}" for number in range(60)]
    repository.add(*(tool(name, inputSchema=taking(a=TEXT)) for name in names))
    repository.commit()
    repository.add(*(tool(name, inputSchema=taking(a=TEXT, b=TEXT)) for name in names))

    result = check(repository, "-o", "json")

    assert [found["name"] for found in result.json["tools"]] == names
    assert {found["requiredVersion"] for found in result.json["tools"]} == {"1.1.0"}


# A stranger's names in a terminal or in the log of a runner.
@pytest.mark.parametrize("name", ["a\n::error::b", "\x1b[31mred", "x ##[error]y", "\u202egpj", "a/b~c", "`version: 9`"])
def test_a_name_of_a_property_does_not_forge_output(repository: Repository, name: str) -> None:
    repository.add(tool(inputSchema=taking(**{name: {**TEXT, "default": name, "description": name}})))
    repository.commit()
    after = {"type": "integer", "default": f"{name}{name}", "description": name + name, "enum": [name, 1]}
    repository.add(tool(inputSchema=taking(**{name: after}) | {"required": [name]}, toolName="a ::warning::b"))

    text, document = check(repository), check(repository, "-o", "json")

    assert text.code == 1
    assert re.search(r"(?m)^\s*::|##\w*\[", text.out) is None
    assert all(character.isprintable() or character == "\n" for character in text.out + document.out)
    assert len(re.findall("(?m)^  write `version: ", text.out)) == 1
    escaped = name.replace("~", "~0").replace("/", "~1")
    pointers = {finding["pointer"] for finding in document.json["tools"][0]["findings"]}
    assert f"/spec/inputSchema/properties/{escaped}/type" in pointers


# Versions.

BREAKS: Final[dict[str, Any]] = {"inputSchema": taking(a={"type": "integer"})}
ADDS: Final = {"inputSchema": taking(a=TEXT, b=TEXT)}
WORDS: Final = {"metadata": {"description": "Another."}}
OF_ANOTHER_CATEGORY: Final = {"category": "OTHER"}
OF_ANOTHER_OWNER: Final = {"metadata": {"owner": "others"}}


@pytest.mark.parametrize(
    ("before", "change", "required"),
    [
        ("1.4.2", BREAKS, "2.0.0"),
        ("1.4.2", ADDS, "1.5.0"),
        ("1.4.2", WORDS, "1.4.3"),
        ("1.4.2", OF_ANOTHER_CATEGORY, "1.4.3"),
        ("1.4.2", OF_ANOTHER_OWNER, None),
        ("0.4.2", BREAKS, "0.5.0"),
        ("0.4.2", ADDS, "0.5.0"),
        ("0.4.2", WORDS, "0.4.3"),
        ("2.0.0-rc.1", BREAKS, "2.0.0-rc.2"),
        ("2.0.0-rc.1", WORDS, "2.0.0-rc.2"),
        ("1.4.2+build.7", BREAKS, "2.0.0"),
    ],
)
def test_a_change_demands_a_version(
    repository: Repository, before: str, change: dict[str, Any], required: str | None
) -> None:
    found = compared(
        repository,
        tool(version=before, inputSchema=taking(a=TEXT)),
        tool(version=before, **{"inputSchema": taking(a=TEXT)} | change),
    )

    assert found["requiredVersion"] == required
    if required:
        repository.add(tool(version=required, **{"inputSchema": taking(a=TEXT)} | change))
        assert check(repository).code == 0


@pytest.mark.parametrize(
    ("after", "code"),
    [("1.9.9", 1), ("2.0.0-rc.1", 1), ("2.0.0", 0), ("2.0.0+build", 0), ("2.3.1", 0), ("10.0.0", 0), ("0.9.0", 1)],
)
def test_a_version_covers_a_break_from_the_next_major_one(repository: Repository, after: str, code: int) -> None:
    repository.add(tool(version="1.4.2", inputSchema=taking(a=TEXT)))
    repository.commit()
    repository.add(tool(version=after, **BREAKS))

    assert check(repository).code == code


def test_a_version_does_not_fall(repository: Repository) -> None:
    found = compared(repository, tool(version="2.0.0"), tool(version="1.9.0"))

    assert found["requiredVersion"] == "2.0.0"
    assert told(found) == ["warning contract-version /spec/version"]
    assert found["findings"][0]["message"] == "the version falls from 2.0.0 to 1.9.0"
    assert "write `version: 2.0.0`, or higher: a version never falls" in check(repository).out


@pytest.mark.parametrize("after", ["2.0.0-rc.1", "1.99.99", "0.1.0"])
def test_a_version_that_falls_is_told_beside_what_the_change_demands(repository: Repository, after: str) -> None:
    found = compared(
        repository,
        tool(version="2.0.0", inputSchema=taking(a=TEXT)),
        tool(version=after, inputSchema=ADDS["inputSchema"]),
    )

    assert found["requiredVersion"] == "2.1.0"
    assert f"the version falls from 2.0.0 to {after}" in [finding["message"] for finding in found["findings"]]


@pytest.mark.parametrize(("change", "required"), [({}, None), (WORDS, "1.4.3")])
def test_other_build_metadata_is_no_other_version(
    repository: Repository, change: dict[str, Any], required: str | None
) -> None:
    """SemVer 2.0.0, section 10: it does not count for precedence."""
    found = compared(repository, tool(version="1.4.2+a"), tool(version="1.4.2+b", **change))

    assert found["requiredVersion"] == required
    messages = [f["message"] for f in found["findings"] if f["rule"] == "contract-version"]
    assert messages == ["version 1.4.2+b has the precedence of 1.4.2+a: build metadata does not count"]


def test_a_version_that_rises_alone_is_enough(repository: Repository) -> None:
    found = compared(repository, tool(), tool(version="1.0.1"))

    assert (found["before"], found["after"], found["findings"]) == ("1.0.0", "1.0.1", [])


# Names, files and removals.


def test_a_renamed_tool_breaks_agents_that_call_it_by_its_name(repository: Repository) -> None:
    found = compared(repository, tool("old"), tool("new", metadata={"movedFrom": "old"}))

    assert found["name"] == "new"
    assert told(found)[0] == "break contract-name /spec/toolName"
    assert found["findings"][0]["message"] == 'the name that agents call was "old", and is "new"'
    assert found["requiredVersion"] == "2.0.0"


def test_a_renamed_tool_that_agents_call_as_before_breaks_nobody(repository: Repository) -> None:
    metadata = {"description": "The same."}
    before = tool("old", metadata=metadata, toolName="Lookup")
    found = compared(repository, before, tool("new", metadata=metadata | {"movedFrom": "old"}, toolName="Lookup"))

    assert told(found) == []
    assert found["requiredVersion"] is None


def test_a_renamed_tool_may_keep_its_former_name_for_agents(repository: Repository) -> None:
    found = compared(repository, tool("old"), tool("new", metadata={"movedFrom": "old"}, toolName="old"))

    assert "contract-name" not in {finding["rule"] for finding in found["findings"]}


def test_a_change_of_the_name_for_agents_breaks_them(repository: Repository) -> None:
    found = compared(repository, tool(), tool(toolName="Lookup"))

    assert told(found) == ["break contract-name /spec/toolName"]


def test_an_old_mark_of_a_rename_does_not_compare_with_another_tool(repository: Repository) -> None:
    """A later commit gave the former name to another tool."""
    new = {"metadata": {"movedFrom": "old"}}
    repository.add(tool("old", inputSchema=taking(x=TEXT)), tool("new", inputSchema=taking(a=TEXT), **new))
    repository.commit()
    repository.add(tool("old", inputSchema=taking(x=TEXT, y=TEXT)))
    repository.add(tool("new", inputSchema=taking(a=TEXT, b=TEXT), **new))

    found = {found["name"]: found for found in check(repository, "-o", "json").json["tools"]}

    assert [found[name]["requiredVersion"] for name in ("new", "old")] == ["1.1.0", "1.1.0"]


def test_a_moved_file_is_no_change(repository: Repository) -> None:
    repository.add(tool())
    repository.commit()
    repository.move("tools/lookup.yaml", "tools/team/lookup.yaml")

    assert check(repository).out.startswith("No tool changed since ")


def test_a_moved_file_is_compared_with_what_it_was(repository: Repository) -> None:
    repository.add(tool(inputSchema=taking(a=TEXT)))
    repository.commit()
    repository.remove("tools/lookup.yaml")
    repository.write("tools/team/lookup.yaml", tool(**BREAKS))

    [found] = check(repository, "-o", "json").json["tools"]

    assert (found["name"], found["path"]) == ("lookup", "registry/tools/team/lookup.yaml")
    assert told(found) == ["break contract-type /spec/inputSchema/properties/a/type"]


def removed(repository: Repository, **spec: Any) -> tuple[int, Found]:
    repository.add(tool(**spec))
    repository.commit()
    repository.remove("tools/lookup.yaml")
    result = check(repository, "-o", "json")
    [found] = result.json["tools"]
    return result.code, found


def test_a_tool_that_was_called_a_minute_ago_is_not_removed(repository: Repository) -> None:
    code, found = removed(repository)

    assert code == 1
    assert told(found) == ["break contract-removed "]
    assert (found["before"], found["after"], found["requiredVersion"]) == ("1.0.0", None, None)
    assert "lookup 1.0.0, removed\n" in check(repository).out


@pytest.mark.parametrize("lifecycle", ["deprecated", "retired"])
def test_a_tool_that_was_deprecated_may_be_removed(repository: Repository, lifecycle: str) -> None:
    code, found = removed(repository, lifecycle=lifecycle)

    assert code == 0
    assert told(found) == ["warning contract-removed "]


@pytest.mark.parametrize(("days", "expected"), [(-2, 0), (2, 1)])
def test_a_deprecated_tool_is_removed_after_the_day_that_it_names(
    repository: Repository, days: int, expected: int
) -> None:
    """Two days from now is a day to come at any hour and in any time zone."""
    last = (date.today() + timedelta(days)).isoformat()  # noqa: DTZ011  As above.
    deprecation = {"since": "2020-01-01", "removeAfter": last, "reason": "There is a better one."}

    code, found = removed(repository, lifecycle="deprecated", deprecation=deprecation)

    assert code == expected
    assert (last in found["findings"][0]["message"]) == bool(expected)


# Schemas.


def test_a_changed_property_is_told_in_its_place(repository: Repository) -> None:
    before = taking(person=taking(names={"type": "array", "items": {"type": "string", "maxLength": 9}}))
    after = taking(person=taking(names={"type": "array", "items": {"type": "string", "maxLength": 8}}))

    found = compared(repository, tool(inputSchema=before), tool(inputSchema=after))

    place = "/spec/inputSchema/properties/person/properties/names/items/maxLength"
    assert told(found) == [f"break contract-bounds {place}"]
    assert found["findings"][0]["witness"]["person"]["names"]


def test_a_break_does_not_blame_what_admits_more(repository: Repository) -> None:
    before = taking(a={"type": "string", "maxLength": 5}, b={"enum": ["x"]})
    after = taking(a={"type": "string", "maxLength": 4}, b={"enum": ["x", "y"]})

    found = compared(repository, tool(inputSchema=before), tool(inputSchema=after))

    assert told(found) == [
        "break contract-bounds /spec/inputSchema/properties/a/maxLength",
        "info contract-enum /spec/inputSchema/properties/b/enum",
    ]


def test_a_draft_07_tool_is_read_by_its_own_rules(repository: Repository) -> None:
    """`definitions`, `dependencies`, and a list under `items`."""
    before: dict[str, Any] = {
        "$schema": "http://json-schema.org/draft-07/schema#",
        **closed(pair={"type": "array", "items": [{"$ref": "#/definitions/a"}, {"type": "integer"}]}, b=TEXT),
        "definitions": {"a": TEXT},
        "dependencies": {"pair": ["b"]},
    }
    wider = before | {"definitions": {"a": {"type": ["string", "null"]}}}
    narrower = before | {"definitions": {"a": {"type": "string", "maxLength": 1}}}

    assert compared(repository, tool(inputSchema=before), tool(inputSchema=wider))["input"] == "compatible"
    broken = compared(repository, tool(inputSchema=before), tool(inputSchema=narrower))

    assert broken["input"] == "break"
    assert broken["requiredVersion"] == "2.0.0"
    assert any("witness" in finding for finding in broken["findings"])


def test_what_cannot_be_told_is_a_warning(repository: Repository) -> None:
    """It is no break, so it demands no major version."""
    before, after = ({"type": "object", "properties": {"a": {"pattern": f"^{text}"}}} for text in ("ab", "a"))

    found = compared(repository, tool(inputSchema=before), tool(inputSchema=after))

    assert found["input"] == "unknown"
    assert "warning contract-unknown /spec/inputSchema" in told(found)
    assert found["requiredVersion"] == "1.1.0"


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (taking(a=TEXT, b=TEXT), taking(a=TEXT), "break"),
        (closed(a=TEXT, b=TEXT), closed(a=TEXT), "break"),
        (taking(a=TEXT, b={**TEXT, "deprecated": True}), taking(a=TEXT), "warning"),
    ],
    ids=["open", "closed", "deprecated"],
)
def test_an_argument_that_is_no_longer_declared_breaks_callers_unless_it_was_deprecated(
    repository: Repository, before: Any, after: Any, expected: str
) -> None:
    """An open tool ignores it silently: no value shows that."""
    found = compared(repository, tool(inputSchema=before), tool(inputSchema=after))

    assert told(found)[0] == f"{expected} contract-property-removed /spec/inputSchema/properties/b"
    assert found["requiredVersion"] == ("2.0.0" if expected == "break" else "1.1.0")


def test_an_argument_that_a_closed_tool_no_longer_declares_is_told_once(repository: Repository) -> None:
    found = compared(repository, tool(inputSchema=closed(a=TEXT, b=TEXT)), tool(inputSchema=closed(a=TEXT)))

    assert told(found) == ["break contract-property-removed /spec/inputSchema/properties/b"]
    assert "b" in found["findings"][0]["witness"]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"allOf": [taking(a=TEXT, b=TEXT)]}, {"allOf": [taking(a=TEXT)]}),
        ({"anyOf": [taking(a=TEXT, b=TEXT), {"required": ["a"]}]}, {"anyOf": [taking(a=TEXT), {"required": ["a"]}]}),
        (
            {"$ref": "#/$defs/it", "minProperties": 0, "$defs": {"it": taking(a=TEXT, b=TEXT)}},
            {"$ref": "#/$defs/it", "minProperties": 0, "$defs": {"it": taking(a=TEXT)}},
        ),
        (taking(c={"type": "array", "prefixItems": [taking(b=TEXT)]}), taking(c={"prefixItems": [taking()]})),
    ],
    ids=["allOf", "anyOf", "$ref with siblings", "prefixItems"],
)
def test_an_argument_is_missed_wherever_it_was_declared(repository: Repository, before: Any, after: Any) -> None:
    found = compared(
        repository, tool(inputSchema={"type": "object"} | before), tool(inputSchema={"type": "object"} | after)
    )

    assert "contract-property-removed" in {finding["rule"] for finding in found["findings"]}


def test_an_argument_that_is_declared_in_a_branch_from_now_on_is_still_declared(repository: Repository) -> None:
    found = compared(
        repository,
        tool(inputSchema=taking(a=TEXT)),
        tool(inputSchema={"type": "object", "allOf": [{"properties": {"a": TEXT}}]}),
    )

    assert "break" not in {finding["level"] for finding in found["findings"]}


@pytest.mark.parametrize(
    ("required", "expected", "version"), [(["b"], "break", "2.0.0"), ([], "warning", "1.1.0")], ids=["required", "not"]
)
def test_an_output_that_is_no_longer_declared_is_missed(
    repository: Repository, required: list[str], expected: str, version: str
) -> None:
    found = compared(
        repository,
        tool(outputSchema=taking(a=TEXT, b=TEXT) | {"required": required}),
        tool(outputSchema=taking(a=TEXT)),
    )

    assert f"{expected} contract-property-removed /spec/outputSchema/properties/b" in told(found)
    assert {finding["direction"] for finding in found["findings"]} == {"output"}
    assert found["requiredVersion"] == version


def test_a_reader_of_an_output_is_its_receiver(repository: Repository) -> None:
    """What would break a caller of an input breaks no reader of an output, and the other way round."""
    wide, narrow = taking(a={"type": ["string", "null"]}), taking(a=TEXT)

    narrowed = compared(repository, tool(outputSchema=wide), tool(outputSchema=narrow))
    widened = compared(repository, tool(outputSchema=narrow), tool(outputSchema=wide))

    assert (narrowed["output"], widened["output"]) == ("compatible", "break")
    assert told(widened) == ["break contract-type /spec/outputSchema/properties/a/type"]


def test_an_output_is_described_no_longer_or_from_now_on(repository: Repository) -> None:
    gone = compared(repository, tool(outputSchema=taking(a=TEXT)), tool())
    new = compared(repository, tool(), tool(outputSchema=taking(a=TEXT)))

    assert (told(gone), gone["requiredVersion"]) == (["break contract-output /spec/outputSchema"], "2.0.0")
    assert (told(new), new["requiredVersion"]) == (["info contract-output /spec/outputSchema"], "1.1.0")


@pytest.mark.parametrize(("before", "after"), [(None, 1), (1, 2), (1, None), (1, True), (0, False), (1, "1")])
def test_a_default_that_changes_lets_the_same_call_do_something_else(
    repository: Repository, before: Any, after: Any
) -> None:
    one, other = ({} if value is None else {"default": value} for value in (before, after))

    found = compared(repository, tool(inputSchema=taking(a=one)), tool(inputSchema=taking(a=other)))

    assert told(found) == ["warning contract-default /spec/inputSchema/properties/a/default"]
    assert (found["input"], found["requiredVersion"]) == ("compatible", "1.1.0")


def test_a_default_of_an_output_changes_no_call(repository: Repository) -> None:
    found = compared(
        repository, tool(outputSchema=taking(a={"default": 1})), tool(outputSchema=taking(a={"default": 2}))
    )

    assert told(found) == []
    assert found["requiredVersion"] == "1.0.1"


@pytest.mark.parametrize("word", ["title", "description"])
def test_words_choose_a_tool_and_break_no_call(repository: Repository, word: str) -> None:
    found = compared(
        repository,
        tool(metadata={word: "One."}, inputSchema=taking(a={**TEXT, word: "One."})),
        tool(metadata={word: "Another."}, inputSchema=taking(a={**TEXT, word: "Another."})),
    )

    assert sorted(told(found)) == [
        f"info contract-wording /metadata/{word}",
        f"info contract-wording /spec/inputSchema/properties/a/{word}",
    ]
    assert found["requiredVersion"] == "1.0.1"


# What values cannot show.


def test_another_service_is_another_contract(repository: Repository) -> None:
    repository.add(service("other"))

    found = compared(repository, tool(), tool(service="other"))

    assert told(found) == ["break contract-service /spec/service"]


HINTS_UNSAID: Final = {"readOnlyHint": False, "destructiveHint": True, "idempotentHint": False, "openWorldHint": True}
"""MCP 2025-11-25, schema reference, ToolAnnotations."""


@pytest.mark.parametrize("hint", HINTS_UNSAID)
def test_a_hint_is_compared_with_what_it_is_where_nothing_is_said(repository: Repository, hint: str) -> None:
    """What is more dangerous is what is assumed of a tool that says nothing."""
    reassuring = tool(annotations={hint: not HINTS_UNSAID[hint]})

    safer = compared(repository, tool(), reassuring)
    riskier = compared(repository, reassuring, tool())

    assert told(safer) == [f"info contract-hint /spec/annotations/{hint}"]
    assert told(riskier) == [f"warning contract-hint /spec/annotations/{hint}"]


def test_writing_down_the_hints_that_hold_anyway_is_no_change(repository: Repository) -> None:
    assert told(compared(repository, tool(), tool(annotations=HINTS_UNSAID))) == []


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("active", "deprecated", "warning"),
        ("active", "experimental", "warning"),
        ("deprecated", "retired", "warning"),
        ("experimental", "active", "info"),
        ("deprecated", "active", "info"),
    ],
)
def test_a_lifecycle_that_nears_its_end_is_a_warning(
    repository: Repository, before: str, after: str, expected: str
) -> None:
    found = compared(repository, tool(lifecycle=before), tool(lifecycle=after))

    assert told(found) == [f"{expected} contract-lifecycle /spec/lifecycle"]


LIMITS: Final[list[tuple[str, Any, Any]]] = [
    ("limits/timeout", "1m", "30s"),
    ("limits/timeout", "1s", "999ms"),
    ("limits/timeout", "1d", "23h"),
    ("limits/concurrency", 10, 9),
    ("limits/concurrency", None, 9),
    ("limits/rate", {"requests": 100, "per": "1m"}, {"requests": 100, "per": "1h"}),
    ("limits/rate", {"requests": 2, "per": "1s"}, {"requests": 119, "per": "1m"}),
    ("objectives/successRate", 0.99, 0.9),
    ("objectives/successRate", 0.99, None),
    ("objectives/p95LatencyMs", 100, 101),
]


@pytest.mark.parametrize(("place", "better", "worse"), LIMITS)
def test_a_tighter_limit_and_a_weaker_objective_are_warnings(
    repository: Repository, place: str, better: Any, worse: Any
) -> None:
    group, name = place.split("/")
    said: list[dict[str, Any]] = [{group: {} if value is None else {name: value}} for value in (better, worse)]
    one, other = (tool(**spec) for spec in said)
    rule = f"contract-{group} /spec/{group}/{name}"

    assert told(compared(repository, one, other)) == [f"warning {rule}"]
    assert told(compared(repository, other, one)) == [f"info {rule}"]
