"""exceptions.yaml: intended exceptions from the rules about contracts, and where check reads them."""

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest

from tests.builders import Repository, Result, registry, run, tool
from tests.conftest import Toolreg

TEXT: Final = {"type": "string"}
NUMBER: Final = {"type": "integer"}
EXPIRED: Final = "expired after 2026-01-31 and covers nothing; remove it, or renew it"


def day(days: int) -> str:
    """Return a day before or after today, in UTC."""
    return (datetime.now(UTC).date() + timedelta(days)).isoformat()


def entry(tool: str = "lookup", rule: str = "contract-type", **others: Any) -> dict[str, Any]:
    """Return an exception that is in force."""
    reason = {"reason": "The only caller is ours.", "approver": "ada", "expires": day(30)}
    return {"tool": tool, "rule": rule} | reason | others


def exceptions(*entries: dict[str, Any]) -> dict[str, Any]:
    """Return an exceptions.yaml."""
    return {"apiVersion": "toolreg/v1", "kind": "Exceptions", "spec": {"exceptions": list(entries)}}


def taking(schema: dict[str, Any], name: str = "lookup", **spec: Any) -> dict[str, Any]:
    """Return a tool with an argument of this schema."""
    return tool(name, inputSchema={"type": "object", "properties": {"a": dict(schema)}}, **spec)


# The file.


def test_a_file_of_exceptions_is_valid_and_no_resource(repository: Repository, toolreg: Toolreg) -> None:
    repository.write("exceptions.yaml", exceptions(entry(), entry("removed", "contract-removed")))
    repository.commit()

    assert run("validate", cwd=repository.top).out == "3 files, 3 valid, 0 invalid\n"
    assert [change["name"] for change in toolreg("plan", "-o", "json").json["changes"]] == ["api"]
    assert toolreg("apply").code == 0
    repository.write("exceptions.yaml", exceptions())
    repository.commit()
    assert toolreg("plan").out == "Nothing to do: the database matches.\n"
    repository.remove("exceptions.yaml")
    repository.commit()
    assert toolreg("plan").out == "Nothing to do: the database matches.\n"


INVALID: Final[dict[str, tuple[dict[str, Any], str]]] = {
    "no rule": (
        entry(rule="contract-tipe"),
        'is "contract-tipe", which is no rule about contracts; did you mean contract-type? [exception]',
    ),
    "a rule about files": (entry(rule="syntax"), '6:11: error: spec.exceptions[0].rule is "syntax", which is no rule'),
    "a rule about exceptions": (entry(rule="exception-unused"), "which is no rule about contracts"),
    "no such day": (entry(expires="2026-02-30"), 'expires is "2026-02-30"; there is no such day [exception]'),
    "no day": (entry(expires="soon"), 'expires is "soon"; expected a day such as 2026-12-31 [schema]'),
    "no reason": (entry(reason=""), "7:13: error: spec.exceptions[0].reason is 0 characters long; expected at least 1"),
    "no approver": ({k: v for k, v in entry().items() if k != "approver"}, "spec.exceptions[0] lacks approver"),
    "another key": (entry(until="2026-01-01"), 'spec.exceptions[0] has no property "until"'),
    "no name": (entry(tool="No Name"), "spec.exceptions[0].tool"),
    "too long": (entry(reason="x" * 1001), "expected at most 1000"),
}


@pytest.mark.parametrize(("wrong", "message"), INVALID.values(), ids=INVALID)
def test_an_exception_that_is_none_is_told_where_it_stands(
    repository: Repository, wrong: dict[str, Any], message: str
) -> None:
    repository.write("exceptions.yaml", exceptions(wrong))

    result = run("validate", cwd=repository.top)

    assert result.code == 1
    assert result.out.startswith("registry/exceptions.yaml:")
    assert message in result.out


def test_a_tool_and_a_rule_have_one_exception(repository: Repository, toolreg: Toolreg) -> None:
    repository.write("exceptions.yaml", exceptions(entry(), entry(rule="contract-enum"), entry(reason="Again.")))

    message = '.tool has an exception from "contract-type" already; keep one of them [exception]'
    assert f"error: spec.exceptions[2]{message}" in run("validate", cwd=repository.top).out
    assert f"error: spec.exceptions[2]{message}" in toolreg("plan").err


def test_the_number_of_exceptions_is_bounded(repository: Repository) -> None:
    repository.write("exceptions.yaml", exceptions(*(entry(f"tool{number}") for number in range(1001))))

    assert "has 1001 items; expected at most 1000" in run("validate", cwd=repository.top).out


def test_a_kind_of_the_registry_itself_stands_in_its_own_file_alone(repository: Repository) -> None:
    repository.write("exceptions.yaml", (repository.top / "registry/registry.yaml").read_text())
    repository.write("tools/exceptions.yaml", exceptions(entry()))
    repository.write("exeptions.yaml", exceptions(entry()))

    out = run("validate", cwd=repository.top).out

    assert "kind is Registry, but this is the place of Exceptions; only registry.yaml is one" in out
    assert "kind is Exceptions, but this is the place of a Tool; only exceptions.yaml is one" in out
    assert "registry/exeptions.yaml:1:1: error: only registry.yaml and exceptions.yaml stand here" in out


# Findings.


def check(repository: Repository, *arguments: str) -> Result:
    return run("check", "--against", "HEAD", *arguments, cwd=repository.top)


def broken(repository: Repository, *entries: dict[str, Any]) -> Result:
    """Return the check of a tool whose argument has another type, where these exceptions were committed before."""
    repository.add(taking(TEXT))
    repository.write("exceptions.yaml", exceptions(*entries))
    repository.commit()
    repository.add(taking(NUMBER))
    return check(repository, "-o", "json")


def test_an_exception_covers_the_findings_of_its_tool_and_rule(repository: Repository) -> None:
    result = broken(repository, entry(reason="The only caller is ours.", approver="ada@example.com"))

    [found] = result.json["tools"]
    [finding] = found["findings"]
    assert (result.code, found["requiredVersion"], found["input"]) == (0, None, "break")
    assert (finding["rule"], finding["level"]) == ("contract-type", "break")
    assert finding["exception"] == {
        "reason": "The only caller is ours.",
        "approver": "ada@example.com",
        "expires": day(30),
    }
    assert result.json.get("exceptions") is None
    *lines, last = check(repository).out.splitlines()
    assert lines[1:] == [
        '  excepted spec.inputSchema.properties.a.type: type was "string", and is "integer" [contract-type]',
        f"           by ada@example.com until {day(30)}: The only caller is ours.",
    ]
    assert last.endswith(": 0 break callers, 0 need a higher version, 1 finding excepted.")


@pytest.mark.parametrize("other", [entry("another"), entry(rule="contract-enum")])
def test_an_exception_covers_neither_another_tool_nor_another_rule(
    repository: Repository, other: dict[str, Any]
) -> None:
    result = broken(repository, other)

    [found] = result.json["tools"]
    assert (result.code, found["requiredVersion"]) == (1, "2.0.0")
    assert "exception" not in found["findings"][0]


def test_what_no_exception_covers_demands_a_version_as_before(repository: Repository) -> None:
    repository.add(taking(TEXT))
    repository.write("exceptions.yaml", exceptions(entry()))
    repository.commit()

    def required(change: dict[str, Any]) -> str | None:
        repository.add(change)
        [found] = check(repository, "-o", "json").json["tools"]
        version: str | None = found["requiredVersion"]
        return version

    another = taking(NUMBER)
    another["spec"]["inputSchema"]["properties"]["b"] = TEXT
    assert required(another) == "1.1.0"
    another["spec"]["inputSchema"]["required"] = ["b"]
    assert required(another) == "2.0.0"
    assert required(taking(NUMBER, category="OTHER")) == "1.0.1"
    assert required(taking(NUMBER, metadata={"description": "Another."})) == "1.0.1"
    assert required(taking(NUMBER | {"description": "Another."})) == "1.0.1"
    assert required(taking(NUMBER, version="0.9.0")) == "1.0.0"


def test_an_exception_covers_a_removal(repository: Repository) -> None:
    repository.add(tool())
    repository.write("exceptions.yaml", exceptions(entry(rule="contract-removed")))
    repository.commit()
    repository.remove("tools/lookup.yaml")

    result = check(repository)

    assert result.code == 0
    assert "  excepted the tool is removed, and no earlier commit says lifecycle: deprecated" in result.out
    assert "removed without notice" not in result.out


@pytest.mark.parametrize("name", ["old", "new"])
def test_an_exception_survives_a_rename(repository: Repository, name: str) -> None:
    repository.add(tool("old"))
    repository.write("exceptions.yaml", exceptions(entry(name, "contract-name")))
    repository.commit()
    repository.remove("tools/old.yaml")
    same = {"description": "old of a test.", "movedFrom": "old"}
    repository.add(tool("new", metadata=same))

    result = check(repository, "-o", "json")

    assert (result.code, result.json.get("exceptions")) == (0, None)
    assert "exception" in result.json["tools"][0]["findings"][0]


@pytest.mark.parametrize(("change", "code"), [({}, 0), ({"category": "OTHER"}, 1)])
def test_an_exception_lets_a_version_fall_where_nothing_else_changes(
    repository: Repository, change: dict[str, Any], code: int
) -> None:
    repository.add(tool(version="2.0.0"))
    repository.write("exceptions.yaml", exceptions(entry(rule="contract-version")))
    repository.commit()
    repository.add(tool(version="1.9.0", **change))

    assert check(repository).code == code


@pytest.mark.parametrize(("days", "code"), [(0, 0), (-1, 1)])
def test_an_exception_is_in_force_through_its_last_day(repository: Repository, days: int, code: int) -> None:
    """Two attempts: a day may end in between."""
    result = broken(repository, entry(expires=day(days)))
    if result.code != code:
        result = broken(repository, entry(expires=day(days)))

    assert result.code == code


def test_an_expired_exception_is_told_and_covers_nothing(repository: Repository) -> None:
    result = broken(repository, entry(expires="2026-01-31"))

    assert result.code == 1
    message = f'the exception of "lookup" from contract-type {EXPIRED}'
    assert result.json["exceptions"] == [
        {
            "rule": "exception-expired",
            "level": "warning",
            "tool": "lookup",
            "covers": "contract-type",
            "reason": "The only caller is ours.",
            "approver": "ada",
            "expires": "2026-01-31",
            "message": message,
        }
    ]
    assert f"registry/exceptions.yaml: warning: {message} [exception-expired]\n" in check(repository).out


def test_an_unused_exception_is_told(repository: Repository) -> None:
    """That of a tool that did not change may be for a change to come."""
    repository.add(tool("same"), tool("removed"))
    result = broken(
        repository,
        entry(),
        entry(rule="contract-enum"),
        entry("same"),
        entry("nowhere"),
        entry("removed", "contract-removed"),
        entry("nowhere", "contract-enum", expires="2026-01-31"),
    )

    notes = [(note["rule"], note["level"], note["message"]) for note in result.json["exceptions"]]
    assert result.code == 0
    assert notes == [
        (
            "exception-expired",
            "warning",
            f'the exception of "nowhere" from contract-enum {EXPIRED}',
        ),
        ("exception-unused", "info", 'the exception of "lookup" from contract-enum covers no finding; remove it'),
        (
            "exception-unused",
            "info",
            'the exception of "nowhere" from contract-type names a tool that is not there; remove it',
        ),
    ]
    repository.remove("tools/removed.yaml")
    again = check(repository, "-o", "json")
    assert (again.code, len(again.json["exceptions"])) == (0, 3)


def test_many_notes_are_counted(repository: Repository) -> None:
    repository.write("exceptions.yaml", exceptions(*(entry(f"tool{number}") for number in range(1000))))
    repository.commit()

    result = check(repository)

    assert len(result.out.splitlines()) == 22
    assert "... and 980 more exceptions that are expired or unused.\n" in result.out
    assert len(check(repository, "-o", "json").json["exceptions"]) == 1000


@pytest.mark.parametrize("word", ["a\n::error::b", "\x1b[31mred", "x ##[error]y", "\u202egpj", "]8;;http://x"])
def test_an_exception_does_not_forge_output(repository: Repository, word: str) -> None:
    broken(repository, entry(reason=word, approver=word), entry("nowhere", reason=word))

    text, document = check(repository), check(repository, "-o", "json")

    assert (text.code, document.code) == (0, 0)
    assert re.search(r"(?m)^\s*::|##\w*\[", text.out) is None
    assert all(character.isprintable() or character == "\n" for character in text.out + document.out)
    assert document.json["tools"][0]["findings"][0]["exception"]["reason"] == word


# Where the policy is read.


@pytest.fixture
def in_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    """A run of a CI system."""
    monkeypatch.setenv("CI", "true")


@pytest.fixture
def pull_request(repository: Repository) -> Repository:
    """A branch that breaks a tool, and adds an exception of its own."""
    repository.add(taking(TEXT))
    repository.commit()
    repository.git("checkout", "-q", "-b", "work")
    repository.add(taking(NUMBER))
    repository.write("exceptions.yaml", exceptions(entry()))
    repository.commit()
    return repository


@pytest.mark.usefixtures("in_ci")
def test_a_pull_request_does_not_except_itself(pull_request: Repository) -> None:
    main = pull_request.git("rev-parse", "main")

    result = run("check", "--against", "main", "-o", "json", cwd=pull_request.top)

    assert (result.code, result.json.get("policyFrom")) == (1, main)
    assert result.json["tools"][0]["requiredVersion"] == "2.0.0"
    text = run("check", "--against", "main", cwd=pull_request.top)
    assert f"\nPolicy and exceptions are those of commit {main[:12]}.\n" in text.out


@pytest.mark.usefixtures("in_ci")
def test_an_exception_in_the_base_lets_a_pull_request_pass(repository: Repository) -> None:
    repository.add(taking(TEXT))
    repository.write("exceptions.yaml", exceptions(entry()))
    repository.commit()
    repository.git("checkout", "-q", "-b", "work")
    repository.add(taking(NUMBER))
    repository.remove("exceptions.yaml")
    repository.commit()

    assert run("check", "--against", "main", cwd=repository.top).code == 0


@pytest.mark.parametrize("value", ["", "0", "false", "False", None])
def test_outside_of_ci_the_checked_files_count(
    pull_request: Repository, monkeypatch: pytest.MonkeyPatch, value: str | None
) -> None:
    if value is not None:
        monkeypatch.setenv("CI", value)

    lying = run("check", "--against", "main", "-o", "json", cwd=pull_request.top)
    committed = run("check", "--against", "main", "--ref", "HEAD", "-o", "json", cwd=pull_request.top)

    assert (lying.code, lying.json.get("policyFrom")) == (0, None)
    assert (committed.code, committed.json.get("policyFrom")) == (0, pull_request.git("rev-parse", "HEAD"))


@pytest.mark.parametrize("value", ["1", "true", "woodpecker"])
@pytest.mark.parametrize(("ref", "code"), [("HEAD", 0), ("main", 1)])
def test_the_source_of_the_policy_can_be_named(
    pull_request: Repository, monkeypatch: pytest.MonkeyPatch, value: str, ref: str, code: int
) -> None:
    monkeypatch.setenv("CI", value)
    arguments = ("check", "--against", "main", "--policy-from", ref, "-o", "json")

    result = run(*arguments, cwd=pull_request.top)

    assert (result.code, result.json.get("policyFrom")) == (code, pull_request.git("rev-parse", ref))
    monkeypatch.delenv("CI")
    assert run(*arguments, cwd=pull_request.top).code == code


def test_an_unknown_source_of_the_policy_is_told(pull_request: Repository) -> None:
    result = run("check", "--against", "main", "--policy-from", "nowhere", cwd=pull_request.top)

    assert result.code == 1
    assert '"nowhere" names no commit here' in result.err
    assert run("check", "--policy-from", "", cwd=pull_request.top).code == 64


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (exceptions(entry(), entry("other", "contract-tipe")), "did you mean contract-type? [exception]"),
        ("spec: [", "[syntax]"),
        (exceptions(entry(), entry(expires="soon")), "expected a day such as 2026-12-31 [schema]"),
    ],
)
def test_invalid_exceptions_of_the_policy_except_nothing(repository: Repository, content: Any, message: str) -> None:
    repository.add(taking(TEXT))
    repository.write("exceptions.yaml", content)
    base = repository.commit()
    repository.write("exceptions.yaml", exceptions(entry()))
    repository.add(taking(NUMBER))

    result = run("check", "--against", "HEAD", "--policy-from", "HEAD", cwd=repository.top)

    assert (result.code, result.out) == (1, "")
    assert result.err.startswith(
        f"error: the policy cannot be read from commit {base[:12]}, and nothing is excepted: registry/exceptions.yaml:"
    )
    assert message in result.err
    assert result.err.endswith("correct exceptions.yaml there, or name another commit: --policy-from REF\n")
    assert check(repository).code == 0


def test_invalid_exceptions_of_the_checked_files_are_told_as_validate_tells_them(repository: Repository) -> None:
    repository.write("exceptions.yaml", exceptions(entry(rule="nothing")))
    for _ in range(2):
        result = check(repository)

        assert (result.code, result.out) == (1, "")
        assert "registry/exceptions.yaml:6:11: error: spec.exceptions[0].rule" in result.err
        repository.commit()


@pytest.mark.usefixtures("in_ci")
def test_a_pull_request_adds_no_invalid_exceptions(repository: Repository) -> None:
    repository.write("exceptions.yaml", exceptions(entry(rule="nothing")))

    assert "registry/exceptions.yaml:6:11: error: spec.exceptions[0].rule" in check(repository).err


def test_a_link_in_the_place_of_the_exceptions_is_not_followed(repository: Repository) -> None:
    outside = repository.top / "outside.yaml"
    outside.write_text(json.dumps(exceptions(entry())))
    (repository.top / "registry/exceptions.yaml").symlink_to(outside)
    repository.add(taking(TEXT))
    repository.commit()
    repository.add(taking(NUMBER))

    assert "[symlink]" in check(repository).err


# The branch of the registry.


def cloned(repository: Repository) -> Repository:
    clone = repository.top.parent / "clone"
    repository.git("clone", "-q", str(repository.top), str(clone))
    return Repository(clone)


def names(result: Result) -> list[str]:
    return [found["name"] for found in result.json["tools"]]


@pytest.fixture
def clone(repository: Repository) -> Repository:
    """A clone on a branch of its own, of a repository with a branch `trunk` that is ahead of its HEAD, `main`."""
    repository.write("registry.yaml", registry(branch="trunk"))
    repository.add(tool("one"), tool("other"))
    repository.commit()
    repository.git("checkout", "-q", "-b", "trunk")
    repository.add(tool("one", metadata={"description": "Another."}))
    repository.commit()
    repository.git("checkout", "-q", "main")
    clone = cloned(repository)
    clone.git("checkout", "-q", "-b", "work", "origin/trunk")
    clone.add(tool("other", metadata={"description": "Another."}))
    clone.commit()
    return clone


@pytest.mark.parametrize("value", ["", "true"])
def test_the_default_base_is_the_merge_base_with_the_branch_of_the_registry(
    clone: Repository, monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("CI", value)

    result = run("check", "-o", "json", cwd=clone.top)

    assert result.json["against"] == clone.git("rev-parse", "origin/trunk")
    assert names(result) == ["other"]


def test_without_the_remote_branch_the_local_one_is_meant(clone: Repository) -> None:
    clone.git("branch", "-q", "--no-track", "trunk", "origin/trunk")
    clone.git("update-ref", "-d", "refs/remotes/origin/trunk")

    assert names(run("check", "-o", "json", cwd=clone.top)) == ["other"]


def test_without_either_branch_the_origin_decides(clone: Repository) -> None:
    clone.git("update-ref", "-d", "refs/remotes/origin/trunk")

    assert names(run("check", "-o", "json", cwd=clone.top)) == ["one", "other"]


def test_where_no_base_is_found_all_that_was_looked_for_is_told(repository: Repository) -> None:
    repository.write("registry.yaml", registry(branch="trunk"))

    result = run("check", cwd=repository.top)

    message = "there is no origin/trunk and no trunk and no origin/HEAD here; say what to compare with: --against REF"
    assert (result.code, result.err) == (1, f"error: {message}\n")


def test_a_tag_does_not_stand_for_the_branch(clone: Repository) -> None:
    clone.git("tag", "origin/trunk", "HEAD")
    clone.git("tag", "trunk", "HEAD")

    assert names(run("check", "-o", "json", cwd=clone.top)) == ["other"]


@pytest.mark.usefixtures("in_ci")
def test_a_pull_request_does_not_choose_its_base(clone: Repository) -> None:
    """Compared with itself it would have changed nothing, and be judged by its own exceptions."""
    clone.git("update-ref", "refs/remotes/origin/mine", "HEAD")
    clone.write("registry.yaml", registry(branch="mine"))
    clone.commit()
    clone.git("update-ref", "refs/remotes/origin/mine", "HEAD")

    assert names(run("check", "-o", "json", cwd=clone.top)) == ["other"]


@pytest.mark.usefixtures("in_ci")
def test_without_the_head_of_the_origin_a_base_has_to_be_named_in_ci(clone: Repository) -> None:
    """A local branch may be that of the pull request."""
    clone.git("branch", "-q", "trunk", "HEAD")
    clone.git("update-ref", "-d", "refs/remotes/origin/HEAD")

    result = run("check", cwd=clone.top)

    assert (result.code, result.out) == (1, "")
    assert "there is no origin/HEAD here; say what to compare with: --against REF" in result.err
    assert run("check", "--against", "origin/trunk", cwd=clone.top).code == 1


@pytest.mark.usefixtures("in_ci")
def test_a_local_branch_is_no_base_in_ci(clone: Repository) -> None:
    """It may be that of the pull request, under the name of the branch of the registry."""
    clone.git("update-ref", "-d", "refs/remotes/origin/trunk")
    clone.git("branch", "-q", "--no-track", "trunk", "HEAD")

    assert names(run("check", "-o", "json", cwd=clone.top)) == ["one", "other"]


@pytest.mark.parametrize("name", ["main", "release/2.x", "team@x/a_b+c-1", "0"])
def test_a_branch_has_a_name_of_git(repository: Repository, name: str) -> None:
    repository.write("registry.yaml", registry(branch=name))

    assert run("validate", cwd=repository.top).code == 0
    repository.git("check-ref-format", "--branch", name)


@pytest.mark.parametrize(
    "name", ["", "-x", "a..b", "a b", "a~1", "HEAD^{/x}", "/a", "a/", "a//b", ".a", "a/.b", "a.", "a:b"]
)
def test_what_is_no_name_of_a_branch_is_told(repository: Repository, name: str) -> None:
    repository.write("registry.yaml", registry(branch=name))

    out = run("validate", cwd=repository.top).out

    assert "expected the name of a git branch such as main or release/2.x" in out


# Words.


def test_words_are_errors_of_a_strict_check(repository: Repository) -> None:
    repository.add(taking(TEXT))
    repository.commit()
    repository.add(taking(TEXT | {"title": "A"}, version="1.1.0", metadata={"description": "Another."}))

    strict, lax = check(repository, "--strict", "-o", "json"), check(repository, "-o", "json")

    assert [(found["level"], found["rule"]) for found in strict.json["tools"][0]["findings"]] == [
        ("error", "contract-wording"),
        ("error", "contract-wording"),
    ]
    assert {found["level"] for found in lax.json["tools"][0]["findings"]} == {"info"}
    assert (strict.code, lax.code) == (1, 0)
    assert strict.json["tools"][0]["requiredVersion"] is None
    text = check(repository, "--strict").out
    assert "  error    metadata.description: description changed; models choose by it [contract-wording]" in text
    assert text.endswith(": 0 break callers, 0 need a higher version, 1 with other words (--strict).\n")


def test_a_strict_check_demands_of_words_no_more_than_a_patch_version(repository: Repository) -> None:
    repository.add(tool())
    repository.commit()
    repository.add(tool(metadata={"description": "Another."}))

    assert check(repository, "--strict", "-o", "json").json["tools"][0]["requiredVersion"] == "1.0.1"


def test_an_exception_covers_words_in_a_strict_check(repository: Repository) -> None:
    repository.add(tool())
    repository.write("exceptions.yaml", exceptions(entry(rule="contract-wording")))
    repository.commit()
    repository.add(tool(metadata={"description": "Another."}))

    assert check(repository, "--strict").code == 0
