"""Every id that a diagnostic or a refusal has is in the catalogue, and the catalogue has no other."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from reconciler import assets
from reconciler.core.catalogue import CATALOGUE
from reconciler.core.rule import Level, Subject
from reconciler.render import rule_text
from tests.builders import Repository, run, tool
from tests.conftest import Golden

PACKAGE = Path(assets.__file__).parent
ID = re.compile(r"[a-z]+(-[a-z]+)*")
# Which argument of a call is the id of a rule.
PLACES = {
    "Flaw": 1,
    "Refusal": 0,
    "LintRemark": 1,
    "_remark": 2,
    "Problem": 2,
    "SchemaChange": 0,
    "ContractFinding": 0,
    "ExceptionNote": 0,
    "_make_finding": 0,
    "Diagnostic": -2,
    "YamlProblem": 2,
    "problem_at": 2,
    "_report": 1,
    "UnfitNumberError": 0,
}
PAGE = assets.SCHEMAS / "README.md"


def ids() -> Iterator[str]:
    """Yield what stands where an id does: in calls, beside a message, and in constants that are called RULE."""
    for path in PACKAGE.rglob("*.py"):
        if path.relative_to(PACKAGE).parts[0] in {"core", "rules", "desired", "planning", "guards", "applying"}:
            in_pairs = path.parent.name == "yaml" or path.stem == "layout"
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                yield from _ids(node, in_pairs=in_pairs)


def _ids(node: ast.AST, *, in_pairs: bool) -> Iterator[str]:
    match node:
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name), args=arguments) if name in PLACES:
            place = PLACES[name]
            yield from _constants([arguments[place]] if len(arguments) > abs(place) else [])
        case ast.Tuple(elts=[first, second]) if in_pairs and _is_text(second):
            yield from _constants([first])
        case ast.Tuple(elts=[_, second, third]) if _is_text(third):
            yield from _constants([second])
        case ast.AnnAssign(target=ast.Name(id="RULE" | "_RULE"), value=ast.Constant(value=str(value))):
            yield value


def _is_text(node: ast.expr) -> bool:
    """Whether this may be a message: it is long, or made of parts, or has a name."""
    if isinstance(node, ast.Constant):
        return isinstance(node.value, str) and " " in node.value
    return isinstance(node, ast.JoinedStr | ast.Call) or (isinstance(node, ast.Name) and node.id in {"message", "text"})


def _constants(nodes: list[ast.expr]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.IfExp):
            yield from _constants([node.body, node.orelse])
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and ID.fullmatch(node.value):
            yield node.value


def test_the_catalogue_has_every_rule_that_is_told_and_no_other() -> None:
    told = set(ids())

    assert CATALOGUE.keys() - told == set()
    assert told - CATALOGUE.keys() == set()


def test_every_rule_says_what_it_means_and_what_to_do() -> None:
    for rule in CATALOGUE.values():
        assert ID.fullmatch(rule.id)
        assert re.fullmatch(r"[A-Z.][^.]*", rule.title), rule
        assert rule.meaning.endswith("."), rule
        assert rule.remedy, rule
        assert re.fullmatch(r"\d+\.\d+\.\d+", rule.since), rule
    graded = {Subject.CONTRACT, Subject.CONTENT}
    assert {rule.level for rule in CATALOGUE.values() if rule.subject not in graded} == {Level.ERROR}


def test_a_diagnostic_has_the_level_of_its_rule(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    repository.add(tool(nope=1))
    monkeypatch.setitem(CATALOGUE, "unknown-property", CATALOGUE["unknown-property"]._replace(level=Level.WARNING))

    text, document = run("validate", cwd=repository.top), run("validate", "-o", "json", cwd=repository.top)

    assert ": warning: spec has no property" in text.out
    assert document.json["diagnostics"][0]["severity"] == "warning"


def test_a_rule_is_explained(tmp_path: Path) -> None:
    result = run("explain", "[duplicate-key]", cwd=tmp_path)

    assert result.code == 0
    assert result.out.startswith("duplicate-key: Key twice\n")
    assert "to mend  Remove one of them." in result.out
    assert run("explain", "duplicate-key", "-o", "json", cwd=tmp_path).items[0]["level"] == "error"


def test_all_rules_are_listed(tmp_path: Path) -> None:
    assert len(run("explain", cwd=tmp_path).out.splitlines()) == len(CATALOGUE) + len(Subject)
    assert [one["id"] for one in run("explain", "-o", "json", cwd=tmp_path).items] == [*CATALOGUE]


def test_a_rule_that_is_none_is_an_error_with_a_suggestion(tmp_path: Path) -> None:
    result = run("explain", "duplicate-keys", cwd=tmp_path)

    assert (result.code, result.out) == (1, "")
    assert 'there is no rule "duplicate-keys"; did you mean duplicate-key?' in result.err


def test_the_page_of_the_contract_has_the_table(golden: Golden) -> None:
    before, begin, rest = PAGE.read_text("utf-8").partition("<!-- toolreg explain -->\n")
    _, end, after = rest.partition("<!-- end -->\n")
    rules = [rule for rule in CATALOGUE.values() if rule.subject is not Subject.PLAN]

    golden.check(before + begin + rule_text.render_rules_table(rules) + end + after, PAGE)
