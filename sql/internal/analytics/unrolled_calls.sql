-- Returns raw calls of a window outside of the rollups: calls at the edges, and uncounted calls.
CREATE FUNCTION internal.unrolled_calls(
    since timestamptz,
    until timestamptz,
    first timestamptz,
    beyond timestamptz,
    running bigint[],
    next bigint,
    filter internal.call_filter
) RETURNS TABLE (
    started_at timestamptz,
    duration_ms double precision,
    recorded_xid bigint,
    tool_id uuid,
    service_id uuid,
    node_id uuid,
    tool text,
    tool_version text,
    agent text,
    service text,
    node text,
    status text,
    error_code text,
    error_message text,
    id bigint
)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
SELECT call.*
FROM internal.matching_calls(since, first, filter) AS call
UNION ALL
SELECT call.*
FROM internal.matching_calls(first, least(beyond, until), filter) AS call
WHERE call.recorded_xid >= next OR call.recorded_xid = ANY (running)
UNION ALL
SELECT call.*
FROM internal.matching_calls(beyond, until, filter) AS call
$$;

COMMENT ON FUNCTION internal.unrolled_calls IS
'Raw calls of a window outside of the rollups: calls at the edges, and uncounted calls.';
