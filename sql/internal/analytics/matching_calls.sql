-- Raw calls of a window that filters let through. It is inlined, so that a query reads only the columns that it uses, and
-- a filter on the tool is answered by the index on it. Names come with their identities, which are looked up before.
CREATE FUNCTION internal.matching_calls(
    since timestamptz,
    until timestamptz,
    of_tool text,
    tool_ids uuid[],
    of_agent text,
    of_service text,
    service_ids uuid[],
    of_node text,
    node_ids uuid[],
    category_ids uuid[],
    nameless_ids uuid[]
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
    AND (of_tool IS NULL OR call.tool_id = ANY (tool_ids))
    AND (of_agent IS NULL OR call.agent = of_agent)
    AND (
        of_service IS NULL
        OR call.service_id = ANY (service_ids)
        OR (call.service = of_service AND (call.service_id IS NULL OR call.service_id = ANY (nameless_ids)))
    )
    AND (
        of_node IS NULL
        OR call.node_id = ANY (node_ids)
        OR (call.node = of_node AND (call.node_id IS NULL OR call.node_id = ANY (nameless_ids)))
    )
    AND (category_ids IS NULL OR call.tool_id = ANY (category_ids))
UNION ALL
-- Apart from the others, which are then read from the index alone.
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
    AND call.tool = of_tool
    AND (call.tool_id IS NULL OR call.tool_id = ANY (nameless_ids))
    AND (of_agent IS NULL OR call.agent = of_agent)
    AND (
        of_service IS NULL
        OR call.service_id = ANY (service_ids)
        OR (call.service = of_service AND (call.service_id IS NULL OR call.service_id = ANY (nameless_ids)))
    )
    AND (
        of_node IS NULL
        OR call.node_id = ANY (node_ids)
        OR (call.node = of_node AND (call.node_id IS NULL OR call.node_id = ANY (nameless_ids)))
    )
    AND (category_ids IS NULL OR call.tool_id = ANY (category_ids))
$$;

COMMENT ON FUNCTION internal.matching_calls IS 'Raw calls of a window that filters let through.';
