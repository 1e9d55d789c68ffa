"""Blame: the version since which each field is what it is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.core.difference import ABSENT, Absent
from reconciler.core.history.blame import blame_fields, list_leaves
from reconciler.core.pointer import Json, format_pointer
from tests.test_yaml_output import values


def blamed(*versions: Json | Absent) -> dict[str, int]:
    """Return each field of the last of these versions with the number of the one that set it."""
    return {format_pointer(pointer): number for pointer, number in blame_fields(enumerate(versions, 1)).items()}


def test_a_field_belongs_to_the_version_that_last_changed_it() -> None:
    assert blamed({"a": 1, "b": 1}, {"a": 1, "b": 2}, {"a": 1, "b": 2, "c": 3}) == {"a": 1, "b": 2, "c": 3}


def test_a_value_that_came_back_belongs_to_the_version_that_brought_it() -> None:
    assert blamed({"a": 1}, {"a": 2}, {"a": 1}) == {"a": 3}


def test_a_number_of_another_type_is_another_value() -> None:
    """1, 1.0 and true are equal in Python."""
    assert blamed({"a": 1, "b": 1}, {"a": 1.0, "b": True}) == {"a": 2, "b": 2}


def test_the_order_is_that_of_the_last_version() -> None:
    assert [*blamed({"a": 1, "b": 1}, {"b": 1, "a": 1}).items()] == [("b", 1), ("a", 1)]


def test_items_are_followed_when_others_come_and_go() -> None:
    assert blamed(["a", "b", "c"], ["b", "c", "d"]) == {"[0]": 1, "[1]": 1, "[2]": 2}
    assert blamed(["a", "b"], ["new", "a", "b"]) == {"[0]": 2, "[1]": 1, "[2]": 1}


def test_a_change_inside_an_item_is_that_of_its_field_alone() -> None:
    before: Json = [{"code": "A", "retryable": True}, {"code": "B"}]
    after: Json = [{"code": "A", "retryable": False}, {"code": "B"}, {"code": "C"}]

    assert blamed(before, after) == {"[0].code": 1, "[0].retryable": 2, "[1].code": 1, "[2].code": 2}


def test_an_empty_collection_is_a_field() -> None:
    assert blamed({"a": {"b": 1}, "c": []}, {"a": {}, "c": []}) == {"a": 2, "c": 1}


def test_after_a_deletion_everything_is_new() -> None:
    assert blamed({"a": 1}, ABSENT, {"a": 1}) == {"a": 3}


@pytest.mark.faults
def test_a_long_list_is_compared_place_by_place() -> None:
    """Finding which item is which takes quadratic time; a manifest may hold a hundred thousand."""
    many: list[Json] = [0] * 50_000

    found = blamed([*many, 1, *many], [*many, 2, 3, *many])

    assert (found["[0]"], found["[50000]"], found["[100001]"]) == (1, 2, 1)
    assert len(blamed([1, *many, 2], [3, *many, *many, 4])) == 100_002


@given(st.lists(values, min_size=1, max_size=4))
def test_each_leaf_of_the_last_version_is_blamed_on_one_that_held_it(versions: list[Json]) -> None:
    found = blame_fields(enumerate(versions))

    assert [*found] == [*list_leaves(versions[-1])]
    for pointer, number in found.items():
        value = list_leaves(versions[-1])[pointer]
        assert any(type(value) is type(held) and value == held for held in list_leaves(versions[number]).values())
