-- Returns calls of a window whose transaction a snapshot sees and an earlier snapshot did not: still running then, or begun
-- later. In this form an index finds the calls, even while one transaction takes very long.
CREATE FUNCTION internal.calls_to_add(
    since timestamptz,
    until timestamptz,
    running bigint[],
    next bigint,
    counted pg_snapshot
) RETURNS TABLE (
    id bigint,
    started_at timestamptz,
    recorded_at timestamptz,
    duration_ms double precision,
    request_bytes bigint,
    response_bytes bigint,
    tool_id uuid,
    tool text,
    tool_version text,
    agent text,
    service_id uuid,
    service text,
    node_id uuid,
    node text,
    status text,
    trace_id text,
    key record
)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
SELECT
    call.id,
    call.started_at,
    call.recorded_at,
    call.duration_ms,
    call.request_bytes,
    call.response_bytes,
    call.tool_id,
    call.tool,
    call.tool_version,
    call.agent,
    call.service_id,
    call.service,
    call.node_id,
    call.node,
    call.status,
    call.trace_id,
    ROW(
        call.tool_id, call.tool, call.tool_version, call.agent,
        call.service_id, call.service, call.node_id, call.node
    ) AS key
FROM runtime.invocation_logs AS call
WHERE
    call.started_at >= since
    AND call.started_at < until
    AND (call.recorded_xid >= next OR call.recorded_xid = ANY (running))
    AND pg_visible_in_snapshot(call.recorded_xid::text::xid8, counted)
$$;

COMMENT ON FUNCTION internal.calls_to_add IS
'Calls of a window whose transaction one snapshot sees and an earlier one did not.';
