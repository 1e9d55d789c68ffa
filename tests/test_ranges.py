"""Ranges of versions allow the versions that node-semver says, in Python and in the database."""

import json
import secrets
from typing import Any, Final

import pytest

from reconciler.core.manifest.version_range import SPELLING, InvalidRange, VersionRange
from tests.builders import Repository, run, service, tool
from tests.calls import Conn
from tests.npm_ranges import RECORDED, Writer, ask_npm
from tests.test_schemas import every_subschema

CASES: Final = [
    ("^2.1.0", "2.1.0 2.9.0", "2.0.9 3.0.0 3.0.0-rc.1 2.2.0-rc.1"),
    ("^0.2.3", "0.2.3 0.2.9", "0.2.2 0.3.0"),
    ("^0.0.3", "0.0.3", "0.0.4"),
    ("~2.1", "2.1.0 2.1.9", "2.0.9 2.2.0 2.2.0-0"),
    (">=2 <3", "2.0.0 2.9.9", "1.9.9 3.0.0 3.0.0-rc.1"),
    ("1.x || 2.x", "1.0.0 2.9.9", "0.9.0 3.0.0"),
    ("1.2 - 2", "1.2.0 2.9.9", "1.1.9 3.0.0"),
    ("2.1.0", "2.1.0 2.1.0+build", "2.1.1"),
    ("*", "0.0.0 9.9.9", "1.0.0-rc.1"),
    # A pre-release satisfies an alternative with a pre-release of the same version.
    ("^3.0.0-rc.1", "3.0.0-rc.1 3.0.0-rc.10 3.0.0 3.4.0", "3.0.0-beta 3.1.0-rc.1"),
    (">=1.0.0-rc.1 || 2.0.0-rc.1", "1.0.0-rc.2 2.0.0-rc.1", "2.0.0-rc.2 3.0.0-rc.1"),
]


def answer(text: str, version: str) -> bool | None:
    try:
        return VersionRange.parse(text).allows(version)
    except InvalidRange:
        return None


@pytest.mark.parametrize(("text", "allowed", "excluded"), CASES)
def test_a_range_allows_these_versions(text: str, allowed: str, excluded: str) -> None:
    assert [version for version in allowed.split() if not answer(text, version)] == []
    assert [version for version in excluded.split() if answer(text, version) is not False] == []


def test_every_answer_is_that_of_npm() -> None:
    """The answers of npm's own package are recorded, since not every machine has npm."""
    pairs = json.loads(RECORDED.read_text("utf-8"))

    assert [pair for pair in pairs if answer(pair[0], pair[1]) is not pair[2]] == []
    assert {pair[2] for pair in pairs} == {True, False, None}


def test_random_answers_are_those_of_npm_on_this_machine() -> None:
    seed = secrets.randbits(32)
    pairs = list(Writer(seed).pairs(5_000))
    answers = ask_npm(pairs)
    if answers is None:
        pytest.skip("npm is not on this machine")

    different = [(pair, theirs) for pair, theirs in zip(pairs, answers, strict=True) if answer(*pair) is not theirs]
    assert different == [], f"seed {seed}"


def test_the_database_gives_the_same_answers(conn: Conn) -> None:
    """It reads the bounds of a range, not the range."""
    pairs = [(text, version) for text, version, theirs in json.loads(RECORDED.read_text("utf-8")) if theirs is not None]
    asked = [[version, str(VersionRange.parse(text)), answer(text, version)] for text, version in pairs]

    different = conn.execute(
        "SELECT asked FROM jsonb_array_elements(%s) AS asked"
        " WHERE internal.version_fits(asked ->> 0, asked ->> 1) IS DISTINCT FROM (asked ->> 2)::boolean",
        (json.dumps(asked),),
    ).fetchall()

    assert different == []
    assert len(asked) > 1_000


@pytest.mark.parametrize(("version", "bounds"), [("nonsense", "*"), ("1.0.0", ">="), ("1.0.0", ""), ("", "")])
def test_the_database_takes_a_version_or_bounds_changed_by_hand(conn: Conn, version: str, bounds: str) -> None:
    assert conn.execute("SELECT internal.version_fits(%s, %s)", (version, bounds)).fetchone() == (False,)


@pytest.mark.parametrize("text", ["", " ", "^1 ||", "|| 1", "1 || || 2"])
def test_an_empty_part_is_no_range(text: str) -> None:
    """For npm it allows every version, which nobody means."""
    assert answer(text, "1.0.0") is None


HOSTILE: Final = [
    *("1.1.1-" + "a." * 60 + ">", "1.1.1-" + "1" * 121 + ">", "1" * 127 + ">", "1 - " * 32, "~" * 128, " " * 128),
    *(
        "1.1.1-" + "0a." * 40 + "|",
        "1.1.1+" + "a" * 121 + "*",
        "|" * 128,
        "1" * 1_000_000,
        ">" * 1_000_000,
        "^1\n",
        "^\u0661",
    ),
]


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_text_is_refused(text: str) -> None:
    assert answer(text, "1.0.0") is None


def test_the_schema_allows_the_characters_of_a_range() -> None:
    ranges = [schema for _, schema in every_subschema("service.schema.json") if "x-versions-of" in schema]

    characters = SPELLING.pattern.removesuffix("{1,128}")
    assert [(schema["pattern"], schema["maxLength"]) for schema in ranges] == [(f"^{characters}+$", 128)]


def uses(*pairs: tuple[str, Any], **spec: Any) -> dict[str, Any]:
    listed = [{"tool": name, "range": text} for name, text in pairs]
    return service("shop", metadata={"owner": "shopping"}, uses=listed, **spec)


@pytest.mark.parametrize("text", ["latest", "^1 || ", "1.x.2", ">=1 <", "1 - 2 - 3"])
def test_a_range_that_cannot_be_read_is_told_at_its_place(repository: Repository, text: str) -> None:
    repository.add(tool(), uses(("lookup", text)))

    result = run("validate", cwd=repository.top)

    assert result.code == 1
    assert result.out.count("\n") == 2
    place, _, message = result.out.splitlines()[0].partition(" error: ")
    line = (
        (repository.top / "registry/services/shop.yaml").read_text("utf-8").splitlines()[int(place.split(":")[1]) - 1]
    )
    assert line.strip().startswith("range:")
    assert message.startswith(f'spec.uses[0].range is "{text}", and ')
    assert message.endswith("expected a range of versions such as ^2.1.0, ~2.1, >=2 <3 or 1.x || 2.x [version-range]")


@pytest.mark.parametrize("text", ["^1; rm", "x" * 129, "", 2, None, ["^1"]])
def test_a_range_of_other_characters_is_told_once(repository: Repository, text: object) -> None:
    repository.add(tool(), uses(("lookup", text)))

    result = run("validate", cwd=repository.top)

    assert [problem["rule"] for problem in run("validate", "-o", "json", cwd=repository.top).json["diagnostics"]] == [
        "schema"
    ]
    assert "spec.uses[0].range" in result.out
