"""Recommending tools: what matches, what is called next to it, what is declared, how it went, what can be called."""

from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import errors

from tests import corpora
from tests.builders import service, tool
from tests.roles import as_superuser

Conn = psycopg.Connection[Any]

TOOLS = [
    tool("refund_payment", metadata={"description": "Give back the money of a payment."}),
    tool("refund_order", metadata={"description": "Give back the money of an order."}),
    tool("send_mail", metadata={"description": "Write to somebody."}),
    tool("find_customer", metadata={"description": "Look somebody up."}),
    tool("gone_refund", metadata={"description": "Refund."}, lifecycle="retired"),
    service(
        "personal-assistant",
        type="agent",
        recommendedTools=["find_customer"],
        usesTools=["find_customer", "send_mail"],
    ),
]


@pytest.fixture
def conn(undone: Conn) -> Conn:
    """A connection to a database, whose changes are undone."""
    return undone


@pytest.fixture
def shop(conn: Conn) -> Conn:
    """A connection to a database with some tools of a shop, and an agent."""
    corpora.load(conn, TOOLS)
    return conn


def recommended(conn: Conn, task: object, agent: object = None, most: object = 5) -> dict[str, tuple[float, list[str]]]:
    """Return what is recommended, best first: the score and the reasons by name."""
    rows = conn.execute("SELECT name, score, reasons FROM api.recommend_tools(%s, %s, %s)", (task, agent, most))
    return {name: (score, reasons) for name, score, reasons in rows}


def called(
    conn: Conn, name: str, calls: int, *, successes: int | None = None, agent: str = "a", ms: float = 100
) -> None:
    """Count calls of a tool in the last hour."""
    succeeded = calls if successes is None else successes
    conn.execute(
        "WITH made AS (INSERT INTO runtime.series (tool_id, tool, agent) SELECT id, name, %s FROM registry.tools"
        " WHERE name = %s RETURNING id)"
        " INSERT INTO runtime.invocation_rollup"
        " SELECT date_trunc('hour', now()), made.id, %s, %s, %s, 0, 0, %s, %s, 0, 0, now() FROM made",
        (agent, name, calls, succeeded, calls - succeeded, calls * ms, ms),
    )


def followed(conn: Conn, name: str, after: str, calls: int, agent: str = "a") -> None:
    """Count calls of a tool right after another one."""
    conn.execute("INSERT INTO runtime.tool_successions VALUES (%s, %s, %s, %s, now())", (after, name, agent, calls))


def test_with_an_empty_log_words_choose(shop: Conn) -> None:
    found = recommended(shop, "refund this payment")

    assert list(found) == ["refund_payment", "refund_order"]
    assert found["refund_payment"][1] == ["the words refund, payment match"]
    assert found["refund_order"][1] == ["the word refund matches"]


@pytest.mark.parametrize("task", [None, "", "the", "zzyzx"])
def test_with_nothing_known_nothing_is_recommended(shop: Conn, task: str | None) -> None:
    assert recommended(shop, task, "unknown") == {}


def test_an_empty_task_goes_by_use(shop: Conn) -> None:
    called(shop, "send_mail", 30, agent="other")
    called(shop, "find_customer", 10)

    assert list(recommended(shop, None)) == ["send_mail", "find_customer"]
    assert list(recommended(shop, "", "a")) == ["find_customer", "send_mail"]
    assert recommended(shop, "", "a")["find_customer"][1] == [
        "called 10 times by this agent in 30 days",
        "100.0 % of 10 calls in 30 days succeeded, in 100 ms on average",
    ]


@pytest.mark.parametrize("task", ["the", "...", "%_\\"])
def test_a_task_without_words_goes_by_use_and_says_so(shop: Conn, task: str) -> None:
    called(shop, "send_mail", 30, agent="other")

    found = recommended(shop, task)

    assert list(found) == ["send_mail"]
    assert found["send_mail"][1][0] == "no word of the task is known"


def test_what_is_called_next_to_a_match_comes_with_it(shop: Conn) -> None:
    followed(shop, "send_mail", "refund_payment", 36)
    followed(shop, "find_customer", "refund_payment", 1, "b")

    mine = recommended(shop, "refund payment", "a")

    assert mine["send_mail"][1] == ["called 36 times by this agent after refund_payment"]
    assert mine["find_customer"][1] == ["called once by other agents after refund_payment"]
    assert list(mine)[-2:] == ["send_mail", "find_customer"]


def test_what_others_call_next_counts_and_what_this_agent_does_counts_more(shop: Conn) -> None:
    followed(shop, "send_mail", "refund_payment", 5, "other")
    followed(shop, "find_customer", "refund_payment", 4, "a")

    for agent, order in (("a", ["find_customer", "send_mail"]), ("b", ["send_mail", "find_customer"])):
        found = recommended(shop, "refund payment", agent)
        assert list(found)[-2:] == order
        assert all(score > 0 for score, _ in found.values())


@pytest.mark.parametrize(
    "agent", ["personal-assistant", "Personal-Assistant", "PersonalAssistant_001", "personal_assistant"]
)
def test_a_service_recommends_for_the_agent_of_its_name(shop: Conn, agent: str) -> None:
    found = recommended(shop, "", agent)

    assert found["find_customer"][1] == ["recommended by service personal-assistant"]
    assert found["send_mail"][1] == ["declared as used by service personal-assistant"]
    assert list(found) == ["find_customer", "send_mail"]


def test_of_two_that_match_the_one_that_succeeds_is_first(shop: Conn) -> None:
    called(shop, "refund_payment", 1000, successes=100)
    called(shop, "refund_order", 1000, successes=992, ms=1234)

    found = recommended(shop, "refund")

    assert list(found) == ["refund_order", "refund_payment"]
    assert "99.2 % of 1,000 calls in 30 days succeeded, in 1,234 ms on average" in found["refund_order"][1]


@pytest.mark.parametrize(("slower", "faster"), [("refund_payment", "refund_order"), ("refund_order", "refund_payment")])
def test_of_two_that_match_the_faster_one_is_first(shop: Conn, slower: str, faster: str) -> None:
    """Whichever it is: names decide between equals."""
    called(shop, slower, 1000, ms=60_000)
    called(shop, faster, 1000, ms=10)

    assert list(recommended(shop, "refund")) == [faster, slower]


def test_use_and_company_of_long_ago_count_no_more(shop: Conn) -> None:
    before = recommended(shop, "refund payment", "a")
    called(shop, "refund_payment", 1000, successes=0)
    followed(shop, "send_mail", "refund_payment", 36)
    assert recommended(shop, "refund payment", "a") != before
    shop.execute(b"UPDATE runtime.invocation_rollup SET hour = hour - interval '31 days'")
    shop.execute(b"UPDATE runtime.tool_successions SET last_at = last_at - interval '31 days'")

    assert recommended(shop, "refund payment", "a") == before


def test_what_is_called_next_in_a_trace_is_recommended_once_it_is_rolled_up(database: str) -> None:
    """From the call that is logged to what is recommended."""
    with psycopg.connect(as_superuser(database), autocommit=True) as shop:
        corpora.load(shop, TOOLS)
        for name in ("refund_payment", "send_mail"):
            shop.execute(
                "SELECT api.log_invocation(%s, 'success', 1, 'a', trace_id => %s, span_id => %s)",
                (name, "a" * 32, name[0].encode().hex().rjust(16, "1")),
            )
        before = recommended(shop, "refund payment", "a")
        shop.execute("SELECT api.rollup_invocations()")
        after = recommended(shop, "refund payment", "a")["send_mail"][1]

    assert "send_mail" not in before
    assert after[0] == "called once by this agent after refund_payment"


def test_a_single_failure_condemns_nobody(shop: Conn) -> None:
    before = recommended(shop, "refund payment")["refund_payment"][0]
    called(shop, "refund_payment", 1, successes=0)

    assert recommended(shop, "refund payment")["refund_payment"][0] > before * 0.9


@pytest.mark.parametrize("lifecycle", ["deprecated", "experimental"])
def test_a_lifecycle_lowers(conn: Conn, lifecycle: str) -> None:
    described = {"description": "Refund."}
    corpora.load(conn, [tool("a", metadata=described, lifecycle=lifecycle), tool("b", metadata=described)])

    found = recommended(conn, "refund")

    assert list(found) == ["b", "a"]
    assert found["a"][1] == ["the word refund matches", lifecycle]


def test_what_is_retired_is_never_recommended(shop: Conn) -> None:
    called(shop, "gone_refund", 1000)

    assert "gone_refund" not in recommended(shop, "gone refund")
    assert recommended(shop, "") == {}


def override(conn: Conn, name: str, status: str, reason: str, until: str = "infinity") -> None:
    """Have an operator set the status of a tool."""
    conn.execute(
        "INSERT INTO runtime.tool_overrides (tool_id, status, reason, until, set_at)"
        " SELECT id, %s, %s, nullif(%s::timestamptz, 'infinity'), '2019-01-01' FROM registry.tools WHERE name = %s",
        (status, reason, until, name),
    )


def silence(conn: Conn, name: str) -> None:
    """Have the node of a tool not answer."""
    conn.execute(
        "INSERT INTO runtime.tool_statuses (tool_id, status, reason)"
        " SELECT id, 'unavailable', 'node worker is silent' FROM registry.tools WHERE name = %s",
        (name,),
    )


def test_what_an_operator_took_out_of_service_is_last_and_says_so(shop: Conn) -> None:
    override(shop, "refund_payment", "unavailable", "bank is down")

    found = recommended(shop, "refund payment")

    assert list(found) == ["refund_order", "refund_payment"]
    assert found["refund_payment"][1][0] == "unavailable: an operator took it out of service: bank is down"


def test_an_override_that_is_over_counts_no_more(shop: Conn) -> None:
    override(shop, "refund_payment", "unavailable", "bank is down", until="2020-01-01")

    assert list(recommended(shop, "refund payment")) == ["refund_payment", "refund_order"]


def test_a_tool_whose_node_is_silent_is_last_unless_an_operator_keeps_it(shop: Conn) -> None:
    silence(shop, "refund_payment")
    before = recommended(shop, "refund payment")
    override(shop, "refund_payment", "available", "the node is fine")

    assert list(before) == ["refund_order", "refund_payment"]
    assert before["refund_payment"][1][0] == "unavailable: node worker is silent"
    assert list(recommended(shop, "refund payment")) == ["refund_payment", "refund_order"]


def test_scores_are_shares(shop: Conn) -> None:
    """The best that there can be is 1: it matches best, is declared, used most, and always succeeds at once."""
    called(shop, "find_customer", 1_000_000, agent="personal-assistant", ms=0)
    followed(shop, "find_customer", "send_mail", 1_000_000, agent="personal-assistant")

    found = recommended(shop, "somebody", "personal-assistant")

    assert next(iter(found)) == "find_customer"
    assert all(0 < score <= 1 for score, _ in found.values())
    assert found["find_customer"][0] > 0.9


@pytest.mark.parametrize("most", [0, -1, 101, 2_000_000_000, None])
def test_the_number_of_results_is_bounded(shop: Conn, most: int | None) -> None:
    with pytest.raises(errors.InvalidParameterValue, match=r"max_results is .*; expected a number from 1 to 100"):
        recommended(shop, "refund", None, most)


def test_fewer_can_be_asked_for(shop: Conn) -> None:
    assert list(recommended(shop, "refund payment", None, 1)) == ["refund_payment"]


TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))


@given(task=TEXT, agent=TEXT)
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_text_fails(shop: Conn, task: str, agent: str) -> None:
    recommended(shop, task, agent)


@pytest.mark.parametrize("text", ["%", "' OR true --", "a & b:*", "$.**", "\\", "x" * 1_000_000, "a-" * 500_000])
def test_no_text_means_anything_else(shop: Conn, text: str) -> None:
    """As an agent, none of these is the name of a service."""
    assert recommended(shop, "", text) == {}
    recommended(shop, text, text)


@pytest.mark.parametrize("role", ["toolreg_reader", "toolreg_agent", "toolreg_reconciler"])
def test_every_role_is_recommended_tools(shop: Conn, role: str) -> None:
    called(shop, "refund_payment", 7)
    shop.execute(f"SET ROLE {role}".encode())

    assert list(recommended(shop, "refund payment", "a")) == ["refund_payment", "refund_order"]
