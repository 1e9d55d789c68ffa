"""Every role over every table, view, sequence and function: what it may do, and nothing more."""

from typing import Any

import psycopg
import pytest
from psycopg import sql

from tests.builders import Repository, node, tool
from tests.conftest import Toolreg
from tests.roles import login
from tests.test_maintain import LONG_AGO, with_something_to_do

GROUPS = ("toolreg_reader", "toolreg_agent", "toolreg_reconciler")

# Letters as psql shows them: r SELECT, a INSERT, w UPDATE, d DELETE, D TRUNCATE, x REFERENCES, t TRIGGER, U USAGE,
# X EXECUTE; (r) is SELECT of some columns. In the order of GROUPS; what is not listed is nobody's.
RIGHTS: dict[str, tuple[str, str, str]] = {
    "api.active_nodes": ("r", "r", "r"),
    "api.active_tools": ("r", "r", "r"),
    "api.active_tools_with_nodes": ("r", "r", "r"),
    "api.analytics_by()": ("X", "X", "X"),
    "api.analytics_over_time()": ("X", "X", "X"),
    "internal.applied_revision()": ("X", "X", "X"),
    "api.changes_since()": ("X", "X", "X"),
    "api.artifacts": ("r", "r", "r"),
    "api.bloated_indexes": ("r", "r", "r"),
    "internal.bucket_duration()": ("X", "X", "X"),
    "internal.call_counts()": ("X", "X", "X"),
    "internal.call_durations()": ("X", "X", "X"),
    "internal.callers_of()": ("X", "X", "X"),
    "internal.counted_snapshot()": ("X", "X", "X"),
    "internal.revision_records": ("r", "r", "r"),
    "internal.filter_of()": ("X", "X", "X"),
    "internal.filtered_tools()": ("X", "X", "X"),
    "api.create_partition()": ("", "", "X"),
    "api.data_integrity": ("r", "r", "r"),
    "internal.declaration_problems": ("r", "r", "r"),
    "api.delete_artifact()": ("", "X", "X"),
    "api.delete_expired_calls()": ("", "", "X"),
    "api.drop_partition()": ("", "", "X"),
    "internal.duration_bucket()": ("X", "X", "X"),
    "api.error_breakdown()": ("X", "X", "X"),
    "api.exported_days": ("r", "r", "r"),
    "api.hand_changes": ("r", "r", "r"),
    "api.reconcilers": ("r", "r", "r"),
    "api.heartbeat()": ("", "X", ""),
    "api.history": ("r", "r", "r"),
    "internal.histogram_percentile()": ("X", "X", "X"),
    "internal.identities()": ("X", "X", "X"),
    "api.impact()": ("X", "X", "X"),
    "internal.integrity_problems()": ("X", "X", "X"),
    "internal.interval_of()": ("X", "X", "X"),
    "api.invocation_payload()": ("X", "X", "X"),
    "api.invocations": ("r", "r", "r"),
    "api.large_artifacts_by_tool()": ("X", "X", "X"),
    "api.latest_invocations()": ("X", "X", "X"),
    "internal.is_exported()": ("X", "X", "X"),
    "internal.log_cutoff()": ("X", "X", "X"),
    "api.log_invocation()": ("", "X", ""),
    "api.log_invocations()": ("", "X", ""),
    "api.log_partitions": ("r", "r", "r"),
    "api.maintenance_tasks": ("r", "r", "r"),
    "internal.matching_calls()": ("X", "X", "X"),
    "internal.matching_series()": ("X", "X", "X"),
    "internal.measured_calls()": ("X", "X", "X"),
    "internal.named_calls()": ("X", "X", "X"),
    "internal.named_series()": ("X", "X", "X"),
    "internal.uncounted_use()": ("X", "X", "X"),
    "api.node_health_status": ("r", "r", "r"),
    "api.nodes": ("r", "r", "r"),
    "api.objectives()": ("X", "X", "X"),
    "api.orchestration_analytics()": ("X", "X", "X"),
    "api.orphaned_artifacts": ("r", "r", "r"),
    "internal.parameter_types()": ("X", "X", "X"),
    "internal.plain_blanks()": ("X", "X", "X"),
    "api.purge_history()": ("", "", "X"),
    "internal.rank_tools()": ("X", "X", "X"),
    "api.rebuild_rollup()": ("", "", "X"),
    "api.recommend_tools()": ("X", "X", "X"),
    "api.record_export()": ("", "", "X"),
    "api.record_maintenance()": ("", "", "X"),
    "api.refresh_statistics()": ("", "", "X"),
    "api.register_artifact()": ("", "X", ""),
    "api.registry_at()": ("X", "X", "X"),
    "api.remove_expired_artifacts()": ("", "", "X"),
    "api.remove_orphaned_artifacts()": ("", "", "X"),
    "api.remove_tool_override()": ("", "", "X"),
    "api.replaced_versions": ("r", "r", "r"),
    "api.revisions": ("r", "r", "r"),
    "internal.rolled_part()": ("X", "X", "X"),
    "api.rollup_invocations()": ("", "", "X"),
    "internal.runtime_problems": ("r", "r", "r"),
    "api.search_tools()": ("X", "X", "X"),
    "api.search_tools_by_schema()": ("X", "X", "X"),
    "internal.search_words()": ("X", "X", "X"),
    "api.services": ("r", "r", "r"),
    "api.set_tool_override()": ("", "", "X"),
    "api.settled_hand_changes": ("r", "r", "r"),
    "api.slow_tools": ("r", "r", "r"),
    "internal.storage_problems": ("r", "r", "r"),
    "api.storage_usage_by_category": ("r", "r", "r"),
    "api.suspensions": ("r", "r", "r"),
    "api.system_summary": ("r", "r", "r"),
    "api.table_health": ("r", "r", "r"),
    "internal.times()": ("X", "X", "X"),
    "api.tool_auth": ("r", "r", "r"),
    "api.tool_availability": ("r", "r", "r"),
    "api.tool_overrides": ("r", "r", "r"),
    "api.tool_status_changes": ("r", "r", "r"),
    "api.tool_usage_statistics": ("r", "r", "r"),
    "api.tools": ("r", "r", "r"),
    "api.tools_accepting()": ("X", "X", "X"),
    "api.tools_by_category_with_tags": ("r", "r", "r"),
    "api.tools_fed_by()": ("X", "X", "X"),
    "api.tools_with_parameter()": ("X", "X", "X"),
    "api.tools_without_nodes": ("r", "r", "r"),
    "internal.uncounted_calls()": ("X", "X", "X"),
    "internal.unrolled_calls()": ("X", "X", "X"),
    "api.update_tool_status()": ("", "", "X"),
    "internal.value_fits()": ("X", "X", "X"),
    "internal.version_fits()": ("X", "X", "X"),
    "internal.version_key()": ("X", "X", "X"),
    "api.week_over_week()": ("X", "X", "X"),
    'registry."references"': ("r", "r", "rawd"),
    "registry.acting_role()": ("X", "X", "X"),
    "registry.caller()": ("X", "X", "X"),
    "registry.claimed_caller()": ("X", "X", "X"),
    "registry.described_words()": ("X", "X", "X"),
    "registry.digest()": ("", "", "X"),
    "registry.entities": ("r", "r", "raw"),
    "registry.former_names": ("r", "r", "ra"),
    "registry.hand_changes": ("r", "r", "r"),
    "registry.history": ("r", "r", "ra"),
    "registry.horizon": ("r", "r", "r"),
    "registry.is_applying()": ("", "", "X"),
    "registry.name_words()": ("X", "X", "X"),
    "registry.nodes": ("r", "r", "rawd"),
    "registry.parameter_names()": ("X", "X", "X"),
    "registry.required_parameters()": ("X", "X", "X"),
    "registry.resolved_schema()": ("X", "X", "X"),
    "registry.plain_words()": ("X", "X", "X"),
    "registry.relocations": ("r", "r", "ra"),
    "registry.resources": ("r", "r", "rawd"),
    "registry.revisions": ("r", "r", "ra"),
    "registry.revisions_number_seq": ("", "", "U"),
    "registry.search_text()": ("", "", "X"),
    "registry.services": ("r", "r", "rawd"),
    "registry.suspensions": ("r", "r", "r(a)(w)"),
    "registry.reconcilers": ("r", "r", "rawd"),
    "registry.registries": ("r", "r", "raw"),
    "registry.tool_tags": ("r", "r", "rawd"),
    "registry.tools": ("r", "r", "rawd"),
    "runtime.artifacts": ("r", "r", "r"),
    "runtime.dropped_days": ("r", "r", "r"),
    "runtime.exported_days": ("r", "r", "r"),
    "runtime.duration_histogram": ("r", "r", "r"),
    "runtime.duration_histogram_total": ("r", "r", "r"),
    "runtime.invocation_logs": ("(r)", "(r)", "(r)"),
    "runtime.invocation_logs_default": ("(r)", "(r)", "(r)"),
    "runtime.invocation_rollup": ("r", "r", "r"),
    "runtime.invocation_rollup_daily": ("r", "r", "r"),
    "runtime.maintenance_runs": ("r", "r", "r"),
    "runtime.maintenance_tasks": ("r", "r", "r(w)"),
    "runtime.node_heartbeats": ("r", "r", "r"),
    "runtime.rollup_state": ("r", "r", "r"),
    "runtime.series": ("r", "r", "r"),
    "runtime.settings": ("r", "r", "rw"),
    "runtime.tool_overrides": ("r", "r", "r"),
    "runtime.tool_status_changes": ("r", "r", "r"),
    "runtime.tool_statuses": ("r", "r", "r"),
    "runtime.tool_successions": ("r", "r", "r"),
    "yoyo.checksums": ("r", "r", "r"),
    "yoyo.writer": ("", "", "w"),
}

RELATIONS = b"""
SELECT
    class.oid::regclass::text AS object,
    string_agg(
        CASE
            WHEN class.relkind = 'S' THEN
                CASE WHEN has_sequence_privilege(role.name, class.oid, privilege.name) THEN privilege.letter END
            WHEN has_table_privilege(role.name, class.oid, privilege.name) THEN privilege.letter
            WHEN
                privilege.letter IN ('r', 'a', 'w', 'x')
                AND has_any_column_privilege(role.name, class.oid, privilege.name)
                THEN '(' || privilege.letter || ')'
        END,
        '' ORDER BY privilege.place
    ) AS rights
FROM pg_class AS class
CROSS JOIN unnest(
    CASE
        WHEN class.relkind = 'S' THEN ARRAY['SELECT', 'UPDATE', 'USAGE']
        ELSE ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER']
    END,
    CASE WHEN class.relkind = 'S' THEN ARRAY['r', 'w', 'U'] ELSE ARRAY['r', 'a', 'w', 'd', 'D', 'x', 't'] END
) WITH ORDINALITY AS privilege (name, letter, place)
CROSS JOIN (SELECT %s::name AS name) AS role
WHERE
    class.relnamespace IN (
        SELECT oid FROM pg_namespace WHERE nspname IN ('registry', 'runtime', 'api', 'internal', 'yoyo')
    )
    AND class.relkind IN ('r', 'p', 'v', 'm', 'S', 'f')
GROUP BY class.oid
"""
FUNCTIONS = b"""
SELECT
    proc.pronamespace::regnamespace || '.' || proc.proname || '()' AS object,
    CASE WHEN has_function_privilege(%s::name, proc.oid, 'EXECUTE') THEN 'X' ELSE '' END AS rights
FROM pg_proc AS proc
WHERE proc.pronamespace IN (
    SELECT oid FROM pg_namespace WHERE nspname IN ('registry', 'runtime', 'api', 'internal', 'yoyo')
)
"""


def test_each_role_has_exactly_these_rights(conn: psycopg.Connection[Any]) -> None:
    """A new table, view or function is nobody's until this table says whose it is."""
    found: dict[str, list[str]] = {}
    for group in GROUPS:
        for statement in (RELATIONS, FUNCTIONS):
            for name, rights in conn.execute(statement, [group]):
                found.setdefault(name, []).append(rights or "")

    assert {name: tuple(rights) for name, rights in sorted(found.items()) if any(rights)} == RIGHTS


def test_no_role_may_create_anything(conn: psycopg.Connection[Any]) -> None:
    statement = b"""
    SELECT role.rolname, space.nspname
    FROM pg_roles AS role, pg_namespace AS space
    WHERE role.rolname = ANY (%s) AND space.nspname IN ('registry', 'runtime', 'api', 'internal', 'yoyo', 'public')
    AND has_schema_privilege(role.oid, space.oid, 'CREATE')
    """

    assert conn.execute(statement, [list(GROUPS)]).fetchall() == []


@pytest.mark.parametrize("group", GROUPS)
def test_each_role_reads_each_view(conn: psycopg.Connection[Any], group: str) -> None:
    """Also what stands behind it: a view has the rights of whoever reads it."""
    views = conn.execute(b"SELECT viewname FROM pg_views WHERE schemaname = 'api'").fetchall()
    conn.execute(f"SET ROLE {group}".encode())

    for (view,) in views:
        conn.execute(sql.SQL("SELECT * FROM api.{}").format(sql.Identifier(view)))


# ---- Functions that run with the rights of their owner

ALL = "'00000000-0000-0000-0000-000000000000', 'ffffffff-ffff-ffff-ffff-ffffffffffff'"
# Each with a call that returns one row, and with what is true of the real tables after it, not before. In this order.
DEFINERS = {
    "create_partition": (
        "SELECT api.create_partition('2200-01-01')",
        "SELECT to_regclass('runtime.invocation_logs_22000101') IS NOT NULL",
    ),
    "drop_partition": (
        f"SELECT api.drop_partition('{LONG_AGO}')",
        f"SELECT to_regclass('runtime.invocation_logs_{LONG_AGO:%Y%m%d}') IS NULL",
    ),
    "delete_expired_calls": (
        "SELECT api.delete_expired_calls()",
        f"SELECT NOT EXISTS (SELECT FROM runtime.invocation_logs WHERE started_at < '{LONG_AGO}')",
    ),
    "rebuild_rollup": ("SELECT api.rebuild_rollup()", "SELECT EXISTS (SELECT FROM runtime.invocation_rollup)"),
    "log_invocation": (
        "SELECT api.log_invocation('lookup', 'success', 1, 'one', node => 'worker', arguments => '{}')",
        "SELECT EXISTS (SELECT FROM runtime.invocation_logs WHERE agent = 'one' AND tool_id IS NOT NULL)",
    ),
    "log_invocations": (
        """SELECT api.log_invocations('[{"tool": "lookup", "status": "success", "duration_ms": 1, "agent": "two"}]')""",
        "SELECT EXISTS (SELECT FROM runtime.invocation_logs WHERE agent = 'two' AND tool_id IS NOT NULL)",
    ),
    # It only reads: that the row is there says it all.
    "invocation_payload": (
        "SELECT arguments FROM api.invocation_payload((SELECT id FROM runtime.invocation_logs WHERE agent = 'one'))",
        None,
    ),
    "rollup_invocations": (
        "SELECT api.rollup_invocations()",
        "SELECT EXISTS (SELECT FROM runtime.series WHERE agent = 'two')",
    ),
    "register_artifact": (
        (
            "SELECT api.register_artifact('lookup', 'file:///mine', 'text/plain', 1, metadata => '{}',"
            " invocation => (SELECT id FROM runtime.invocation_logs WHERE agent = 'one'))"
        ),
        "SELECT EXISTS (SELECT FROM runtime.artifacts WHERE uri = 'file:///mine')",
    ),
    "delete_artifact": (
        "SELECT api.delete_artifact((SELECT id FROM runtime.artifacts WHERE uri = 'file:///mine'))",
        "SELECT NOT EXISTS (SELECT FROM runtime.artifacts WHERE uri = 'file:///mine')",
    ),
    "remove_expired_artifacts": (
        "SELECT api.remove_expired_artifacts()",
        "SELECT NOT EXISTS (SELECT FROM runtime.artifacts WHERE expires_at < now())",
    ),
    "remove_orphaned_artifacts": (
        f"SELECT api.remove_orphaned_artifacts({ALL})",
        "SELECT NOT EXISTS (SELECT FROM runtime.artifacts)",
    ),
    "purge_history": (f"SELECT api.purge_history({ALL})", "SELECT NOT EXISTS (SELECT FROM api.replaced_versions)"),
    "record_export": (
        (
            "SELECT api.record_export((pg_catalog.min(started_at) AT TIME ZONE 'UTC')::pg_catalog.date, 1,"
            " pg_catalog.count(*), pg_catalog.sum(id), 1, pg_catalog.repeat('0', 64), false) IS NULL"
            " FROM runtime.invocation_logs"
        ),
        "SELECT EXISTS (SELECT FROM runtime.exported_days WHERE exported_by LIKE 'toolreg_test_%')",
    ),
    "record_maintenance": (
        "SELECT api.record_maintenance('purge_history', pg_catalog.now(), 0, NULL) IS NULL",
        "SELECT EXISTS (SELECT FROM runtime.maintenance_runs)",
    ),
    "refresh_statistics": (
        "SELECT api.refresh_statistics('runtime.artifacts')",
        "SELECT reltuples >= 0 FROM pg_class WHERE oid = 'runtime.artifacts'::regclass",
    ),
    "update_tool_status": (
        "SELECT tool FROM api.update_tool_status()",
        "SELECT EXISTS (SELECT FROM runtime.tool_status_changes)",
    ),
    "heartbeat": (
        """SELECT api.heartbeat('worker', 0.5, 1, '{"queue": 1}')""",
        "SELECT EXISTS (SELECT FROM runtime.node_heartbeats WHERE load = 0.5)",
    ),
    "set_tool_override": (
        "SELECT api.set_tool_override('lookup', 'unavailable', 'Broken.', '2200-01-01')",
        "SELECT EXISTS (SELECT FROM runtime.tool_overrides)",
    ),
    "remove_tool_override": (
        "SELECT api.remove_tool_override('lookup')",
        "SELECT EXISTS (SELECT FROM runtime.tool_overrides WHERE ending = 'removed')",
    ),
    # A trigger: called by what it records.
    "record_by_hand": (
        (
            "UPDATE registry.nodes"
            " SET manifest = replace(manifest::pg_catalog.text, '8000', '9')::pg_catalog.json RETURNING id"
        ),
        "SELECT EXISTS (SELECT FROM registry.hand_changes WHERE action = 'update' AND role LIKE 'toolreg_test_%')",
    ),
    "number_on": (
        "INSERT INTO registry.suspensions (reason) VALUES ('No.') RETURNING id",
        "SELECT EXISTS (SELECT FROM registry.suspensions WHERE suspended_by LIKE 'toolreg_test_%')",
    ),
}
SHADOWS = b"""
SELECT DISTINCT class.relname::text
FROM pg_class AS class
INNER JOIN pg_namespace AS space ON space.oid = class.relnamespace
WHERE
    class.relkind IN ('r', 'p', 'v')
    AND space.nspname IN ('registry', 'runtime', 'api', 'internal', 'yoyo', 'pg_catalog')
"""


def test_every_function_with_the_rights_of_its_owner_pins_where_it_looks(conn: psycopg.Connection[Any]) -> None:
    """Wherever it stands; and the test below tries each."""
    found = conn.execute(
        b"SELECT proname::text, proconfig FROM pg_proc WHERE prosecdef"
        b" AND pronamespace NOT IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)"
    ).fetchall()

    assert {name for name, _ in found} == DEFINERS.keys()
    assert [name for name, settings in found if "search_path=pg_catalog, pg_temp" not in (settings or [])] == []


def test_what_a_caller_puts_into_its_temporary_schema_is_not_seen_by_them(
    repository: Repository, toolreg: Toolreg, conn: psycopg.Connection[Any], database: str
) -> None:
    """A view of the name of each relation there is would run as the owner; a type would change what is written."""
    repository.add(node("worker"), tool("lookup", node="worker"))
    with_something_to_do(repository, toolreg, conn)
    conn.execute(
        b"INSERT INTO runtime.node_heartbeats (node_id, seen_at)"
        b" SELECT id, now() - interval '1 hour' FROM registry.nodes"
    )
    shadows = [name for (name,) in conn.execute(SHADOWS)]
    with login(database, *GROUPS) as conninfo, psycopg.connect(conninfo, autocommit=True) as caller:
        caller.execute(
            b"CREATE FUNCTION pg_temp.seize() RETURNS bigint LANGUAGE plpgsql AS"
            b" $$ BEGIN RAISE 'seized'; END $$; CREATE FUNCTION pg_temp.now() RETURNS bigint RETURN pg_temp.seize()"
        )
        for name in shadows:
            caller.execute(sql.SQL("CREATE TEMP VIEW {} AS SELECT pg_temp.seize() AS id").format(sql.Identifier(name)))
        for name in ("text", "date", "jsonb", "uuid", "regclass", "timestamptz"):
            caller.execute(sql.SQL("CREATE DOMAIN pg_temp.{} AS bigint").format(sql.Identifier(name)))
        caller.execute(b"SET search_path = pg_temp, runtime, registry, api, pg_catalog")
        with pytest.raises(psycopg.errors.RaiseException, match="seized"):
            caller.execute(b"SELECT * FROM settings")

        for name, (call, check) in DEFINERS.items():
            before = check and conn.execute(check.encode()).fetchone()
            ((returned,),) = caller.execute(call.encode()).fetchall()
            after = check and conn.execute(check.encode()).fetchone()

            assert returned is not None, name
            assert (before, after) in (((False,), (True,)), (None, None)), name
