-- Rights on what happens: roles read it, without the payloads of calls; functions of api write it.

GRANT USAGE ON SCHEMA runtime TO toolreg_reader, toolreg_agent, toolreg_reconciler;
GRANT SELECT ON
runtime.settings,
runtime.series,
runtime.invocation_rollup,
runtime.invocation_rollup_daily,
runtime.duration_histogram,
runtime.duration_histogram_total,
runtime.tool_successions,
runtime.rollup_state,
runtime.artifacts,
runtime.node_heartbeats,
runtime.tool_overrides,
runtime.tool_statuses,
runtime.tool_status_changes,
runtime.maintenance_runs
TO toolreg_reader, toolreg_agent, toolreg_reconciler;

-- All columns but arguments, result and attributes: who logged a call reads those by api.invocation_payload.
GRANT SELECT (
    id, started_at, duration_ms, recorded_at, recorded_xid, request_bytes, response_bytes, tool_id, service_id, node_id,
    attempt, tool, tool_version, agent, service, node, status, error_code, error_message, trace_id, span_id,
    parent_span_id, recorded_by
) ON runtime.invocation_logs
TO toolreg_reader, toolreg_agent, toolreg_reconciler;

GRANT UPDATE ON runtime.settings TO toolreg_reconciler;
