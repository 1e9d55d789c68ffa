-- Names raw calls outside of the rollups in a dimension, like internal.named_series. PostgreSQL inlines the function and
-- drops the joins that the dimension does not need.
CREATE FUNCTION internal.named_calls(
    dimension text,
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
    status text,
    tool_id uuid,
    tool text,
    name text
)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
SELECT
    call.started_at,
    call.duration_ms,
    call.status,
    CASE WHEN dimension = 'caller' THEN call.tool_id END,
    CASE WHEN dimension = 'caller' THEN coalesce(called.name, call.tool) END,
    CASE dimension
        WHEN 'tool' THEN coalesce(called.name, call.tool)
        WHEN 'version' THEN concat_ws(' ', coalesce(called.name, call.tool), call.tool_version)
        WHEN 'agent' THEN call.agent
        WHEN 'caller' THEN call.agent
        WHEN 'service' THEN coalesce(serving.name, call.service)
        WHEN 'node' THEN coalesce(running_on.name, call.node)
        WHEN 'category' THEN declared.category
    END
FROM internal.unrolled_calls(since, until, first, beyond, running, next, filter) AS call
LEFT JOIN registry.entities AS called ON called.id = call.tool_id
LEFT JOIN registry.entities AS serving ON serving.id = call.service_id
LEFT JOIN registry.entities AS running_on ON running_on.id = call.node_id
LEFT JOIN registry.tools AS declared ON declared.id = call.tool_id
$$;

COMMENT ON FUNCTION internal.named_calls IS
'Raw calls of a window outside of the rollups, with their name in a dimension (see internal.named_series).';
