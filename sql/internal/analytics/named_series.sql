-- Names the series of the rollups in a dimension. PostgreSQL inlines the function and drops the joins that the dimension
-- does not need.
CREATE FUNCTION internal.named_series(dimension text) RETURNS TABLE (
    id bigint,
    tool_id uuid,
    tool text,
    name text
)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
SELECT
    series.id,
    CASE WHEN dimension = 'caller' THEN series.tool_id END,
    CASE WHEN dimension = 'caller' THEN coalesce(called.name, series.tool) END,
    CASE dimension
        WHEN 'tool' THEN coalesce(called.name, series.tool)
        WHEN 'version' THEN concat_ws(' ', coalesce(called.name, series.tool), series.tool_version)
        WHEN 'agent' THEN series.agent
        WHEN 'caller' THEN series.agent
        WHEN 'service' THEN coalesce(serving.name, series.service)
        WHEN 'node' THEN coalesce(running.name, series.node)
        WHEN 'category' THEN declared.category
    END
FROM runtime.series AS series
LEFT JOIN registry.entities AS called ON called.id = series.tool_id
LEFT JOIN registry.entities AS serving ON serving.id = series.service_id
LEFT JOIN registry.entities AS running ON running.id = series.node_id
LEFT JOIN registry.tools AS declared ON declared.id = series.tool_id
$$;

COMMENT ON FUNCTION internal.named_series IS
'The name of each series in a dimension: tool, version, agent, service, node, category, or caller (the agent, '
'with tool_id and tool). NULL for all.';
