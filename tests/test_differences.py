"""What differs between two texts or lists is shown, wherever it stands in them."""

import json
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.assets import load_contract
from reconciler.core.difference import Difference, find_differences
from reconciler.core.pointer import Json, Pointer
from reconciler.core.words import find_changed_ranges, split_words
from reconciler.render.difference_text import render_field
from reconciler.render.terminal import Paint
from tests.builders import Repository, run, tool
from tests.conftest import Toolreg

LONG = "Deactivates a user. It is for administrators alone. The user will be asked for confirmation before it happens."


def told(before: object, after: object, *, full: bool = False) -> str:
    """Return the lines of a field that differs."""
    return "\n".join(render_field(Difference(("x",), before, after), full=full))  # type: ignore[arg-type]


def test_a_short_value_stands_beside_its_other_side() -> None:
    assert told("30s", "45s") == 'x: "30s" -> "45s"'
    assert told("1", 1) == 'x: "1" -> 1'
    assert told("pay now", "p\u0430y now") == r'x: "pay now" -> "p\u0430y now"'
    assert told(["id"], ["\u0456d"]) == r'x: added "\u0456d"; removed "id"'


def test_both_texts_are_shown_whole_where_they_fit_a_screen() -> None:
    after = LONG.replace("will be", "will not be")

    assert told(LONG, after) == f'x:\n  - "{LONG}"\n  + "{after}"'


def test_of_longer_texts_the_differing_words_are_shown_with_those_around_them() -> None:
    filling = " ".join(f"word{number}" for number in range(3000))
    shown = told(f"{filling} {LONG} {filling}", f"{filling} {LONG.replace('will be', 'will not be')} {filling}")

    assert "The user will be asked for" in shown
    assert "The user will not be asked for" in shown
    assert len(shown) < 1000


def test_full_shows_everything() -> None:
    filling = " ".join(f"word{number}" for number in range(3000))

    assert told(filling, f"{filling} end", full=True) == f'x:\n  - "{filling}"\n  + "{filling} end"'


def test_what_is_left_out_is_counted() -> None:
    filling = " ".join(f"word{number}" for number in range(3000))
    places = filling.split(" ")
    places[100::200] = [f"changed{number}" for number in range(len(places[100::200]))]

    assert "5 more places differ: --full" in told(filling, " ".join(places))
    assert "more characters: --full" in told("short", filling)


@pytest.mark.parametrize(
    ("before", "after", "visible"),
    [
        ("a b", "a  b", ("a b", "a  b")),
        ("pay", "p\u0430y", ("pay", r"p\u0430y")),
        ("caf\u00e9", "cafe\u0301", ("caf\u00e9", r"cafe\u0301")),
        ("end", "end\u200b", ("end", r"end\u200b")),
        ("a b", "a\u00a0b", ("a b", r"a\u00a0b")),
        ("a\nb", "a\r\nb", (r"a\nb", r"a\r\nb")),
    ],
)
def test_what_looks_alike_does_not_in_a_difference(before: str, after: str, visible: tuple[str, str]) -> None:
    old, new = told(LONG + before, LONG + after).splitlines()[1:]

    assert old.endswith(f'{visible[0]}"')
    assert new.endswith(f'{visible[1]}"')


def test_the_differing_words_are_coloured() -> None:
    old, new = render_field(Difference(("x",), LONG, LONG.replace("asked", "told")), Paint(wanted=True))[1:]

    assert "be \x1b[31masked\x1b[0m for" in old
    assert "be \x1b[32mtold\x1b[0m for" in new


@pytest.mark.parametrize(
    ("before", "after", "shown"),
    [
        (["a", "b"], ["b", "c"], 'x: added "c"; removed "a"'),
        (["a", "b"], ["b", "a"], 'x: changed the order of its items: "a", "b" -> "b", "a"'),
        (["a", "b"], ["c", "b", "a"], 'x: added "c"; changed the order of the others'),
        (["a"], ["a", "a"], 'x[1]: added "a"'),
        (["a", "b", "c"], ["a", "c"], 'x[1]: removed "b"'),
        ([1], [True], "x: added true; removed 1"),
    ],
)
def test_a_list_says_what_was_added_and_removed(before: list[object], after: list[object], shown: str) -> None:
    assert told(before, after) == shown


@given(st.text("ab c.\n", max_size=60), st.text("ab c.\n", max_size=60))
def test_what_is_told_to_differ_turns_one_text_into_the_other(before: str, after: str) -> None:
    old, new = split_words(before), split_words(after)
    built, at = [], 0
    for old_from, old_to, new_from, new_to in find_changed_ranges(old, new):
        built += [*old[at:old_from], *new[new_from:new_to]]
        at = old_to

    assert "".join([*built, *old[at:]]) == after


@pytest.mark.slow
@pytest.mark.faults
def test_long_texts_are_compared_in_bounded_time() -> None:
    """Of 1 MiB, in whatever way they differ: matching each word with each would take hours."""
    words = [f"w{number * 7919 % 5000}" for number in range(100_000)]
    for before, after in (
        ("a b " * 250_000, "a c " * 250_000),
        (" ".join(words), " ".join(words[::-1])),
        ("x" * 1_000_000, "." * 1_000_000),
    ):
        assert told(before, after)


def test_every_command_shows_the_words_that_differ(repository: Repository, toolreg: Toolreg) -> None:
    repository.add(tool(metadata={"description": LONG, "tags": ["a", "b"]}))
    repository.commit()
    assert toolreg("apply").code == 0
    repository.add(tool(metadata={"description": LONG.replace("will be", "will not be"), "tags": ["b", "c"]}))
    shown = [toolreg("plan").out]
    repository.commit()
    shown.append(toolreg("apply").out)
    shown += [toolreg("diff", "1", "2").out, toolreg("history", "tool/lookup").out]
    toolreg("rollback", "1", "--reason", "x")
    shown.append(toolreg("history", "tool/lookup", "--full").out)

    for text in shown:
        assert "The user will not be asked" in text
        assert 'metadata.tags: added "c"; removed "a"' in text


def told_by(before: Json, after: Json, place: Pointer) -> list[str]:
    """Return the lines of two manifests of a tool or service that differ at one place."""
    old, new = ({"kind": place[0], **nested(place[1:], value)} for value in (before, after))
    return [line for difference in load_contract().compare(old, new) for line in render_field(difference)]


def nested(place: Pointer, value: Json) -> dict[str, Json]:
    """Return a document with a value at a place."""
    return {str(place[0]): nested(place[1:], value) if place[1:] else value}


@pytest.mark.parametrize(
    ("place", "before", "after", "shown"),
    [
        (("Tool", "metadata", "tags"), ["a", "b"], ["b", "a"], ["metadata.tags: the order of its items"]),
        (("Tool", "metadata", "tags"), ["a", "b"], ["c", "b", "a"], ['metadata.tags[0]: added "c"']),
        (
            ("Service", "spec", "recommendedTools"),
            ["a", "b"],
            ["b", "a"],
            ['spec.recommendedTools: changed the order of its items: "a", "b" -> "b", "a"'],
        ),
        (
            ("Tool", "spec", "inputSchema", "required"),
            ["id", "name"],
            ["name", "id", "maxItems"],
            ['spec.inputSchema.required[2]: added "maxItems"'],
        ),
        (
            ("Tool", "spec", "inputSchema", "required"),
            ["id", "name"],
            ["name", "id"],
            ["spec.inputSchema.required: the order of its items"],
        ),
        (
            ("Tool", "spec", "inputSchema", "prefixItems"),
            ["id", "name"],
            ["name", "id"],
            ['spec.inputSchema.prefixItems: changed the order of its items: "id", "name" -> "name", "id"'],
        ),
        (
            ("Tool", "spec", "errors"),
            [{"code": "A", "retryable": True}, {"code": "B", "retryable": True}],
            [{"code": "C", "retryable": True}, {"code": "B", "retryable": False}, {"code": "A", "retryable": True}],
            [
                'spec.errors[0]: added {"code":"C","retryable":true}',
                "spec.errors[1].retryable: true -> false",
                "spec.errors: the order of its items",
            ],
        ),
        (
            ("Tool", "spec", "errors"),
            [{"code": "A", "retryable": True}, {"code": "B", "retryable": True}],
            [{"code": "B", "retryable": True}],
            ['spec.errors[0]: removed {"code":"A","retryable":true}'],
        ),
    ],
)
def test_lists_are_compared_as_their_schema_says(place: Pointer, before: Json, after: Json, shown: list[str]) -> None:
    """A set without regard to order, a map by its keys, any other list as a sequence."""
    assert told_by(before, after, place) == shown


KEYED = st.lists(st.fixed_dictionaries({"code": st.sampled_from("ABC"), "retryable": st.booleans()}), max_size=6)


@given(KEYED, KEYED)
def test_items_told_as_added_and_removed_turn_a_map_into_the_other(before: list[Json], after: list[Json]) -> None:
    """Also with keys that occur twice, which no valid manifest has and a row changed by hand may have."""
    shown = [one for one in find_differences(before, after, list_types=lambda _: ("code",)) if not one.reordered]
    kept = {one.pointer[0] for one in shown if one.change == "removed"}
    left = [item for index, item in enumerate(before) if index not in kept]
    added = [
        item
        for index, item in enumerate(after)
        if any(one.pointer == (index,) and one.change == "added" for one in shown)
    ]
    changed_items = [one for one in shown if one.change == "changed"]

    assert len(left) + len(added) == len(after)
    assert Counter(item["code"] for item in [*left, *added]) == Counter(item["code"] for item in after)  # type: ignore[index,call-overload]
    assert all(after[one.pointer[0]]["retryable"] == one.after for one in changed_items)  # type: ignore[index,call-overload]


def test_a_field_says_how_it_changed(repository: Repository, toolreg: Toolreg) -> None:
    """In text and in JSON: added, removed, reordered or changed."""
    repository.add(tool(metadata={"title": "Old", "tags": ["a", "b"]}, limits={"timeout": "30s"}))
    repository.commit()
    assert toolreg("apply").code == 0
    repository.add(tool(metadata={"labels": {"tier": "b"}, "tags": ["b", "a"]}, limits={"timeout": "45s"}))
    text = toolreg("plan").out
    repository.commit()
    plan = json.loads(toolreg("plan", "-o", "json").out)
    toolreg("apply")
    assert '      metadata.title: removed "Old"\n' in text
    assert '      metadata.labels: added {"tier":"b"}\n' in text
    assert "      metadata.tags: the order of its items\n" in text
    assert '      spec.limits.timeout: "30s" -> "45s"\n' in text
    assert {field["field"]: field["change"] for field in plan["changes"][0]["fields"]} == {
        "metadata.title": "removed",
        "metadata.labels": "added",
        "metadata.tags": "reordered",
        "spec.limits.timeout": "changed",
    }


def test_a_plan_as_json_has_the_findings_of_the_check(repository: Repository, toolreg: Toolreg) -> None:
    repository.add(tool(inputSchema={"type": "object", "properties": {"n": {"type": "integer", "maximum": 9}}}))
    repository.commit()
    assert toolreg("apply").code == 0
    repository.add(tool(inputSchema={"type": "object", "properties": {"n": {"type": "integer", "maximum": 5}}}))
    repository.commit()
    planned = json.loads(toolreg("plan", "-o", "json").out)["changes"][0]["contract"]
    checked = run("check", "--against", "HEAD~1", "-o", "json", cwd=repository.top).json["tools"][0]

    assert planned == {key: checked[key] for key in ("requiredVersion", "input", "output", "findings")}
    assert planned["findings"][0]["witness"]["n"] > 5
