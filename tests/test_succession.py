"""Which resource has which name, commit after commit: the rule by itself, on values."""

from collections.abc import Mapping, Sequence

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reconciler.core.history.succession import Departure, File, FilesByRef, Held, Memory, Succession, Wrong, follow
from reconciler.core.manifest.resource import Ref

Told = Mapping[str, str | None]
"""Files that a commit changes: `b` is content, `b<a` content that says movedFrom a, None a file that is gone."""


def ref(name: str) -> Ref:
    return Ref("Tool", name)


def file(told: str) -> File:
    blob, _, former = told.partition("<")
    return File(told, ref(former) if former else None) if blob else File(told)


def step(told: Told) -> FilesByRef:
    return {ref(name): file(said) if said else None for name, said in told.items()}


BEGUN = Memory({ref(name): Held(name.upper(), file(f"{name}0")) for name in "abc"})


def after(*steps: Told) -> Succession:
    return follow(BEGUN, map(step, steps)).conclude()


def names(found: Succession) -> dict[str, str]:
    return {one.name: "new" if held in found.made else held for one, held in found.held.items()}


RENAME: Told = {"a": None, "m": "m<a"}
ON: Told = {"m": None, "z": "z<m"}
SWAP: Told = {"a": "1<b", "b": "1<a"}
UNSWAP: Told = {"a": "a0", "b": "b0"}
CHAIN: Told = {"a": None, "b": "1<a", "d": "1<b"}
UNCHAIN: Told = {"a": "a0", "b": "b0", "d": None}


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ([RENAME], "m=A b=B c=C"),
        ([RENAME, ON], "z=A b=B c=C"),
        ([RENAME, ON, {"z": "plain"}], "z=A b=B c=C"),
        ([RENAME, {"a": "another"}], "m=A a=new b=B c=C"),
        ([RENAME, {"a": "another"}, ON], "z=A a=new b=B c=C"),
        ([RENAME, {"a": "a0", "m": None}], "a=A b=B c=C"),
        ([RENAME, {"a": "changed", "m": None}], "a=A b=B c=C"),
        ([RENAME, {"a": "another"}, {"a": "a0", "m": None}], "a=A b=B c=C"),
        ([RENAME, {"a": "another"}, {"a": None}, {"a": "a0", "m": None}], "a=A b=B c=C"),
        ([SWAP], "a=B b=A c=C"),
        ([SWAP, UNSWAP], "a=A b=B c=C"),
        ([SWAP, UNSWAP, SWAP], "a=B b=A c=C"),
        ([SWAP, {"a": "2<b"}, {"a": "3", "b": "b0"}], "a=A b=B c=C"),
        ([SWAP, {"a": "2", "b": "2"}], "a=B b=A c=C"),
        ([SWAP, {"a": "2<b", "b": "2<a"}], "a=B b=A c=C"),
        ([CHAIN], "b=A d=B c=C"),
        ([CHAIN, UNCHAIN], "a=A b=B c=C"),
        ([CHAIN, {"b": "2<a"}, {"a": "a0", "b": "3", "d": None}], "a=A b=B c=C"),
        ([{"a": "1<c", "b": "1<a", "c": "1<b"}], "a=C b=A c=B"),
        ([{"a": "1<c", "b": "1<a", "c": "1<b"}, {"a": "a0", "b": "b0", "c": "c0"}], "a=A b=B c=C"),
        ([RENAME, ON, {"m": "m<a", "z": None}], "m=A b=B c=C"),
        ([RENAME, {"a": "another"}, ON, {"m": "m<a", "z": None}], "m=A a=new b=B c=C"),
        ([RENAME, {"a": "another"}, ON, {"m": "m<a", "z": None, "a": None}], "m=A b=B c=C"),
        ([{"a": None}, {"a": "again"}], "a=A b=B c=C"),
        ([{"a": None}, {"m": "m<a"}, {"a": "another"}], "m=A a=new b=B c=C"),
        ([{"m": "m<a"}, {"a": None}], "m=A b=B c=C"),
        ([{"m": "m<a"}, {"m": "plain"}], "a=A m=new b=B c=C"),
        ([{"x": "x", "a": None}, {"x": None, "y": "y<x"}], "y=new b=B c=C"),
    ],
)
def test_names_are_followed(steps: Sequence[Told], expected: str) -> None:
    found = after(*steps)

    assert names(found) == dict(one.split("=") for one in expected.split())
    assert not found.wrong


@pytest.mark.parametrize(
    ("told", "wrong"),
    [
        ({"a": None, "m": "m<a", "n": "n<a"}, {"m": Wrong.TWICE, "n": Wrong.TWICE}),
        ({"m": "m<a"}, {"m": Wrong.STILL_THERE}),
        ({"a": None, "b": "1<a"}, {"b": Wrong.ITSELF}),
        ({"m": "m<q"}, {"m": Wrong.NEVER}),
        ({"a": None, "b": "1<a", "m": "m<b", "n": "n<b"}, dict.fromkeys("mn", Wrong.TWICE) | {"b": Wrong.ITSELF}),
    ],
)
def test_a_line_that_does_not_fit_renames_nothing_and_is_not_forgotten(told: Told, wrong: Mapping[str, Wrong]) -> None:
    for steps in ([told], [told, {"x": "x"}], [told, {"x": "x"}, {"x": None}]):
        found = after(*steps)
        assert {one.name: why for one, why in found.wrong.items()} == wrong


def test_a_reverted_line_that_was_cleaned_up_is_no_rename() -> None:
    """The line comes back although the old name is another resource's by now: what it tells was done."""
    found = after(RENAME, {"m": "plain"}, {"a": "another"}, {"m": "m<a"})

    assert names(found) == {"m": "A", "a": "new", "b": "B", "c": "C"}
    assert not found.wrong


def test_names_that_were_left_are_remembered_with_their_files() -> None:
    found = after({"a": "changed"}, RENAME, ON)

    assert found.departures == (Departure("A", ref("a"), "changed"), Departure("A", ref("m"), "m<a"))


# A machine that is busy makes values slowly; that says nothing of what is tested.
patient = settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
steps = st.lists(
    st.dictionaries(
        st.sampled_from("abcd"),
        st.none() | st.builds(str.__add__, st.sampled_from("12"), st.sampled_from(["", "<a", "<b", "<c", "<d"])),
        min_size=1,
        max_size=4,
    ),
    max_size=6,
)


@patient
@given(steps, st.integers(0, 6))
def test_following_in_two_parts_is_following_at_once(told: list[dict[str, str | None]], cut: int) -> None:
    """Where the first part could be applied: the database then remembers as much as the fold did."""
    every = [step(one) for one in told]
    first = follow(BEGUN, every[:cut])
    if first.wrong:
        return
    known = first.conclude()
    # Identities that were made have others' names where they are made anew.
    given_ids = {made: f"known {made}" for made in known.made}
    memory = Memory(
        {one: held._replace(id=given_ids.get(held.id, held.id)) for one, held in first.held.items()},
        {one: given_ids.get(gone, gone) for one, gone in known.gone.items()},
        [left._replace(id=given_ids.get(left.id, left.id)) for left in known.departures],
    )

    in_parts, at_once = follow(memory, every[cut:]).conclude(), follow(BEGUN, every).conclude()

    assert _told_apart(in_parts, frozenset(given_ids.values())) == _told_apart(at_once, frozenset())
    assert in_parts.wrong == at_once.wrong


def _told_apart(found: Succession, known: frozenset[str]) -> dict[str, object]:
    made = found.made | known
    return {
        "held": {one: "new" if held in made else held for one, held in found.held.items()},
        "gone": {one: "new" if held in made else held for one, held in found.gone.items()},
    }


@patient
@given(steps)
def test_nobody_has_two_names_and_no_name_is_two(told: list[dict[str, str | None]]) -> None:
    found = after(*told)

    everybody = [*found.held.values(), *found.gone.values()]
    assert len(everybody) == len(set(everybody))
    assert not found.held.keys() & found.gone.keys()
