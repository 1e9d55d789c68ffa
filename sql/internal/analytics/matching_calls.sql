-- Returns raw calls of a window that match a filter. PostgreSQL inlines the function, so that a query reads only the columns
-- in use, and the index on the tool answers a filter on it. The filter holds identities besides names, looked up before.
CREATE FUNCTION internal.matching_calls(
    since timestamptz,
    until timestamptz,
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
SELECT
    call.started_at,
    call.duration_ms,
    call.recorded_xid,
    call.tool_id,
    call.service_id,
    call.node_id,
    call.tool,
    call.tool_version,
    call.agent,
    call.service,
    call.node,
    call.status,
    call.error_code,
    call.error_message,
    call.id
FROM runtime.invocation_logs AS call
WHERE
    since < until
    AND call.started_at >= since
    AND call.started_at < until
    AND ((filter).tool IS NULL OR call.tool_id = ANY ((filter).tool_ids))
    AND ((filter).agent IS NULL OR call.agent = (filter).agent)
    AND (
        (filter).service IS NULL
        OR call.service_id = ANY ((filter).service_ids)
        OR (call.service = (filter).service AND (call.service_id IS NULL OR call.service_id = ANY ((filter).nameless_ids)))
    )
    AND (
        (filter).node IS NULL
        OR call.node_id = ANY ((filter).node_ids)
        OR (call.node = (filter).node AND (call.node_id IS NULL OR call.node_id = ANY ((filter).nameless_ids)))
    )
    AND ((filter).category IS NULL OR call.tool_id = ANY ((filter).category_ids))
    AND ((filter).tools IS NULL OR call.tool_id = ANY ((filter).tools))
UNION ALL
-- A separate branch for calls without a named identity: the branch above is then read from the index alone.
SELECT
    call.started_at,
    call.duration_ms,
    call.recorded_xid,
    call.tool_id,
    call.service_id,
    call.node_id,
    call.tool,
    call.tool_version,
    call.agent,
    call.service,
    call.node,
    call.status,
    call.error_code,
    call.error_message,
    call.id
FROM runtime.invocation_logs AS call
WHERE
    since < until
    AND call.started_at >= since
    AND call.started_at < until
    AND call.tool = (filter).tool
    AND (call.tool_id IS NULL OR call.tool_id = ANY ((filter).nameless_ids))
    AND ((filter).agent IS NULL OR call.agent = (filter).agent)
    AND (
        (filter).service IS NULL
        OR call.service_id = ANY ((filter).service_ids)
        OR (call.service = (filter).service AND (call.service_id IS NULL OR call.service_id = ANY ((filter).nameless_ids)))
    )
    AND (
        (filter).node IS NULL
        OR call.node_id = ANY ((filter).node_ids)
        OR (call.node = (filter).node AND (call.node_id IS NULL OR call.node_id = ANY ((filter).nameless_ids)))
    )
    AND ((filter).category IS NULL OR call.tool_id = ANY ((filter).category_ids))
    AND ((filter).tools IS NULL OR call.tool_id = ANY ((filter).tools))
$$;

COMMENT ON FUNCTION internal.matching_calls IS 'Raw calls of a window that match a filter.';
