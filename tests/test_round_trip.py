"""What is applied is what is in the file, to the last digit and in its order; and then there is nothing left to do."""

import copy
import hashlib
import json
import shutil
from typing import Any
from unittest.mock import patch

import psycopg
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reconciler.core.difference import ABSENT, Difference, find_differences
from reconciler.core.json_text import to_json_text
from reconciler.core.manifest import contract
from reconciler.core.manifest.resource import Manifest, Ref, digest_of
from reconciler.core.plan.changes import Plan
from reconciler.core.pointer import Json
from reconciler.core.yaml.document import Document, parse_yaml
from tests.builders import Repository, run, tool

# A slow machine is no defect.
unhurried = settings(deadline=None)

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
NUMBERS = (
    st.integers()
    | st.integers(min_value=-(10**299), max_value=10**299)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from([0, -0.0, 1.0, 1e2, 1e300, 5e-324, 0.1, 2**53 + 1, 10**299])
)
SCALARS = st.none() | st.booleans() | NUMBERS | TEXT
VALUES: st.SearchStrategy[Any] = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4), max_leaves=12
)


class Quoting(yaml.SafeDumper):
    """Quotes every string, since PyYAML and YAML 1.2 disagree on which of them are numbers; never writes an alias."""

    def ignore_aliases(self, _: Any) -> bool:
        """Write everything out."""
        return True


Quoting.add_representer(str, lambda self, text: self.represent_scalar("tag:yaml.org,2002:str", text, style='"'))


def nested(value: Json, depth: int) -> Json:
    for number in range(depth):
        value = [value] if number % 2 else {"": value}
    return value


@st.composite
def tools(draw: st.DrawFn, name: str) -> dict[str, Any]:
    """Draw a valid tool with anything where anything may stand."""
    properties = draw(st.dictionaries(TEXT, st.fixed_dictionaries({"default": VALUES}), max_size=3))
    schema = {"type": "object", "default": draw(VALUES), "properties": properties, "examples": draw(st.lists(VALUES))}
    keys = draw(st.permutations(sorted(schema)))
    description = draw(TEXT.filter(lambda text: text.strip() != ""))
    examples = [{"description": "Any.", "input": {"x": value}} for value in draw(st.lists(VALUES, max_size=2))] + [
        {"description": "Deep.", "input": {"x": nested(1, draw(st.integers(0, 85)))}}
    ]
    return tool(
        name,
        metadata={"description": f"About {description}"},
        inputSchema={key: schema[key] for key in keys},
        examples=examples,
        outputSchema={key: schema[key] for key in reversed(keys)},
    )


registries = st.lists(st.sampled_from("abc"), unique=True, max_size=2).flatmap(
    lambda names: st.tuples(*[tools(name) for name in names])
)


@pytest.mark.slow
@pytest.mark.faults
@settings(
    deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(manifests=registries)
def test_a_plan_right_after_an_apply_is_empty(
    repository: Repository, database: str, manifests: tuple[dict[str, Any], ...]
) -> None:
    """For any valid registry, applied over any other: rows, digests and the order of keys are those of the files."""
    folder = repository.top / "registry/tools"
    shutil.rmtree(folder, ignore_errors=True)
    for manifest in manifests:
        name = manifest["metadata"]["name"]
        repository.write(f"tools/{name}.yaml", yaml.dump(manifest, Dumper=Quoting, sort_keys=False))
    repository.commit()

    applied = run("apply", "--max-deletes", 9, "--database", database, cwd=repository.top)
    assert applied.code == 0, applied.err

    assert run("plan", "--detailed-exitcode", "--database", database, cwd=repository.top).code == 0
    # As after an update of toolreg: every file is read again, and every row compared.
    with patch.object(contract, "_LOADER", "another"):
        again = run("plan", "--detailed-exitcode", "--database", database, cwd=repository.top)
    assert (again.code, again.out) == (0, "Nothing to do: the database matches.\n"), again.err
    with psycopg.connect(database) as conn:
        rows = conn.execute(
            b"SELECT manifest::text, digest, applied_digest FROM registry.tools ORDER BY name"
        ).fetchall()
    expected = [
        to_json_text(manifest) for manifest in sorted(manifests, key=lambda found: str(found["metadata"]["name"]))
    ]
    assert [text for text, _, _ in rows] == expected
    for text, digest, applied_digest in rows:
        assert digest == applied_digest == hashlib.sha256(text.encode()).hexdigest()
    if manifests:
        printed = run("get", "tools", "-o", "yaml", "--database", database, cwd=repository.top).out
        assert [to_json_text(value_of(document)) for document in documents(printed)] == expected
        listed = run("get", "tools", "-o", "json", "--database", database, cwd=repository.top).items
        assert [to_json_text(value) for value in listed] == expected


def value_of(document: bytes) -> Json:
    parsed = parse_yaml(document)
    assert isinstance(parsed, Document), parsed
    return parsed.value


def documents(text: str) -> list[bytes]:
    """Split a stream of YAML documents as get writes it."""
    return [document.encode() for document in text.removeprefix("---\n").split("\n---\n")]


# ---- Differences


def patched(before: Any, found: list[Difference]) -> Any:
    """Do to a value what its differences to another say."""
    root = [copy.deepcopy(before)]
    taken: dict[int, tuple[list[Any], set[int], dict[int, Any]]] = {}
    for difference in found:
        parent: Any = root
        *way, last = (0, *difference.pointer)
        for step in way:
            parent = parent[step]
        if difference.reordered:
            continue
        if isinstance(parent, list) and ABSENT in (difference.before, difference.after):
            _, removed, added = taken.setdefault(id(parent), (parent, set(), {}))
            if difference.after is ABSENT:
                removed.add(int(last))
            else:
                added[int(last)] = difference.after
        elif difference.after is ABSENT:
            del parent[last]
        else:
            parent[last] = difference.after
    for items, removed, added in taken.values():
        items[:] = [item for index, item in enumerate(items) if index not in removed]
        for index, item in sorted(added.items()):
            items.insert(index, item)
    return root[0]


def exactly(value: Any) -> str:
    """Tell 1, 1.0 and True apart, but not one order of keys from another."""
    return json.dumps(value, sort_keys=True)


@unhurried
@given(VALUES, VALUES)
def test_the_differences_of_two_values_lead_from_one_to_the_other(before: Any, after: Any) -> None:
    assert exactly(patched(before, list(find_differences(before, after)))) == exactly(after)


@unhurried
@given(VALUES)
def test_a_value_does_not_differ_from_itself(value: Any) -> None:
    assert list(find_differences(value, copy.deepcopy(value))) == []


@unhurried
@given(
    st.dictionaries(TEXT, VALUES, max_size=6).flatmap(
        lambda value: st.tuples(st.just(value), st.permutations(list(value)))
    )
)
def test_another_order_of_keys_is_one_difference(drawn: tuple[dict[str, Any], list[str]]) -> None:
    """Models read properties in order, so it is a change; and nothing else is."""
    value, keys = drawn
    found = list(find_differences(value, {key: value[key] for key in keys}))

    assert found == ([] if keys == list(value) else [Difference((), [*value], [*keys], reordered=True)])


# ---- Plans


def manifest(ref: Ref, content: Any) -> Manifest:
    text = to_json_text(content)
    return Manifest(ref, digest_of(text), text, path=f"registry/{ref}.yaml")


STATES = st.dictionaries(st.builds(Ref, st.sampled_from(["Node", "Tool"]), st.sampled_from("abcd")), SCALARS).map(
    lambda drawn: {ref: manifest(ref, content) for ref, content in drawn.items()}
)


@unhurried
@given(STATES)
def test_a_state_needs_no_plan_to_become_itself(state: dict[Ref, Manifest]) -> None:
    assert not Plan.between(state, dict(state))


@unhurried
@given(STATES, STATES)
def test_the_changes_of_a_plan_lead_from_one_state_to_the_other(
    desired: dict[Ref, Manifest], observed: dict[Ref, Manifest]
) -> None:
    plan = Plan.between(desired, observed)

    state = dict(observed)
    for change in plan.changes:
        state.pop(change.ref, None)
        if change.after is not None:
            state[change.ref] = change.after
    assert state == desired
    assert not Plan.between(desired, state)
    assert plan.digest == Plan.between(desired, observed).digest
