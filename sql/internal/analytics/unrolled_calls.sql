-- Raw calls of a window that a rollup does not answer for: those of its edges, and those that it has not seen.
CREATE FUNCTION internal.unrolled_calls(
    since timestamptz,
    until timestamptz,
    first timestamptz,
    beyond timestamptz,
    running bigint[],
    next bigint,
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
SELECT call.*
FROM internal.matching_calls(
    since, first,
    of_tool, tool_ids, of_agent, of_service, service_ids, of_node, node_ids, category_ids, nameless_ids
) AS call
UNION ALL
SELECT call.*
FROM internal.matching_calls(
    first, least(beyond, until),
    of_tool, tool_ids, of_agent, of_service, service_ids, of_node, node_ids, category_ids, nameless_ids
) AS call
WHERE call.recorded_xid >= next OR call.recorded_xid = ANY (running)
UNION ALL
SELECT call.*
FROM internal.matching_calls(
    beyond, until,
    of_tool, tool_ids, of_agent, of_service, service_ids, of_node, node_ids, category_ids, nameless_ids
) AS call
$$;

COMMENT ON FUNCTION internal.unrolled_calls IS
'Raw calls of a window that are not read from a rollup: those of its edges, and those not yet counted.';
