"""Whether a change of a schema breaks callers: no break is called compatible, and no harmless change a break."""

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from functools import cache
from itertools import islice
from multiprocessing import active_children
from pathlib import Path
from types import FrameType
from typing import Any, Final, NamedTuple

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reconciler.core.catalogue import CATALOGUE
from reconciler.core.compatibility.changes import find_schema_changes
from reconciler.core.compatibility.closing import make_sender
from reconciler.core.compatibility.samples import make_candidates
from reconciler.core.compatibility.verdict import Compatibility, Verdict, Witness
from reconciler.core.schema.dialect import DEFAULT, DIALECTS, Dialect, read_dialect
from reconciler.rules.compatibility import containment
from reconciler.rules.compatibility.judges import Judges
from reconciler.rules.compatibility.schemas import compare_schemas
from tests.closed_sender import accepts, is_sent
from tests.corpora import ABSENT, PAIRS

CASES: Final = sorted((Path(__file__).parent / "pairs").glob("*.yaml"))
ROOT: Final = Path(__file__).parents[1]
# Far more than the limits of a pair, on a slow and busy machine: a pair beyond it hangs.
HANGS: Final = 10
MOST_MEGABYTES: Final = 600

# Labelled compatible, though "\n" has a length of 1 and `.` matches no end of a line (ECMA-262, 22.2.2.7).
WRONGLY_LABELLED: Final = {"11045dee42d3a55e", "6c144b635d3624e9", "7b622465236fa84f", "b1054e735a86ccd1"}


class Pair(NamedTuple):
    """What is sent, what the receiver knows, and the dialect of each."""

    sent: Any
    sent_dialect: Dialect
    received: Any
    received_dialect: Dialect

    @classmethod
    def of(cls, case: dict[str, Any]) -> "Pair":
        """Return the sides of a change, by its direction."""
        old, new = case["old"], case["new"]
        sent, received = (old, new) if case["direction"] == "input" else (new, old)
        return cls(sent, _dialect(sent), received, _dialect(received))


def _dialect(schema: Any) -> Dialect:
    return read_dialect(schema) if isinstance(schema, dict) else DEFAULT


def validates(schema: Any, dialect: Dialect, value: Any) -> bool:
    return bool(dialect.validator(schema, validate_formats=True).is_valid(value))


@pytest.fixture(scope="module")
def judges() -> Iterator[Judges]:
    """Judges whose worker is kept for all pairs of this module."""
    with Judges() as judges:
        yield judges


def compatibility(judges: Judges, sent: Any, received: Any) -> Compatibility:
    return judges.judge(sent, DEFAULT, received, DEFAULT).compatibility


# Pairs of our own, a file each.


def case_of(path: Path) -> dict[str, Any]:
    case: dict[str, Any] = yaml.safe_load(path.read_text("utf-8"))
    return case


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_a_pair_is_judged_as_its_file_says(judges: Judges, path: Path) -> None:
    case = case_of(path)
    pair = Pair.of(case)

    verdict = judges.judge(*pair)

    assert verdict.compatibility.value == case["expected"], verdict
    assert (verdict.witness is not None) == (case["expected"] == "break")
    if verdict.witness:
        assert validates(pair.sent, pair.sent_dialect, verdict.witness.value)
        assert not validates(pair.received, pair.received_dialect, verdict.witness.value)


@pytest.mark.parametrize("path", [path for path in CASES if "rule" in case_of(path)], ids=lambda path: path.stem)
def test_a_change_of_a_schema_is_told_by_its_rule(path: Path) -> None:
    case = case_of(path)

    assert case["rule"] in {change.rule for change in find_schema_changes(case["old"], case["new"])}


def test_each_rule_of_a_schema_has_a_pair() -> None:
    """The rules that compare schemas; those of a whole tool are tried in test_check."""
    of_tools = {"default", "wording", "output", "name", "service", "hint", "lifecycle", "limits", "objectives"}
    of_tools |= {"removed", "schema", "unknown", "auth", "version"}

    told = {case.get("rule") for case in map(case_of, CASES)} - {None}

    assert told == {rule for rule in CATALOGUE if rule.startswith("contract-")} - {f"contract-{n}" for n in of_tools}


@pytest.mark.parametrize(
    ("sent", "received"),
    [
        ({"enum": [1]}, {"enum": [True]}),
        ({"const": False}, {"const": 0}),
    ],
)
def test_a_number_is_no_boolean(judges: Judges, sent: Any, received: Any) -> None:
    assert compatibility(judges, sent, received) is Compatibility.BREAK


def test_a_name_as_of_an_annotation_demands_others(judges: Judges) -> None:
    before = {"type": "object", "properties": {"title": {}, "a": {}, "b": {}}, "dependentRequired": {"title": ["a"]}}
    after = before | {"dependentRequired": {"title": ["b"]}}

    assert compatibility(judges, before, after) is Compatibility.BREAK


def test_the_schema_of_others_says_nothing_of_a_declared_property(judges: Judges) -> None:
    """`a` is declared beside it, so its place is closed."""
    others = {"additionalProperties": {"additionalProperties": True}}
    before = {"properties": {"a": {"properties": {"x": {}}}}, **others}
    after = {"properties": {"a": {"properties": {"x": {}, "y": {"type": "string"}}}}, **others}

    assert compatibility(judges, before, after) is Compatibility.COMPATIBLE


@pytest.mark.parametrize("change", [{"minProperties": 0}, {"additionalProperties": False}])
def test_a_tree_is_compared_with_a_wider_tree(judges: Judges, change: dict[str, Any]) -> None:
    """At each depth `value` and `next` alone are sent. Two places under comparison count as proven."""
    before, after = (
        {"type": "object", "properties": {"value": {"type": kind}, "next": {"$ref": "#"}}}
        for kind in ("integer", "number")
    )

    assert compatibility(judges, before, after | change) is Compatibility.COMPATIBLE


def test_a_first_item_is_not_closed_by_what_follows_it(judges: Judges) -> None:
    """The first item is free: it may be an object with any name."""
    rest: dict[str, Any] = {"properties": {"a": {}}}
    before = {"anyOf": [{"type": "array", "prefixItems": [{}], "items": rest}]}
    after = {"type": "array", "items": rest | {"additionalProperties": False}}

    assert is_sent(before, [{"q": 0}])
    assert not accepts(after, [{"q": 0}])
    assert compatibility(judges, before, after) is not Compatibility.COMPATIBLE


def test_beside_a_reference_draft_07_ignores_everything(judges: Judges) -> None:
    definitions: Any = {"definitions": {"a": {"type": ["string", "number"]}}}
    before: Any = {**definitions, "properties": {"x": {"$ref": "#/definitions/a", "type": "string"}}}
    after: Any = {"properties": {"x": {"type": "string"}}}

    assert judges.judge(before, DIALECTS[0], after, DIALECTS[0]).compatibility is Compatibility.BREAK
    assert judges.judge(before, DEFAULT, after, DEFAULT).compatibility is Compatibility.COMPATIBLE


def test_a_reference_inside_an_embedded_resource_starts_there(judges: Judges) -> None:
    """`x` is a number: the definition of the same name beside it is another one."""
    number = {"properties": {"x": {"$ref": "#/$defs/a"}}, "$defs": {"a": {"type": "number"}}}
    inner = {"$id": "https://example.com/o", **number}
    before: Any = {"$ref": "#/$defs/o", "$defs": {"o": inner, "a": {"type": "string"}}}

    assert compatibility(judges, before, {"properties": {"x": {"type": "string"}}}) is not Compatibility.COMPATIBLE


# Pairs of public test suites and histories.


class Judged(NamedTuple):
    """A pair of the corpus with its verdict."""

    case: dict[str, Any]
    verdict: Verdict

    @property
    def sides(self) -> tuple[str, str]:
        """What was expected, and what came out."""
        return self.case["expected_contract"], self.verdict.compatibility.value


@cache
def judged_corpus() -> list[Judged]:
    cases = [json.loads(line) for line in PAIRS.read_text("utf-8").splitlines()]
    with Judges() as judges:
        return [Judged(case, judges.judge(*Pair.of(case))) for case in cases]


of_the_corpus = pytest.mark.skipif(not PAIRS.exists(), reason=ABSENT)
# One worker of pytest-xdist judges all of it, once.
together = pytest.mark.xdist_group("contract-pairs")
of_hostile_pairs = pytest.mark.xdist_group("hostile-pairs")


@of_the_corpus
@together
def test_no_break_of_the_corpus_is_called_compatible() -> None:
    assert [one.case["id"] for one in judged_corpus() if one.sides == ("break", "compatible")] == []


@of_the_corpus
@together
def test_no_compatible_pair_of_the_corpus_is_called_a_break_but_for_proven_ones() -> None:
    refuted = [one for one in judged_corpus() if one.sides == ("compatible", "break")]

    assert {one.case["id"] for one in refuted} <= WRONGLY_LABELLED
    for one in refuted:
        pair, witness = Pair.of(one.case), one.verdict.witness
        assert witness
        assert witness.value == "\n"
        assert validates(pair.sent, pair.sent_dialect, "\n")
        assert not validates(pair.received, pair.received_dialect, "\n")


@of_the_corpus
@together
def test_few_pairs_of_the_corpus_are_unknown_and_none_of_real_changes() -> None:
    groups = Counter(one.case["group"] for one in judged_corpus())
    unknown = Counter(one.case["group"] for one in judged_corpus() if one.sides[1] == "unknown")

    assert unknown["real"] == 0
    assert unknown["fixture"] <= 0.025 * groups["fixture"]


@of_the_corpus
@together
def test_breaks_of_the_corpus_have_a_witness() -> None:
    breaks = [one for one in judged_corpus() if one.case["expected_contract"] == "break"]

    assert sum(one.verdict.witness is not None for one in breaks) >= 0.95 * len(breaks)


@of_the_corpus
@together
def test_each_witness_of_the_corpus_is_sent_and_rejected() -> None:
    for case, verdict in judged_corpus():
        if verdict.witness:
            pair = Pair.of(case)
            assert validates(pair.sent, pair.sent_dialect, verdict.witness.value), case["id"]
            assert not validates(pair.received, pair.received_dialect, verdict.witness.value), case["id"]


# Generated pairs and values.

NAMES: Final = ("a", "b", "xa")
TEXTS: Final = ("", "a", "ab", "2020-01-02")
NUMBERS: Final = (-1, 0, 1, 1.5, 2, 3)
SCALARS: Final = st.sampled_from([*TEXTS, *NUMBERS, True, None])


NAME: Final = st.sampled_from(NAMES)
ANY_NAME: Final = st.sampled_from([*NAMES, "q"])
VALUES: Final = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(ANY_NAME, inner, max_size=3), max_leaves=5
)


def some(**keywords: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Return schemas with some of these keywords."""
    return st.fixed_dictionaries({}, optional=keywords)


def typed(name: str, **keywords: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return some(**keywords).map(lambda schema: {"type": name, **schema})


SMALL: Final = st.integers(0, 2)
BOUND: Final = st.sampled_from(NUMBERS)
TYPED: Final = st.one_of(
    typed("string", minLength=SMALL, maxLength=SMALL, pattern=st.sampled_from(["^a", "b$", "."])),
    typed("string", format=st.just("date")),
    typed(
        "integer",
        minimum=BOUND,
        exclusiveMinimum=BOUND,
        maximum=BOUND,
        multipleOf=st.sampled_from([2, 3]),
    ),
    typed("number", maximum=BOUND, exclusiveMaximum=BOUND),
)
LEAVES: Final = st.one_of(
    TYPED,
    st.sampled_from([True, {}, {"type": "boolean"}, {"type": "null"}]),
    st.lists(st.sampled_from(["string", "number", "integer", "null", "object", "array"]), min_size=1, unique=True).map(
        lambda names: {"type": names}
    ),
    st.lists(SCALARS, min_size=1, max_size=3, unique_by=repr).map(lambda listed: {"enum": listed}),
    SCALARS.map(lambda value: {"const": value}),
)


def nested(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Return schemas that hold others: of objects, of lists, and in combination."""
    branches: Any = st.lists(inner, min_size=1, max_size=2)
    properties = st.dictionaries(NAME, inner, max_size=3)
    return st.one_of(
        some(
            type=st.just("object"),
            properties=properties,
            required=st.lists(NAME, max_size=2, unique=True),
            # A schema of others that itself holds places: see the test of its own above.
            additionalProperties=st.booleans() | LEAVES,
            patternProperties=inner.map(lambda schema: {"^x": schema}),
            dependentRequired=st.dictionaries(NAME, st.lists(NAME, min_size=1, max_size=1), max_size=1),
            minProperties=SMALL,
        ),
        typed("array", items=inner, minItems=SMALL, maxItems=SMALL, uniqueItems=st.booleans()),
        # Without `items`: see the test of its own above.
        some(prefixItems=branches),
        some(anyOf=branches, allOf=branches, properties=properties),
        some(oneOf=branches),
        st.fixed_dictionaries({"if": inner, "then": inner}),
    )


# Below a property a reference leads nowhere twice without a value that is deeper, too.
REFERENCES: Final = st.sampled_from([{"$ref": "#/$defs/one"}, {"$ref": "#/$defs/two"}, {"$ref": "#"}])
BELOW: Final = st.recursive(LEAVES | REFERENCES, nested, max_leaves=3)
PARENTS: Final = st.dictionaries(NAME, BELOW, min_size=1, max_size=2).map(lambda held: {"properties": held})
ROOTS: Final = st.recursive(LEAVES | PARENTS, nested, max_leaves=4)


@st.composite
def documents(draw: st.DrawFn) -> Any:
    """Draw a schema, often with definitions that refer to each other and to the whole."""
    root = draw(ROOTS)
    if not isinstance(root, dict):
        return root
    if draw(st.booleans()):
        root = {**root, "$ref": "#/$defs/one"}
    return {**root, "$defs": {"one": draw(LEAVES | PARENTS), "two": draw(LEAVES | PARENTS)}}


PAIRS_OF_SCHEMAS: Final = st.tuples(documents(), documents())


@st.composite
def changed(draw: st.DrawFn) -> tuple[Any, Any]:
    """Draw a schema and a small change of it."""
    before, other = draw(PAIRS_OF_SCHEMAS)
    if not isinstance(before, dict) or not isinstance(other, dict):
        return before, other
    keys = draw(st.sets(st.sampled_from(sorted(before.keys() | other.keys())), min_size=1, max_size=2))
    after = {key: value for key, value in before.items() if key not in keys or key == "$defs"}
    return before, after | {key: other[key] for key in keys if key in other}


def some_values(drawn: list[Any], *schemas: Any) -> list[Any]:
    """Return drawn values, and those near the borders of schemas: a validator tells which are sent."""
    return [*drawn, *(value for schema in schemas for value in islice(make_candidates(schema, *schemas), 25))]


generated = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@generated
@given(pair=PAIRS_OF_SCHEMAS | changed(), drawn=st.lists(VALUES, max_size=4))
def test_a_value_that_is_sent_and_rejected_is_never_compatible(
    judges: Judges, pair: tuple[Any, Any], drawn: list[Any]
) -> None:
    sent, received = pair
    rejected = [v for v in some_values(drawn, sent, received) if is_sent(sent, v) and not accepts(received, v)]

    verdict = judges.judge(sent, DEFAULT, received, DEFAULT)

    if rejected:
        assert verdict.compatibility is not Compatibility.COMPATIBLE, rejected[0]
    if verdict.witness:
        assert is_sent(sent, verdict.witness.value)
        assert not accepts(received, verdict.witness.value)


@generated
@given(schema=documents(), drawn=st.lists(VALUES, max_size=4))
def test_the_schema_of_a_sender_admits_what_it_sends(schema: Any, drawn: list[Any]) -> None:
    closed = make_sender(schema, DEFAULT)
    if not closed.exact:
        return
    for value in some_values(drawn, schema):
        assert accepts(closed.schema, value) == is_sent(schema, value), value


ALIKE: Final = st.recursive(
    TYPED,
    lambda inner: st.one_of(
        st.fixed_dictionaries(
            {
                "type": st.just("object"),
                "properties": st.fixed_dictionaries(dict.fromkeys(("a", "b"), inner)),
            },
            optional={
                "required": st.lists(st.sampled_from(["a", "b"]), unique=True),
                "additionalProperties": st.just(value=False),
            },
        ),
        inner.map(lambda items: {"type": "array", "items": items}),
        st.lists(inner, min_size=1, max_size=2).map(lambda branches: {"anyOf": branches}),
    ),
    max_leaves=4,
)
"""Schemas that declare the same names at each place: a caller sends none that a later schema does not know."""


@generated
@given(alike=st.tuples(ALIKE, ALIKE, ALIKE), widened=st.tuples(st.booleans(), st.booleans()))
def test_two_compatible_changes_do_not_break_together(
    judges: Judges, alike: tuple[Any, Any, Any], widened: tuple[bool, bool]
) -> None:
    """Where no name comes or goes: what an open tool forgets, a later one may declare in another way."""
    first, second, third = alike
    second = {"anyOf": [first, second]} if widened[0] else second
    third = {"anyOf": [second, third]} if widened[1] else third
    each = [compatibility(judges, *pair) for pair in ((first, second), (second, third))]

    if each == [Compatibility.COMPATIBLE] * 2:
        assert compatibility(judges, first, third) is not Compatibility.BREAK


# Hostile pairs, and workers that die.


@cache
def hostile_report() -> Any:
    run = subprocess.run(
        [sys.executable, "-m", "tests.hostile_pairs"], cwd=ROOT, check=True, capture_output=True, text=True
    )
    assert run.stderr == ""
    return json.loads(run.stdout)


@of_hostile_pairs
@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("eighteen conditions", "unknown break"),
        ("twenty choices of three", "unknown break"),
        ("forty dependent schemas", "unknown compatible"),
        ("ten thousand values, less one", "break"),
        ("ten thousand values, and one more", "compatible"),
        ("2^40 paths", "unknown break"),
        ("a circle", "unknown compatible"),
        ("ninety levels", "unknown break"),
        ("catastrophic patterns", "unknown break"),
    ],
)
def test_a_hostile_pair_gets_an_answer_that_is_not_wrong(name: str, expected: str) -> None:
    """Unknown is no shame. The time is no measure of speed: a pair beyond it hangs."""
    answer, has_witness, seconds = hostile_report()["answers"][name]

    assert answer in expected.split()
    assert has_witness == (answer == "break")
    assert seconds < HANGS


@of_hostile_pairs
def test_every_hostile_pair_is_expected_and_no_worker_is_left() -> None:
    assert len(hostile_report()["answers"]) == 9
    assert hostile_report()["left"] == 0


@of_hostile_pairs
def test_hostile_pairs_take_a_bounded_memory() -> None:
    ours, workers = hostile_report()["megabytes"]

    assert max(ours, workers) < MOST_MEGABYTES


BREAK: Final = Pair({"type": "string"}, DEFAULT, {"type": "integer"}, DEFAULT)
forks = pytest.mark.skipif(sys.platform != "linux", reason="a worker begins as a copy of this process on Linux alone")


def _die(*_: object) -> Verdict:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError


@forks
def test_a_worker_that_is_killed_during_the_proof_is_replaced_for_a_search(monkeypatch: pytest.MonkeyPatch) -> None:
    # A busy machine may take longer than a real search has.
    found = Verdict(Compatibility.BREAK, Witness(""))
    monkeypatch.setattr(containment, "judge_pair", _die)
    monkeypatch.setattr(containment, "search_witness", lambda *_: found)

    with Judges() as judges:
        assert judges.judge(*BREAK) == found


@forks
def test_a_break_is_not_called_compatible_where_every_worker_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(containment, "judge_pair", _die)
    monkeypatch.setattr(containment, "search_witness", _die)

    with Judges() as judges:
        first = judges.judge(*BREAK)
        monkeypatch.undo()
        second = judges.judge(*BREAK)

    assert first.compatibility is Compatibility.UNKNOWN
    assert first.reason
    assert second.compatibility is Compatibility.BREAK


@forks
def test_a_worker_that_is_killed_from_outside_says_nothing(usual_signals: None) -> None:  # noqa: ARG001
    """Whenever it is: before, during or after its proof."""

    def kill(_signal: int, _frame: FrameType | None) -> None:
        for child in active_children():
            child.kill()

    branches: Any = [{"anyOf": [{"required": [f"{n}{m}"]} for m in range(3)]} for n in range(20)]
    before = signal.signal(signal.SIGALRM, kill)
    try:
        with Judges() as judges:
            judges.judge(*BREAK)
            signal.setitimer(signal.ITIMER_REAL, 0.05, 0.05)
            verdict = judges.judge({"allOf": branches}, DEFAULT, {"allOf": branches, "maxProperties": 1}, DEFAULT)
            signal.setitimer(signal.ITIMER_REAL, 0)
            again = judges.judge(*BREAK)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)

    assert verdict.compatibility is not Compatibility.COMPATIBLE
    assert again.compatibility is Compatibility.BREAK
    assert again.witness


def test_a_worker_lives_no_longer_than_its_judges() -> None:
    others = {*active_children()}
    with Judges() as judges:
        judges.judge(*BREAK)
        assert len({*active_children()} - others) == 1

    assert {*active_children()} == others


def test_equal_schemas_and_structural_proofs_need_no_worker() -> None:
    """Most changes of a pull request are those of words, of new arguments and of new values."""
    others = {*active_children()}
    with Judges() as judges:
        for old, new in (
            ({"title": "A", "type": "object"}, {"type": "object"}),
            ({"properties": {"a": {}}}, {"properties": {"a": {}, "b": {}}}),
            ({"enum": [f"v{number}" for number in range(9_999)]}, {"enum": [f"v{number}" for number in range(10_000)]}),
        ):
            assert compatibility(judges, old, new) is Compatibility.COMPATIBLE

        assert {*active_children()} == others


# ---- What people change


def unique(**items: Any) -> dict[str, Any]:
    """Return the schema of a list whose items differ."""
    return {"type": "array", "items": items, "uniqueItems": True}


TEXT: Final = {"type": "string"}
TEXT_LIST: Final = {"type": "array", "items": TEXT}
SKUS: Final = unique(type="string", pattern="^[A-Z]{3}-[0-9]{4,8}$")
RECORDS: Final = unique(type="object", required=["id"], properties={"id": {"type": "string", "format": "uuid"}})
ENTRIES: Final = {"type": "object", "additionalProperties": TEXT}
# What both sides have in common, what the former says, and what the latter says.
NARROWINGS: Final[dict[str, tuple[dict[str, Any], dict[str, Any], dict[str, Any]]]] = {
    "fewer strings of a pattern, none twice": (SKUS, {"maxItems": 50}, {"maxItems": 5}),
    "more strings of a pattern, none twice": (SKUS, {"minItems": 1}, {"minItems": 20}),
    "fewer of many": (TEXT_LIST, {"maxItems": 1000}, {"maxItems": 500}),
    "one fewer of very many": (unique(type="string"), {"maxItems": 5000}, {"maxItems": 4999}),
    "fewer numbers, none twice": (unique(type="integer", minimum=1), {"maxItems": 100}, {"maxItems": 50}),
    "fewer even ones": (unique(type="integer", maximum=900, multipleOf=2), {"maxItems": 100}, {"maxItems": 50}),
    "fewer listed values": (unique(enum=[*"abcdefgh"]), {"maxItems": 8}, {"maxItems": 3}),
    "fewer dates": (unique(type="string", format="date"), {"maxItems": 100}, {"maxItems": 50}),
    "fewer addresses": (unique(type="string", format="email"), {"maxItems": 100}, {"maxItems": 50}),
    "fewer identifiers": (unique(type="string", format="uuid"), {"maxItems": 100}, {"maxItems": 50}),
    "fewer hosts": (unique(type="string", format="ipv4"), {"maxItems": 100}, {"maxItems": 50}),
    "fewer records, none twice": (RECORDS, {"maxItems": 100}, {"maxItems": 20}),
    "shorter": (TEXT, {"maxLength": 5000}, {"maxLength": 100}),
    "a little shorter than long": (TEXT, {"maxLength": 100_000}, {"maxLength": 99_999}),
    "bounded beyond what was common": (TEXT, {}, {"maxLength": 10_000}),
    "one digit less": (TEXT, {"pattern": "^[0-9]{4,8}$"}, {"pattern": "^[0-9]{4,7}$"}),
    "some digits less": (TEXT, {"pattern": "^[0-9]{1,20}$"}, {"pattern": "^[0-9]{1,12}$"}),
    "a character less": (TEXT, {"pattern": "^[a-zA-Z0-9_.-]+$"}, {"pattern": "^[a-zA-Z0-9_-]+$"}),
    "fewer entries": (ENTRIES, {"maxProperties": 64}, {"maxProperties": 16}),
    "names of a form": (
        {"type": "object", "additionalProperties": True},
        {},
        {"propertyNames": {"pattern": "^[a-z]+$"}},
    ),
}


@pytest.mark.parametrize("depth", [0, 1, 3])
@pytest.mark.parametrize("change", NARROWINGS)
def test_an_ordinary_narrowing_is_a_break_with_a_witness(judges: Judges, change: str, depth: int) -> None:
    """Sizes, lengths and patterns as real tools have them, at the root and inside others."""
    common, before, after = NARROWINGS[change]
    sides = [{**common, **before}, {**common, **after}]
    for _ in range(depth):
        sides = [{"type": "object", "properties": {"v": side}, "required": ["v"]} for side in sides]
    verdict = judges.judge(sides[0], DEFAULT, sides[1], DEFAULT)

    assert verdict.compatibility is Compatibility.BREAK
    assert verdict.witness is not None
    widened = judges.judge(sides[1], DEFAULT, sides[0], DEFAULT).compatibility
    # That a pattern includes another is not proven.
    assert widened is (Compatibility.UNKNOWN if "pattern" in before else Compatibility.COMPATIBLE)


def test_what_may_break_and_cannot_be_proven_is_no_addition(judges: Judges) -> None:
    """An identifier inside a schema makes it opaque."""
    sides = [
        {"inputSchema": {"type": "object", "properties": {"n": {"$id": "https://x.example/y", "maximum": most}}}}
        for most in (50, 20)
    ]
    comparison = compare_schemas("input", sides[0], sides[1], judges)

    assert comparison.verdict.compatibility is Compatibility.UNKNOWN
    levels = {finding.rule: finding.level for finding in comparison.findings}
    assert levels == {"contract-bounds": "warning", "contract-unknown": "warning"}
    assert not any(finding.adds for finding in comparison.findings)
