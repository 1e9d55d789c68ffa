"""Finding tools: by words, by schema, by the arguments at hand; for any text, and for those who may only read."""

import json
import random
from collections.abc import Iterator, Sequence
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import errors, sql
from psycopg.types.json import Jsonb

from reconciler.assets import SCHEMAS
from tests import corpora
from tests.benchmarks import searching
from tests.benchmarks.resources import resources
from tests.builders import service, tool
from tests.conftest import copy
from tests.roles import as_superuser

Conn = psycopg.Connection[Any]

ROLES = ("toolreg_reader", "toolreg_agent", "toolreg_reconciler")


def found(conn: Conn, query: object, **filters: object) -> list[str]:
    """Return the names of what search_tools finds."""
    named = sql.SQL("").join(sql.SQL(", {} => {}").format(sql.Identifier(n), sql.Placeholder(n)) for n in filters)
    statement = sql.SQL("SELECT name FROM api.search_tools(%(query)s{})").format(named)
    rows = conn.execute(statement, {"query": query, **filters})
    return [name for (name,) in rows]


def names(conn: Conn, function: str, *arguments: object) -> list[str]:
    """Return the first column of what a function of api returns."""
    places = sql.SQL(", ").join([sql.Placeholder()] * len(arguments))
    statement = sql.SQL("SELECT * FROM api.{}({})").format(sql.Identifier(function), places)
    return [row[0] for row in conn.execute(statement, arguments)]


def takes(*required: str, **properties: object) -> dict[str, Any]:
    """Return an input schema."""
    return {"type": "object", "required": list(required), "properties": properties}


STRING, INTEGER, NUMBER = {"type": "string"}, {"type": "integer"}, {"type": "number"}


# ---- Words

TOOLS = [
    tool(
        "process_payment",
        metadata={"title": "Process payment", "description": "Charge a card once.", "tags": ["money-matters"]},
        toolName="ProcessPayment",
        inputSchema=takes(
            customerId=STRING,
            amount={"type": "integer", "description": "In the smallest unit of the currency."},
            lines={
                "type": "array",
                "items": {"type": "object", "properties": {"sku": {"type": "string", "description": "The article."}}},
            },
        ),
        examples=[{"description": "Charge for shipping parcels.", "input": {}}],
        category="PAYMENT",
    ),
    tool("refund_payment", metadata={"description": "Give money back.", "owner": "returns"}, category="PAYMENT"),
    tool("http_probe", metadata={"description": "Look whether a host answers."}, toolName="HTTPServer2"),
    tool("oauth_login", metadata={"description": "Begin a session."}, toolName="OAuth2Login"),
    tool("show_cells", metadata={"title": "Ledger", "description": "Show what is in it."}, toolName="sheets.load-4"),
    tool("old_refund", metadata={"description": "Refund a payment as before."}, lifecycle="retired"),
    tool("new_refund", metadata={"description": "Refund."}, lifecycle="experimental"),
]


@pytest.fixture
def conn(undone: Conn) -> Conn:
    """A connection to a database, whose changes are undone."""
    return undone


@pytest.fixture
def alone(database: str) -> Iterator[Conn]:
    """A connection to a database of this test's own."""
    with psycopg.connect(as_superuser(database), autocommit=True) as connection:
        yield connection


@pytest.fixture
def shop(conn: Conn) -> Conn:
    """A connection to a database with some tools of a shop."""
    corpora.load(conn, TOOLS)
    return conn


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("payment process", "process_payment"),
        ("process_payment", "process_payment"),
        ("ProcessPayment", "process_payment"),
        ("processpayment", "process_payment"),
        ("payments", "process_payment"),
        ("I'd like to CHARGE a customer's card!", "process_payment"),
        ("money matters", "process_payment"),
        ("customer id", "process_payment"),
        ("smallest unit", "process_payment"),
        ("sku", "process_payment"),
        ("article", "process_payment"),
        ("parcel", "process_payment"),
        ("http server 2", "http_probe"),
        ("HTTPServer2", "http_probe"),
        ("httpserver2", "http_probe"),
        ("oauth2", "oauth_login"),
        ("give it back", "refund_payment"),
        ("host/answers", "http_probe"),
        ("chargeable", "process_payment"),
        # Whole words, that no name begins with.
        ("server", "http_probe"),
        ("id", "process_payment"),
        ("ledger", "show_cells"),
        ("show", "show_cells"),
        ("load", "show_cells"),
        ("4", "show_cells"),
    ],
)
def test_a_tool_is_found_by_the_words_of(shop: Conn, query: str, first: str) -> None:
    assert found(shop, query)[:1] == [first]


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({}, ["new_refund", "refund_payment"]),
        ({"category": "PAYMENT"}, ["refund_payment"]),
        ({"owner": "returns"}, ["refund_payment"]),
        ({"lifecycle": "experimental"}, ["new_refund"]),
        ({"lifecycle": "retired"}, ["old_refund"]),
        ({"tag": "money-matters"}, []),
        ({"category": "NONE"}, []),
        ({"max_results": 1}, ["new_refund"]),
    ],
)
def test_filters_leave_what_they_say(shop: Conn, filters: dict[str, object], expected: list[str]) -> None:
    assert found(shop, "refund", **filters) == expected


@pytest.mark.parametrize("empty", [None, "", "  ", "\t\n"])
def test_without_a_text_the_filters_alone_choose_by_name(shop: Conn, empty: str | None) -> None:
    assert found(shop, empty, category="PAYMENT") == ["process_payment", "refund_payment"]


@pytest.mark.parametrize("text", ["the", "the of and", "?!,", "...", "''", "\\", "%_\\"])
def test_a_text_without_words_finds_nothing(shop: Conn, text: str) -> None:
    assert found(shop, text) == []


@pytest.mark.parametrize("query", ["charge \\ card", "C:\\it's\\refund", "\\", "'\\'"])
def test_a_session_may_read_a_backslash_in_its_own_way(alone: Conn, database: str, query: str) -> None:
    """A function is parsed by the session that calls it, which may have standard_conforming_strings = off."""
    options = "-c standard_conforming_strings=off -c escape_string_warning=off"
    corpora.load(alone, TOOLS)
    with psycopg.connect(database, options=options) as conn:
        assert found(conn, query) == found(alone, query)
        assert names(conn, "recommend_tools", query) == names(alone, "recommend_tools", query)


def test_a_result_says_what_the_tool_is(shop: Conn) -> None:
    row = shop.execute("SELECT * FROM api.search_tools('charge', max_results => 1)").fetchone()

    assert row
    assert row[:7] == ("process_payment", "Process payment", "Charge a card once.", "PAYMENT", "active", "api", None)
    assert row[7] > 0


def test_an_unknown_word_hides_nothing(shop: Conn) -> None:
    """Each word that matches counts; none has to."""
    assert found(shop, "zzyzx refund")[:1] == ["new_refund"]
    assert found(shop, "zzyzx") == []


def test_a_word_in_the_name_counts_more_than_one_in_a_parameter(conn: Conn) -> None:
    described = {"description": "Something else."}
    corpora.load(
        conn,
        [
            tool("a", metadata=described, inputSchema=takes(weather=STRING)),
            tool("b", metadata={"description": "Has weather inside."}),
            tool("weather", metadata=described),
        ],
    )

    assert found(conn, "weather") == ["weather", "b", "a"]


def test_a_rare_word_counts_more_than_a_common_one(conn: Conn) -> None:
    corpora.load(conn, [*(tool(f"report_{n}") for n in range(20)), tool("tide", metadata={"description": "Tide."})])

    assert found(conn, "report tide")[0] == "tide"


@pytest.mark.parametrize(
    "text",
    [
        "a & | ! ( ) <-> :* 'b' \\",
        "foo:*A | bar & !baz",
        "'; DROP TABLE registry.tools; --",
        "$.a ? (@ > 1) && strict $.**",
        "%_%",
        "' \\' ''",
        "x" * 1_000_000,
        "payment " * 125_000,
        "\u202e\U0001d54f",
        " ".join(f"word{number}" for number in range(3000)),
    ],
    ids=lambda text: text[:20],
)
def test_any_text_is_safe(shop: Conn, text: str) -> None:
    found(shop, text)
    found(shop, "refund", category=text, tag=text, owner=text)
    names(shop, "recommend_tools", text, text)

    assert found(shop, "refund") == ["new_refund", "refund_payment"]


@given(text=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")))
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_text_fails(shop: Conn, text: str) -> None:
    found(shop, text)


@pytest.mark.parametrize("text", [b"\xff\xfe", b"a\x00b"])
def test_what_is_no_text_is_refused(shop: Conn, text: bytes) -> None:
    with pytest.raises((errors.CharacterNotInRepertoire, errors.UntranslatableCharacter)):
        shop.execute("SELECT * FROM api.search_tools(convert_from(%s, 'UTF8'))", (text,))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"max_results": 0}, "max_results is 0; expected a number from 1 to 1000"),
        ({"max_results": -1}, "max_results is -1;"),
        ({"max_results": 2_000_000_000}, "max_results is 2000000000;"),
        ({"max_results": None}, "max_results is NULL;"),
        ({"lifecycle": "new"}, 'lifecycle is "new"; expected experimental, active, deprecated or retired'),
    ],
)
def test_an_argument_that_cannot_be_is_named(shop: Conn, arguments: dict[str, object], message: str) -> None:
    with pytest.raises(errors.InvalidParameterValue, match=message):
        found(shop, "refund", **arguments)


# ---- Schemas


def test_a_piece_of_a_schema_finds_input_and_output(conn: Conn) -> None:
    piece = {"properties": {"amount": {"type": "integer"}}}
    corpora.load(
        conn,
        [
            tool("a", inputSchema=takes(amount=INTEGER)),
            tool("b", inputSchema=takes(), outputSchema=takes(amount=INTEGER | {"minimum": 1})),
            tool("c", inputSchema=takes(amount=INTEGER), outputSchema=takes(amount=INTEGER)),
            tool("d", inputSchema=takes(amount=STRING)),
            tool("e", inputSchema=takes(amount=INTEGER), lifecycle="retired"),
        ],
    )

    rows = conn.execute("SELECT name, matched FROM api.search_tools_by_schema(%s)", (Jsonb(piece),)).fetchall()

    assert rows == [("a", ["input"]), ("b", ["output"]), ("c", ["input", "output"])]


@pytest.mark.parametrize("fragment", [None, Jsonb({}), Jsonb([]), Jsonb("a"), Jsonb(1)], ids=str)
def test_what_is_no_piece_of_a_schema_is_refused(conn: Conn, fragment: object) -> None:
    with pytest.raises(errors.InvalidParameterValue, match=r"fragment is .*; expected a piece of JSON Schema"):
        names(conn, "search_tools_by_schema", fragment)


@pytest.mark.parametrize(
    ("schema", "type", "fits"),
    [
        (STRING, None, True),
        (STRING, "string", True),
        (STRING, "integer", False),
        ({"type": ["string", "null"]}, "null", True),
        ({"enum": ["a", 1]}, "number", True),
        ({"enum": ["a", 1]}, "object", False),
        ({"const": None}, "null", True),
        ({}, "array", True),
        (True, "array", True),
        (False, "array", False),
    ],
)
def test_tools_are_found_by_a_parameter(conn: Conn, schema: object, type: str | None, *, fits: bool) -> None:  # noqa: A002  As in SQL.
    corpora.load(conn, [tool("a", inputSchema=takes(it=schema)), tool("b", inputSchema=takes(other=schema))])

    assert names(conn, "tools_with_parameter", "it", type) == (["a"] if fits else [])


@pytest.mark.parametrize("name", ["a.b", "$", "%", "it's", '"', "\\", "a]b", "🙂", "x" * 100_000])
def test_the_name_of_a_parameter_is_no_pattern(conn: Conn, name: str) -> None:
    corpora.load(conn, [tool("a", inputSchema=takes(it=STRING)), tool("b", inputSchema=takes(**{name[:64]: STRING}))])

    assert names(conn, "tools_with_parameter", name) == (["b"] if len(name) <= 64 else [])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [(("", None), 'parameter is "";'), ((None, None), "parameter is NULL"), (("a", "int"), 'type is "int"')],
)
def test_a_parameter_that_cannot_be_is_refused(conn: Conn, arguments: Sequence[object], message: str) -> None:
    with pytest.raises(errors.InvalidParameterValue, match=message):
        names(conn, "tools_with_parameter", *arguments)


@pytest.mark.parametrize(
    ("schema", "arguments", "accepted"),
    [
        (takes("a", a=STRING, b=STRING), {"a": "x"}, True),
        (takes("a", a=STRING), {}, False),
        (takes("a", a=STRING), {"a": "x", "b": 1}, False),
        (takes(a=STRING), {}, True),
        ({"type": "object"}, {}, True),
        ({"type": "object"}, {"a": 1}, False),
        (takes(a=INTEGER), {"a": 2.0}, True),
        (takes(a=INTEGER), {"a": 1e300}, True),
        (takes(a=INTEGER), {"a": 2.5}, False),
        (takes(a=NUMBER), {"a": 2}, True),
        (takes(a=STRING), {"a": None}, False),
        (takes(a={"type": ["string", "null"]}), {"a": None}, True),
        (takes(a={"type": "boolean"}), {"a": False}, True),
        (takes(a={"type": "array"}), {"a": []}, True),
        (takes(a={"type": "object"}), {"a": []}, False),
        (takes(a={"enum": ["x", 1]}), {"a": 1.0}, True),
        (takes(a={"enum": ["x", [1, 2]]}), {"a": [1]}, False),
        (takes(a={"const": "x"}), {"a": "x"}, True),
        (takes(a={"const": "x"}), {"a": "y"}, False),
        (takes(a=True), {"a": "y"}, True),
        (takes(a=False), {"a": "y"}, False),
        (takes(a={"description": "Anything."}), {"a": {}}, True),
    ],
)
def test_tools_are_found_by_the_arguments_they_accept(
    conn: Conn, schema: dict[str, Any], arguments: dict[str, Any], *, accepted: bool
) -> None:
    corpora.load(conn, [tool("it", inputSchema=schema)])

    assert names(conn, "tools_accepting", Jsonb(arguments)) == (["it"] if accepted else [])


@pytest.mark.parametrize("arguments", [None, Jsonb([]), Jsonb("a"), Jsonb(None)], ids=str)
def test_arguments_are_an_object(conn: Conn, arguments: object) -> None:
    with pytest.raises(errors.InvalidParameterValue, match=r"arguments is .*; expected a JSON object"):
        names(conn, "tools_accepting", arguments)


def test_deep_and_large_json_is_searched(shop: Conn) -> None:
    deep = '{"a":' * 1000 + "1" + "}" * 1000
    large = json.dumps({f"a{number}": "x" * 100 for number in range(10_000)})

    for text in (deep, large):
        assert names(shop, "search_tools_by_schema", text) == []
        assert names(shop, "tools_accepting", text) == []


@pytest.mark.parametrize(
    ("output", "schema", "fed"),
    [
        (takes(id=STRING), takes("id", id=STRING), True),
        (takes(id=STRING, more=STRING), takes("id", id=STRING, other=STRING), True),
        (takes(id=STRING), takes("id", "other", id=STRING, other=STRING), False),
        (takes(id=STRING), takes(id=STRING), False),
        (takes(id=INTEGER), takes("id", id=NUMBER), True),
        (takes(id=NUMBER), takes("id", id=INTEGER), False),
        (takes(id={"type": ["string", "null"]}), takes("id", id=STRING), True),
        (takes(id=STRING), takes("id", id=INTEGER), False),
        (takes(id={"enum": ["a"]}), takes("id", id=STRING), True),
        (takes(id={}), takes("id", id=INTEGER), True),
        (None, takes("id", id=STRING), False),
    ],
)
def test_tools_are_found_by_what_feeds_them(
    conn: Conn, output: dict[str, Any] | None, schema: dict[str, Any], *, fed: bool
) -> None:
    written: dict[str, Any] = {"outputSchema": output} if output else {}
    corpora.load(conn, [tool("source", inputSchema=takes(), **written), tool("target", inputSchema=schema)])

    assert names(conn, "tools_fed_by", "source") == (["target"] if fed else [])


@pytest.mark.parametrize("name", ["nothing", "", None, "' OR true"])
def test_a_tool_that_is_not_there_feeds_nobody(shop: Conn, name: str | None) -> None:
    with pytest.raises(errors.InvalidParameterValue, match="expected the name of a tool of this registry"):
        names(shop, "tools_fed_by", name)


def test_a_schema_that_was_broken_by_hand_breaks_no_search(conn: Conn) -> None:
    """One row that no manifest could have made must not hide the others."""
    broken: dict[str, Any] = {"type": "object", "required": "id", "properties": ["id"]}
    corpora.load(
        conn,
        [
            tool("source", inputSchema=takes(), outputSchema=takes(id=STRING)),
            tool("target", inputSchema=takes("id", id=STRING)),
            tool("broken", metadata={"description": "target"}, inputSchema=broken),
        ],
    )

    assert "target" in names(conn, "tools_fed_by", "source")
    assert names(conn, "tools_accepting", Jsonb({"id": "x"})) == ["target"]
    assert names(conn, "tools_with_parameter", "id") == ["target"]
    assert found(conn, "target")[0] == "target"


DRAFT_07 = {"$schema": "http://json-schema.org/draft-07/schema#"}
BY_REFERENCE: list[dict[str, Any]] = [
    takes("id", id={"$ref": "#/definitions/Id"}) | {"definitions": {"Id": STRING}},
    takes("id", id={"$ref": "#/$defs/a~1b~0"}) | {"$defs": {"a/b~": STRING}},
    takes("id", id={"$ref": "#/properties/other"}, other=STRING),
    {
        "type": "object",
        "$ref": "#/definitions/Arguments",
        "definitions": {"Arguments": takes("id", id={"$ref": "#/definitions/Id"}), "Id": {"$ref": "#/$defs/Id"}},
        "$defs": {"Id": STRING},
    },
]


@pytest.mark.parametrize("dialect", [{}, DRAFT_07], ids=["2020-12", "draft-07"])
@pytest.mark.parametrize("schema", BY_REFERENCE)
def test_parameters_are_found_behind_references(conn: Conn, schema: dict[str, Any], dialect: dict[str, Any]) -> None:
    """As generators of draft-07 write them: definitions, and a $ref at the root."""
    schema = dialect | schema
    corpora.load(
        conn,
        [tool("a", inputSchema=schema, toolName="A/1"), tool("source", inputSchema=takes(), outputSchema=schema)],
    )

    assert names(conn, "tools_with_parameter", "id") == names(conn, "tools_with_parameter", "id", "string") == ["a"]
    assert names(conn, "tools_with_parameter", "id", "integer") == []
    assert conn.execute("SELECT required, tool_name FROM api.tools_with_parameter('id')").fetchall() == [(True, "A/1")]
    assert names(conn, "tools_accepting", Jsonb({"id": "x"})) == ["a"]
    assert names(conn, "tools_accepting", Jsonb({"id": 1})) == []
    assert names(conn, "tools_accepting", Jsonb({})) == ["source"]
    assert names(conn, "tools_fed_by", "source") == ["a"]


def test_draft_07_ignores_what_stands_beside_a_reference(conn: Conn) -> None:
    schema = takes(id={"$ref": "#/definitions/Id", "type": "integer", "description": "Beside."})
    schema["definitions"] = {"Id": STRING | {"description": "Behind."}}
    corpora.load(conn, [tool("old", inputSchema=DRAFT_07 | schema), tool("new", inputSchema=schema)])

    found = conn.execute("SELECT name, types, description FROM api.tools_with_parameter('id')").fetchall()

    assert found == [("new", ["integer"], "Beside."), ("old", ["string"], "Behind.")]


@pytest.mark.parametrize(
    "schema",
    [
        takes(id={"$ref": "#/properties/id"}),
        takes(id={"$ref": "#/properties/other"}, other={"$ref": "#/properties/id"}),
        takes(id={"$ref": "#/nowhere"}),
        takes(id={"$ref": "#anchor"}),
        takes(id={"$ref": "#"}),
        takes(id={"$ref": 1}),
        takes(id={"items": [STRING], "additionalItems": False, "dependencies": {"a": ["b"]}}),
        takes(id=STRING) | {"$ref": "#"},
        takes(id=STRING) | {"$ref": "#/properties"},
    ],
)
def test_a_reference_that_leads_nowhere_or_round_ends(conn: Conn, schema: dict[str, Any]) -> None:
    corpora.load(conn, [tool("a", inputSchema=schema, outputSchema=schema)])

    assert names(conn, "tools_with_parameter", "id") == ["a"]
    assert names(conn, "tools_fed_by", "a") == []
    names(conn, "tools_accepting", Jsonb({"id": "x"}))


def test_an_output_that_is_no_object_feeds_nobody(conn: Conn) -> None:
    corpora.load(
        conn, [tool("a", outputSchema={"type": "array", "items": STRING}), tool("b", inputSchema=takes("a", a={}))]
    )

    assert names(conn, "tools_fed_by", "a") == []


def test_every_search_says_by_which_name_a_tool_is_called(conn: Conn) -> None:
    corpora.load(
        conn,
        [
            tool("source", inputSchema=takes(), outputSchema=takes(amount=INTEGER), lifecycle="experimental"),
            tool("charge", inputSchema=takes("amount", amount=INTEGER), toolName="Pay/it"),
        ],
    )

    for call in (
        "search_tools('charge')",
        "recommend_tools('charge')",
        'search_tools_by_schema(\'{"required": ["amount"]}\')',
        "tools_with_parameter('amount')",
        "tools_accepting('{\"amount\": 1}')",
        "tools_fed_by('source')",
        "active_tools",
        "active_tools_with_nodes",
    ):
        statement = sql.SQL("SELECT name, tool_name FROM api.{}").format(sql.SQL(call))
        assert conn.execute(statement).fetchall() == [("charge", "Pay/it")], call


def test_the_words_of_the_largest_file_fit_into_the_index(alone: Conn) -> None:
    """The most words, of the characters that take the most bytes; names that capitals part count twice."""
    drawn = random.Random(1)  # noqa: S311  No secret.

    def word(length: int) -> str:
        return "".join(map(chr, drawn.choices(range(0x20000, 0x2A000), k=length)))

    names = {f"{word(250)}aB{word(250)}": {"description": " ".join(word(1) for _ in range(150))} for _ in range(198)}
    description = " ".join(word(500) for _ in range(65))[:32768]
    corpora.load(
        alone,
        [
            tool("large", metadata={"description": description, "title": word(512)}, inputSchema=takes(**names)),
            tool("deep", inputSchema=takes(**{word(2): {"description": word(500)} for _ in range(300)})),
        ],
    )

    assert found(alone, description[:500]) == ["large"]


# ---- What callers prove


DEMANDS: list[tuple[dict[str, Any], tuple[object, ...]]] = [
    ({"type": "none"}, ("none", None, None, None, [], {})),
    (
        {"type": "apiKey", "in": "header", "name": "X-Key", "credentials": {"apiKey": "env:KEY"}},
        ("apiKey", None, "header", "X-Key", [], {"apiKey": "env:KEY"}),
    ),
    ({"type": "apiKey", "in": "cookie", "name": "sid"}, ("apiKey", None, "cookie", "sid", [], {})),
    ({"type": "apiKey", "in": "query", "name": "key"}, ("apiKey", None, "query", "key", [], {})),
    (
        {"type": "http", "scheme": "Basic", "credentials": {"password": "vault:a#b"}},
        ("http", "basic", "header", "Authorization", [], {"password": "vault:a#b"}),
    ),
    (
        {
            "type": "oauth2",
            "flows": {
                "clientCredentials": {"tokenUrl": "https://a.example/t", "scopes": {"b": "B", "a": "A"}},
                "deviceAuthorization": {"tokenUrl": "https://a.example/t", "scopes": {"a": "A", "c": "C"}},
            },
        },
        ("oauth2", "bearer", "header", "Authorization", ["a", "b", "c"], {}),
    ),
    (
        {"type": "openIdConnect", "openIdConnectUrl": "https://a.example/o"},
        ("openIdConnect", "bearer", "header", "Authorization", [], {}),
    ),
    (
        {"type": "mutualTLS", "credentials": {"privateKey": "vault:a#b"}},
        ("mutualTLS", None, "connection", None, [], {"privateKey": "vault:a#b"}),
    ),
]


@pytest.mark.parametrize(("auth", "expected"), DEMANDS)
def test_a_tool_says_what_its_service_demands(conn: Conn, auth: dict[str, Any], expected: tuple[object, ...]) -> None:
    corpora.load(conn, [service("guarded", auth=auth), tool("it", service="guarded")])

    row = conn.execute(
        "SELECT type, scheme, location, parameter, scopes, secrets, flows, open_id_connect_url FROM api.tool_auth"
    ).fetchone()

    assert row == (*expected, sorted(auth.get("flows", {})), auth.get("openIdConnectUrl"))


@pytest.mark.parametrize("key", ["type", "in"])
def test_every_way_to_authenticate_that_can_be_declared_is_tried(key: str) -> None:
    schema = json.loads((SCHEMAS / "service.schema.json").read_text("utf-8"))
    known = schema["$defs"]["auth"]["properties"][key]["enum"]

    assert {auth[key] for auth, _ in DEMANDS if key in auth} == {*known}


# ---- Who, and how


@pytest.mark.parametrize("role", ROLES)
def test_every_role_searches(shop: Conn, role: str) -> None:
    shop.execute(f"SET ROLE {role}".encode())

    assert found(shop, "refund", tag="none") == []
    assert found(shop, "refund")[0] == "new_refund"
    assert names(shop, "search_tools_by_schema", Jsonb({"type": "object"}))
    assert names(shop, "tools_with_parameter", "amount", "integer")
    assert names(shop, "tools_accepting", Jsonb({"amount": 1}))
    assert names(shop, "tools_fed_by", "http_probe") == []
    assert names(shop, "recommend_tools", "refund", "agent")
    assert shop.execute("SELECT * FROM api.tool_auth").fetchall()


@pytest.mark.parametrize(
    ("index", "statement"),
    [
        ("tools_by_words", "SELECT * FROM api.search_tools('cancel the refund of an order')"),
        (
            "tools_by_input_schema",
            """SELECT * FROM api.search_tools_by_schema('{"properties": {"limit": {"default": 20}}}')""",
        ),
        (
            "tools_by_output_schema",
            """SELECT * FROM api.search_tools_by_schema('{"properties": {"limit": {"default": 20}}}')""",
        ),
        ("tools_by_parameter", "SELECT * FROM api.tools_with_parameter('email')"),
        ("tools_by_parameter", """SELECT * FROM api.tools_accepting('{"email": "a@example.com", "note": null}')"""),
        ("tools_by_required_parameter", "SELECT * FROM api.tools_fed_by('source')"),
    ],
)
def test_an_index_serves_each_search(many: Conn, index: str, statement: str) -> None:
    """Counted where the search ran: the index was read, and the table never from end to end."""
    with many.transaction():
        # So few rows are read as fast without an index; a hundred thousand are not.
        many.execute("SET LOCAL enable_seqscan = off")
        before = reads(many, index)
        many.execute(statement.encode())
        after = reads(many, index)

    assert after[0] > before[0]
    assert after[1] == before[1]


def reads(conn: Conn, index: str) -> tuple[int, int]:
    row = conn.execute(
        "SELECT pg_stat_get_xact_numscans(('registry.' || %s)::regclass),"
        " pg_stat_get_xact_numscans('registry.tools'::regclass)",
        (index,),
    ).fetchone()
    assert row
    return row[0], row[1]


@pytest.fixture(scope="module")
def many(server: str, template: str) -> Any:
    """A connection to a database with some thousands of tools, analyzed."""
    with copy(server, template) as conninfo, psycopg.connect(as_superuser(conninfo), autocommit=True) as conn:
        source = tool("source", outputSchema=takes(email=STRING))
        corpora.load(conn, [source, *(made for _, made in resources(3500) if made["kind"] != "Registry")])
        conn.execute("ANALYZE registry.tools")
        yield conn


def test_among_many_the_best_are_those_of_an_exhaustive_search(many: Conn) -> None:
    """Rare words choose which tools are looked at: the name that holds all words is still the first.

    A deprecated tool may rank below tools that match less.
    """
    for (name,) in many.execute(
        "SELECT name FROM registry.tools WHERE lifecycle NOT IN ('deprecated', 'retired') ORDER BY digest LIMIT 50"
    ).fetchall():
        assert name in found(many, f"please {name.replace('_', ' ')} for the customer")[:3]


def test_before_statistics_are_there_a_search_gives_the_same(many: Conn) -> None:
    question = "find the refund history of a customer"
    with_statistics = found(many, question)
    with many.transaction(force_rollback=True):
        many.execute("DELETE FROM pg_statistic WHERE starelid = 'registry.tools'::regclass")

        assert found(many, question)[:5] == with_statistics[:5]


# ---- Quality

present = pytest.mark.skipif(not corpora.QUESTIONS.exists(), reason=corpora.ABSENT)


@present
def test_the_right_tool_is_among_the_first(alone: Conn) -> None:
    """The goals of issue 3 on the 2,000 questions of MetaTool, on words alone."""
    corpus = corpora.metatool()
    corpora.load(alone, corpus.tools)

    quality = searching.quality(alone, corpus)

    assert quality.in_five >= 0.66
    assert quality.mrr >= 0.54


@present
def test_the_ranking_is_not_fitted_to_one_set_of_questions(alone: Conn) -> None:
    """Questions derived from other tools, those of MCP servers: their own first sentences, left out of the tools."""
    corpus = corpora.first_sentences()
    corpora.load(alone, corpus.tools)

    quality = searching.quality(alone, corpus)

    assert quality.in_five >= 0.95
    assert quality.mrr >= 0.8


def test_the_filters_of_a_search_are_planned_into_the_query(alone: Conn) -> None:
    """PostgreSQL inlines the function, so that an index answers what the query adds."""
    alone.execute(b"SET enable_seqscan = off")
    filtered = b"internal.filtered_tools('DATA', 'read', 'team', NULL)"
    query = b"EXPLAIN SELECT id FROM " + filtered + b" WHERE search @@ 'word'::tsquery"

    plan = "\n".join(row[0] for row in alone.execute(query))

    assert "Function Scan" not in plan
