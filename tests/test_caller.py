"""Who calls: the role that acts, or the claim of a login that is trusted; behind one login of many, too."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import psycopg
import pytest
from psycopg import errors

from reconciler.assets import SQL
from tests.builders import Repository, tool
from tests.conftest import Begin, Beginning, Toolreg
from tests.roles import GATEWAY, as_superuser, login

pytestmark = pytest.mark.usefixtures("begun")

Conn = psycopg.Connection[Any]
GROUPS: Final = ("toolreg_reader", "toolreg_agent", "toolreg_reconciler")
CALL: Final = "SELECT api.log_invocation('lookup', 'success', 1, arguments => '{\"card\": \"4111\"}')"
ARTIFACT: Final = "SELECT api.register_artifact('lookup', 's3://results/' || gen_random_uuid(), 'text/plain', 1)"


@pytest.fixture(scope="module")
def beginning(begin: Begin) -> Beginning:
    """A tool to call."""

    def fill(repository: Repository, toolreg: Toolreg) -> None:
        repository.add(tool("lookup"))
        repository.commit()
        assert toolreg("apply").code == 0

    return begin(fill)


@contextmanager
def gateway(database: str, *groups: str) -> Iterator[Conn]:
    """Yield a connection of a login as HTTP layers have: it has the rights of a role only after SET ROLE."""
    with (
        login(database, *GROUPS, *groups, attributes="NOINHERIT") as conninfo,
        psycopg.connect(conninfo, autocommit=True) as conn,
    ):
        yield conn


def ask(conn: Conn, role: str, statement: str, claims: object = None) -> Any:
    """Return the value of a statement as a request of PostgREST has it: a transaction with a role and claims."""
    text = claims if isinstance(claims, str) else json.dumps(claims)
    with conn.transaction():
        conn.execute(f"SET LOCAL ROLE {role}".encode())
        if claims is not None:
            conn.execute(b"SELECT set_config('request.jwt.claims', %s, true)", [text])
        found = conn.execute(statement.encode()).fetchone()
        return found and found[0]


def payload(call: int) -> str:
    return f"SELECT arguments FROM api.invocation_payload({call})"


def test_a_reader_behind_the_same_login_sees_no_payload(database: str) -> None:
    with gateway(database) as conn:
        call = ask(conn, "toolreg_agent", CALL)

        assert ask(conn, "toolreg_agent", payload(call)) == {"card": "4111"}
        assert ask(conn, "toolreg_reader", payload(call)) is None
        assert ask(conn, "toolreg_reconciler", payload(call)) is None
        assert ask(conn, "toolreg_reader", "SELECT agent || recorded_by FROM runtime.invocation_logs") == (
            "toolreg_agent" * 2
        )


def test_a_login_without_the_rights_of_its_roles_sees_nothing_until_it_takes_one(database: str) -> None:
    with gateway(database) as conn, pytest.raises(errors.InsufficientPrivilege):
        conn.execute(payload(1).encode())


def test_claims_of_a_trusted_login_say_who_calls(database: str) -> None:
    """Everywhere: payloads, artifacts, and who is recorded; what they may do is the role's."""
    alice, bob = {"sub": "alice", "role": "toolreg_agent"}, {"sub": "bob", "role": "toolreg_agent"}
    with gateway(database, GATEWAY) as conn:
        call = ask(conn, "toolreg_agent", CALL, alice)
        artifact = ask(conn, "toolreg_agent", ARTIFACT, alice)

        assert ask(conn, "toolreg_reader", "SELECT agent || ' ' || recorded_by FROM runtime.invocation_logs") == (
            "alice alice"
        )
        assert ask(conn, "toolreg_agent", payload(call), alice) == {"card": "4111"}
        assert ask(conn, "toolreg_agent", payload(call), bob) is None
        assert ask(conn, "toolreg_agent", payload(call)) is None
        with pytest.raises(
            errors.InsufficientPrivilege, match='artifact of "alice"; expected one that "bob" registered'
        ):
            ask(conn, "toolreg_agent", f"SELECT api.delete_artifact('{artifact}')", bob)
        assert ask(conn, "toolreg_agent", f"SELECT api.delete_artifact('{artifact}')", alice) is True
        artifact = ask(conn, "toolreg_agent", ARTIFACT, alice)
        assert ask(conn, "toolreg_reconciler", f"SELECT api.delete_artifact('{artifact}')", bob) is True


def test_claims_of_any_other_login_are_ignored(database: str) -> None:
    with gateway(database) as conn, login(database, "toolreg_agent") as agent:
        call = ask(conn, "toolreg_agent", CALL, {"sub": "alice"})
        assert ask(conn, "toolreg_reader", "SELECT recorded_by FROM runtime.invocation_logs") == "toolreg_agent"
        with psycopg.connect(agent, autocommit=True) as other:
            other.execute(b"""SELECT set_config('request.jwt.claims', '{"sub": "toolreg_agent"}', false)""")
            assert other.execute(payload(call).encode()).fetchone() is None
            assert other.execute(b"SELECT registry.caller()").fetchone() == (other.info.user,)


@pytest.mark.parametrize(
    "claims",
    [
        "",
        "{",
        "null",
        "[]",
        '"alice"',
        "{}",
        '{"sub": null}',
        '{"sub": ""}',
        '{"sub": "a\\u0000b"}',
        '{"sub": "a\\u001b[31m"}',
        '{"sub": "\\ud800"}',
        json.dumps({"sub": "a" * 257}),
        "[" * 100_000,
        '{"sub": 1e999999}',
    ],
    ids=lambda claims: claims[:20],
)
def test_claims_that_name_nobody_are_harmless(database: str, claims: str) -> None:
    with gateway(database, GATEWAY) as conn:
        ask(conn, "toolreg_agent", CALL, claims)

        assert ask(conn, "toolreg_reader", "SELECT recorded_by FROM runtime.invocation_logs") == "toolreg_agent"


def test_the_claim_that_names_the_caller_is_a_setting(database: str, conn: Conn) -> None:
    conn.execute(b"UPDATE runtime.settings SET caller_claim = 'email'")
    with gateway(database, GATEWAY) as through:
        assert ask(through, "toolreg_agent", "SELECT registry.caller()", {"sub": "1", "email": "a@example.com"}) == (
            "a@example.com"
        )


def test_to_be_a_gateway_is_no_other_right(database: str) -> None:
    with (
        login(database, GATEWAY) as conninfo,
        psycopg.connect(conninfo) as conn,
        pytest.raises(errors.InsufficientPrivilege),
    ):
        conn.execute(b"TABLE api.tools")


def test_a_function_of_somebody_else_in_between_changes_nothing(database: str, conn: Conn) -> None:
    """Also one with the rights of its owner: whoever called it is the caller."""
    conn.execute(
        b"CREATE FUNCTION public.between(call bigint) RETURNS jsonb LANGUAGE sql SECURITY DEFINER"
        b" RETURN (SELECT arguments FROM api.invocation_payload(call))"
    )
    ((mine,),) = conn.execute(CALL.encode()).fetchall()
    with login(database, "toolreg_agent") as conninfo, psycopg.connect(conninfo) as agent:
        ((its,),) = agent.execute(CALL.encode()).fetchall()

        assert agent.execute(b"SELECT public.between(%s)", [mine]).fetchone() == (None,)
        assert agent.execute(b"SELECT public.between(%s)", [its]).fetchone() == ({"card": "4111"},)


def test_a_session_that_was_given_to_another_role_is_that_role(database: str) -> None:
    with login(database, "toolreg_agent") as conninfo, psycopg.connect(as_superuser(database)) as conn:
        user = psycopg.conninfo.conninfo_to_dict(conninfo)["user"]
        conn.execute(f"SET SESSION AUTHORIZATION {user}".encode())
        assert conn.execute(b"SELECT registry.caller()").fetchone() == (user,)
    with login(database) as stranger, login(database, "toolreg_agent") as conninfo, psycopg.connect(conninfo) as conn:
        role = psycopg.conninfo.conninfo_to_dict(stranger)["user"]
        with psycopg.connect(as_superuser(database), autocommit=True) as admin:
            admin.execute(f"GRANT {role} TO {conn.info.user}".encode())
        conn.execute(f"SET ROLE {role}".encode())
        with pytest.raises(errors.InsufficientPrivilege):
            conn.execute(CALL.encode())


def test_whoever_operates_is_recorded_under_that_name(database: str, conn: Conn) -> None:
    """Overrides, heartbeats, suspensions, maintenance, revisions and changes by hand."""
    statements = {
        "set_by": "SELECT api.set_tool_override('lookup', 'unavailable', 'Broken.')",
        "ended_by": "SELECT api.remove_tool_override('lookup')",
        "suspended_by": "INSERT INTO registry.suspensions (reason) VALUES ('An incident.') RETURNING 1",
        "resumed_by": (SQL / "queries/guards/resume.sql")
        .read_text("utf-8")
        .replace("%(at)s", "clock_timestamp()")
        .replace("%(every)s", "true")
        .replace("%(registry)s", "NULL"),
        "run_by": "SELECT api.record_maintenance('purge_history', now(), 0, NULL)",
        "role": "UPDATE registry.tools SET manifest = replace(manifest::text, '1.0.0', '1.0.1')::json RETURNING 1",
    }
    tables = ("runtime.tool_overrides", "registry.suspensions", "runtime.maintenance_runs", "registry.hand_changes")
    with gateway(database, GATEWAY) as through:
        for name, statement in statements.items():
            ask(through, "toolreg_reconciler", statement, {"sub": f"who-{name}"})

    said = " ".join(str(row) for table in tables for row in conn.execute(f"TABLE {table}".encode()))
    assert [name for name in statements if f"who-{name}'" not in said] == []


# ---- In one place

SOURCES = """
SELECT proc.oid::regprocedure::text, pg_get_functiondef(proc.oid) FROM pg_proc AS proc
WHERE proc.pronamespace IN (SELECT oid FROM pg_namespace WHERE nspname IN ('registry', 'runtime', 'api', 'internal'))
UNION ALL
SELECT schemaname || '.' || viewname, definition FROM pg_views WHERE schemaname IN ('registry', 'runtime', 'api')
UNION ALL
SELECT adrelid::regclass || '.' || adnum, pg_get_expr(adbin, adrelid) FROM pg_attrdef
UNION ALL
SELECT tgrelid::regclass || '.' || tgname, pg_get_triggerdef(oid) FROM pg_trigger
UNION ALL
SELECT tablename || '.' || policyname, concat_ws(' ', qual, with_check) FROM pg_policies
UNION ALL
SELECT conrelid::regclass || '.' || conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'c'
UNION ALL
SELECT ev_class::regclass || '.' || rulename, pg_get_ruledef(oid) FROM pg_rewrite
WHERE ev_class IN (SELECT oid FROM pg_class WHERE relnamespace IN ('registry'::regnamespace, 'runtime'::regnamespace))
"""
IDENTITY = (
    r"(?i)\b(session_user|current_user|current_role|system_user|getpgusername)\b|current_setting\('(role|request)"
)
THE_PLACE = {"registry.acting_role()", "registry.claimed_caller()", "registry.caller()"}


def test_nothing_else_asks_who_calls(conn: Conn) -> None:
    """Functions, views, defaults, triggers, policies and rules of ours; and the statements that toolreg runs."""
    found = {name for name, text in conn.execute(SOURCES.encode()) if re.search(IDENTITY, text)}
    files = {
        path.name
        for folder in ("queries", "apply", "maintenance")
        for path in (SQL / folder).rglob("*.sql")
        if re.search(IDENTITY, path.read_text("utf-8"))
    }

    assert found == THE_PLACE
    # Whose rights doctor looks at, not whom it records.
    assert files == {"doctor_roles.sql"}
