"""The formats of CI systems follow their published schemas, and no text of a manifest works as markup in them."""

import json
import re
from collections.abc import Callable
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, Final
from xml.etree import ElementTree as ET

import jsonschema_rs
import pytest
import xmlschema
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.assets import SCHEMAS
from reconciler.cli.reviewing import FORMATS
from reconciler.core.catalogue import CATALOGUE
from reconciler.core.review import LONGEST_COMMENT, Remark, Review
from reconciler.core.rule import Level
from reconciler.render.formats import sarif
from reconciler.render.markdown import Block, make_comment
from tests.builders import Repository, run, service, tool
from tests.conftest import Toolreg
from tests.test_forged_output import NASTY, OBEYED, nasty_tool

PUBLISHED: Final = Path(__file__).parents[2] / "shared" / "formats"
AT: Final = "2026-11-28T16:00:00"
MARKUP: Final = (
    *NASTY,
    *("%0A::error::x", "a,b:c%25", "<script>alert(1)</script>", "<!-- toolreg:plan -->", "]]>", "&lt;x&#10;"),
    *("`` ` ```", "`x` @everyone #1 [a](http://evil)", "![x](http://evil/x.png)", "| a | b |\n|---|", "* [x] y\n# z"),
    *("</details>", "</code>", "{0} {{1}}", "\ud800 \udfff", "\ufffe\uffff\x00\x0b", "\U0001f600é漢", "[x](1)"),
)
WORDS: Final = st.one_of(st.sampled_from(MARKUP), st.text(max_size=40), st.lists(st.sampled_from(MARKUP)).map("".join))


def review(*messages: str, path: str = "registry/tools/a.yaml", level: Level = Level.ERROR) -> Review:
    """Return a review with a remark for each message."""
    remarks = tuple(
        Remark(path, number, 3, level, "unknown-property", message) for number, message in enumerate(messages, 1)
    )
    return Review("validate", "1.0.0", f"{len(messages)} problems", remarks, (path, "registry/registry.yaml"), AT)


def rendered(output: str, made: Review) -> str:
    text: str = import_module(f"reconciler.render.formats.{output}").render(made)
    return text


def published(name: str) -> Path:
    path = PUBLISHED / name
    if not path.is_file():
        pytest.skip("the published schemas do not lie beside the project")
    return path


@cache
def junit_schema() -> xmlschema.XMLSchema:
    return xmlschema.XMLSchema(str(published("JUnit.xsd")))


def check_sarif(text: str) -> None:
    schema = json.loads(published("sarif-schema-2.1.0.json").read_text("utf-8"))
    jsonschema_rs.Draft7Validator(schema, validate_formats=True).validate(json.loads(text))


def check_rdjson(text: str) -> None:
    schema = json.loads(published("rdf-DiagnosticResult.schema.json").read_text("utf-8"))
    jsonschema_rs.Draft4Validator(schema, validate_formats=True).validate(json.loads(text))


def check_junit(text: str) -> None:
    junit_schema().validate(text)


def check_gitlab(text: str) -> None:
    """Check what GitLab demands (docs.gitlab.com, Code Quality report format)."""
    entries = json.loads(text)
    for entry in entries:
        assert isinstance(entry["description"], str)
        assert isinstance(entry["check_name"], str)
        assert re.fullmatch("[0-9a-f]{64}", entry["fingerprint"])
        assert entry["severity"] in {"info", "minor", "major", "critical", "blocker"}
        assert not entry["location"]["path"].startswith(("./", "/"))
        assert entry["location"]["lines"]["begin"] >= 1
    assert len({entry["fingerprint"] for entry in entries}) == len(entries)


def check_comment(text: str, command: str) -> None:
    """Outside of code stand only words of ours: no link, mention, image or HTML of a stranger."""
    first, _, rest = text.partition("\n")
    assert first == f"<!-- toolreg:{command} -->"
    outside = re.sub(r"(?ms)^(`{3,})\w*\n.*?^\1$", "CODE", rest)
    outside = re.sub(r"(`+)(?:.(?!\1(?!`)))*?.\1(?!`)", "CODE", outside)
    outside = re.sub("<code>[^<>]*</code>|</?(details|summary)>", "", outside)
    assert re.fullmatch(r"[\w\s#:;,.*()\\-]*", outside), outside


def check_github(text: str) -> None:
    """A line is a command of ours or the summary; nothing in it begins another command."""
    *commands, summary = text.split("\n")
    assert not summary.startswith("::")
    for line in commands:
        match = re.fullmatch(r"::(error|warning|notice) file=([^,:]*),line=\d+,col=\d+,title=([^,:]*)::(.*)", line)
        assert match, line
        assert OBEYED.search(match[4]) is None
        assert not re.search("%(?!25|0A|0D)", match[4])


def check_markdown(text: str) -> None:
    check_comment(text, "validate")


CHECKS: Final[dict[str, Callable[[str], None]]] = {
    "markdown": check_markdown,
    "github": check_github,
    "sarif": check_sarif,
    "junit": check_junit,
    "gitlab": check_gitlab,
    "rdjson": check_rdjson,
}


def test_each_format_is_checked() -> None:
    assert set(CHECKS) == set(FORMATS)


@pytest.mark.parametrize("output", FORMATS)
@settings(max_examples=60, deadline=None)
@given(st.lists(WORDS, max_size=4), WORDS, st.sampled_from([Level.ERROR, Level.WARNING, Level.INFO]))
def test_no_text_breaks_a_format(output: str, messages: list[str], path: str, level: Level) -> None:
    text = rendered(output, review(*messages, path=f"registry/{path}", level=level))

    CHECKS[output](text)
    odd = {character for character in text if not character.isprintable() and character != "\n"}
    assert not odd


@pytest.mark.parametrize("output", FORMATS)
def test_a_review_without_remarks_is_valid(output: str) -> None:
    CHECKS[output](rendered(output, review()))


def test_errors_come_first() -> None:
    """GitHub shows the first ten of a step."""
    remarks = [
        Remark("a.yaml", 1, 1, Level.INFO, "tab", "note"),
        Remark("b.yaml", 1, 1, Level.WARNING, "tab", "warning"),
        Remark("c.yaml", 1, 1, Level.ERROR, "tab", "error"),
    ]
    lines = rendered("github", review()._replace(remarks=tuple(remarks))).splitlines()

    assert [line.split(" ")[0] for line in lines[:3]] == ["::error", "::warning", "::notice"]


def test_a_fingerprint_outlives_lines_that_are_inserted_above() -> None:
    """Two equal remarks of a file have fingerprints of their own."""
    one = Remark("a.yaml", 3, 1, Level.ERROR, "tab", "text")
    before = review()._replace(remarks=(one, one._replace(line=9)))
    after = review()._replace(remarks=(one._replace(line=5), one._replace(line=11)))

    def listed(made: Review) -> list[str]:
        return [entry["fingerprint"] for entry in json.loads(rendered("gitlab", made))]

    assert listed(before) == listed(after)
    assert len(set(listed(before))) == 2


def test_sarif_keeps_the_worst_of_too_many_results(monkeypatch: pytest.MonkeyPatch) -> None:
    assert sarif.MOST_RESULTS == 25_000
    monkeypatch.setattr(sarif, "MOST_RESULTS", 10)
    notes = [Remark("a.yaml", number, 1, Level.INFO, "tab", "text") for number in range(1, 12)]
    error = Remark("z.yaml", 1, 1, Level.ERROR, "syntax", "text")
    (made,) = json.loads(rendered("sarif", review()._replace(remarks=(*notes, error))))["runs"]

    assert len(made["results"]) == 10
    assert made["results"][0]["ruleId"] == "syntax"
    assert made["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"] == "2 more results were left out."


def test_every_rule_can_be_described_in_sarif() -> None:
    remarks = tuple(Remark("a.yaml", 1, 1, rule.level, rule.id, "text") for rule in CATALOGUE.values())
    log = rendered("sarif", review()._replace(remarks=tuple(r for r in remarks if r.level is not Level.OFF)))

    check_sarif(log)
    for rule in json.loads(log)["runs"][0]["tool"]["driver"]["rules"]:
        assert "name" not in rule
        assert rule["fullDescription"]["text"]


def test_a_comment_is_cut_and_counts_what_it_leaves_out() -> None:
    text = rendered("markdown", review(*["\U0001f600 wide" * 100] * 2000))

    assert len(text.encode("utf-16-le")) // 2 <= LONGEST_COMMENT
    shown = text.count("- **error**")
    assert f"{2000 - shown:,} more remarks left out of this comment; `toolreg validate` shows all." in text
    assert make_comment("plan", [Block("x" * LONGEST_COMMENT, 7)], "changes").endswith(
        "7 more changes left out of this comment; `toolreg plan` shows all."
    )


@pytest.fixture
def broken(repository: Repository) -> Repository:
    """A registry with two problems: behind letters of several bytes, and under a name that forges."""
    repository.write("tools/lookup.yaml", json.dumps({**tool(), "ключ": 1}, ensure_ascii=False))
    repository.write("tools/##vso[task]x/::error::x.yaml", "{")
    return repository


@pytest.mark.parametrize("output", FORMATS)
def test_validate_speaks_each_format(broken: Repository, output: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    result = run("validate", "-o", output, cwd=broken.top)

    assert result.code == 1
    CHECKS[output](result.out.removesuffix("\n"))


def test_paths_are_those_of_the_repository(broken: Repository) -> None:
    """Wherever the command runs: a CI system knows no current folder."""
    result = run("validate", "--registry", ".", "-o", "gitlab", cwd=broken.top / "registry")

    assert {entry["location"]["path"] for entry in result.json} >= {"registry/tools/lookup.yaml"}


def test_rdjson_counts_bytes_and_sarif_characters(broken: Repository) -> None:
    (byte,) = [
        one for one in run("validate", "-o", "rdjson", cwd=broken.top).json["diagnostics"] if "ключ" in one["message"]
    ]
    (log,) = run("validate", "-o", "sarif", cwd=broken.top).json["runs"]
    (character,) = [one for one in log["results"] if "ключ" in one["message"]["text"]]
    text = (broken.top / "registry/tools/lookup.yaml").read_text("utf-8")

    start = byte["location"]["range"]["start"]["column"] - 1
    assert text.encode()[start:].decode().startswith('"ключ"')
    region = character["locations"][0]["physicalLocation"]["region"]
    assert text[region["startColumn"] - 1 :].startswith('"ключ"')


def test_the_step_summary_has_the_whole(broken: Repository, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An unwritable summary is told, and changes nothing else."""
    summary = tmp_path / "summary"
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    result = run("validate", "-o", "github", cwd=broken.top)
    check_markdown(summary.read_text("utf-8"))
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "no" / "folder"))
    failed = run("validate", "-o", "github", cwd=broken.top)

    assert (failed.code, failed.out) == (result.code, result.out)
    assert "cannot be written: No such file or directory." in failed.err


def test_a_failing_case_has_all_errors_of_its_file(broken: Repository) -> None:
    suites: Any = ET.fromstring(run("validate", "-o", "junit", cwd=broken.top).out)  # noqa: S314  Our own.
    failures = suites.findall(".//failure")

    assert suites[0].get("failures") == str(len(failures))
    assert any("ключ" in failure.text for failure in failures)


@pytest.fixture
def changed(repository: Repository, toolreg: Toolreg) -> Repository:
    """A tool of a hostile description that breaks its callers, and a new service of no owner."""
    repository.write("tools/nasty.yaml", json.dumps(nasty_tool("x")))
    repository.add(tool("quiet"))
    repository.commit()
    assert toolreg("apply").code == 0
    hostile = nasty_tool("".join(word for word in MARKUP if word.isprintable() or "\x1b" in word)[:2000])
    repository.write("tools/nasty.yaml", json.dumps(hostile))
    repository.add(service("fresh"))
    repository.remove("tools/quiet.yaml")
    repository.commit()
    return repository


@pytest.mark.parametrize("output", FORMATS)
def test_check_and_plan_speak_each_format(
    changed: Repository, database: str, output: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    checked = run("check", "--against", "HEAD~1", "-o", output, cwd=changed.top)
    planned = run("plan", "--database", database, "-o", output, cwd=changed.top)

    assert (checked.code, planned.code) == (1, 0)
    for command, result in (("check", checked), ("plan", planned)):
        text = result.out.removesuffix("\n")
        if output == "markdown":
            check_comment(text, command)
        else:
            CHECKS[output](text)
        assert "contract-" in text


def test_a_comment_on_a_plan_has_breaks_first_and_then_each_team(changed: Repository, database: str) -> None:
    text = run("plan", "--database", database, "-o", "markdown", cwd=changed.top).out

    assert text.index("### toolreg plan: 1 to create, 1 to update, 1 to delete.") < text.index("#### Breaks callers")
    assert text.index("#### Breaks callers") < text.index("#### Team `team`")
    assert "write `version: 2.0.0` or higher" in text
    assert "<details><summary>delete <code>Tool/quiet</code></summary>" in text
    assert "calls: 0 in 7 days, 0 in 30 days" in text


def test_a_remark_of_check_stands_where_the_value_stands(repository: Repository) -> None:
    repository.add(tool(inputSchema={"type": "object", "properties": {"n": {"type": "integer", "maximum": 9}}}))
    repository.commit()
    repository.add(tool(inputSchema={"type": "object", "properties": {"n": {"type": "integer", "maximum": 5}}}))
    (log,) = run("check", "--against", "HEAD", "-o", "sarif", cwd=repository.top).json["runs"]
    lines = (repository.top / "registry/tools/lookup.yaml").read_text("utf-8").splitlines()
    places = {
        result["ruleId"]: lines[result["locations"][0]["physicalLocation"]["region"]["startLine"] - 1]
        for result in log["results"]
    }

    assert places["contract-bounds"].strip() == "maximum: 5"
    assert places["contract-version"].strip().startswith("version:")


def test_a_covered_break_is_a_warning(repository: Repository) -> None:
    """The check passes, and a reviewer sees what breaks."""
    repository.add(tool(inputSchema={"type": "object", "properties": {"n": {"type": "integer", "maximum": 9}}}))
    repository.commit()
    schema = {"type": "object", "properties": {"n": {"type": "integer", "maximum": 5}}}
    repository.add(tool(version="2.0.0", inputSchema=schema))
    result = run("check", "--against", "HEAD", "-o", "github", cwd=repository.top)

    assert result.code == 0
    assert result.out.startswith("::warning ")
    assert "::error" not in result.out


def check_json(command: str, document: object) -> None:
    schema = json.loads((SCHEMAS / "output" / f"{command}.schema.json").read_text("utf-8"))
    jsonschema_rs.meta.validate(schema)
    jsonschema_rs.Draft202012Validator(schema, validate_formats=True).validate(document)


def test_documents_follow_their_schemas(changed: Repository, database: str) -> None:
    """schemas/output describes what validate, check, plan and apply print with -o json."""
    check_json("check", run("check", "--against", "HEAD~1", "-o", "json", cwd=changed.top).json)
    replayed = run(
        "check", "--against", "HEAD~1", "--replay", "5", "--database", database, "-o", "json", cwd=changed.top
    )
    check_json("check", replayed.json)
    check_json("plan", run("plan", "--database", database, "-o", "json", cwd=changed.top).json)
    check_json("plan", run("apply", "--database", database, "-o", "json", cwd=changed.top).json)
    changed.write("tools/wrong.yaml", "{")
    check_json("validate", run("validate", "-o", "json", cwd=changed.top).json)


def test_optional_keys_of_check_follow_the_schema(repository: Repository) -> None:
    """An exception, an expired one, and a policy of another commit."""
    repository.add(tool("a", inputSchema={"type": "object", "properties": {"n": {"type": "integer"}}}))
    entries = [
        {"tool": "a", "rule": "contract-type", "reason": "agreed", "approver": "ada", "expires": "2999-01-01"},
        {"tool": "a", "rule": "contract-name", "reason": "agreed", "approver": "ada", "expires": "2020-01-01"},
    ]
    content = {"apiVersion": "toolreg/v1", "kind": "Exceptions", "spec": {"exceptions": entries}}
    repository.write("exceptions.yaml", json.dumps(content))
    repository.commit()
    repository.add(tool("a", inputSchema={"type": "object", "properties": {"n": {"type": "string"}}}))
    document = run("check", "--against", "HEAD", "--policy-from", "HEAD", "-o", "json", cwd=repository.top).json

    check_json("check", document)
    assert document.keys() >= {"policyFrom", "exceptions"}
    assert "exception" in document["tools"][0]["findings"][0]


def test_a_comment_tells_a_rename_without_its_former_name(repository: Repository) -> None:
    repository.add(tool("old"))
    repository.commit()
    repository.remove("tools/old.yaml")
    repository.add(tool("new"))
    text = run("plan", "--against", "HEAD", "-o", "markdown", cwd=repository.top).out

    check_comment(text.removesuffix("\n"), "plan")
    assert "movedFrom: old" in text
