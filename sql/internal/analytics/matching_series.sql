-- The series of the rollups that filters let through; NULL, for all of them, where there is no filter.
CREATE FUNCTION internal.matching_series(tool text, agent text, service text, node text, category text) RETURNS bigint[]
LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
BEGIN
    IF num_nonnulls(tool, agent, service, node, category) = 0 THEN
        RETURN NULL;
    END IF;
    RETURN ARRAY(
        SELECT series.id
        FROM runtime.series AS series
        LEFT JOIN registry.entities AS called ON called.id = series.tool_id
        LEFT JOIN registry.entities AS serving ON serving.id = series.service_id
        LEFT JOIN registry.entities AS running ON running.id = series.node_id
        LEFT JOIN registry.tools AS declared ON declared.id = series.tool_id
        WHERE
            (matching_series.tool IS NULL OR coalesce(called.name, series.tool) = matching_series.tool)
            AND (matching_series.agent IS NULL OR series.agent = matching_series.agent)
            AND (matching_series.service IS NULL OR coalesce(serving.name, series.service) = matching_series.service)
            AND (matching_series.node IS NULL OR coalesce(running.name, series.node) = matching_series.node)
            AND (matching_series.category IS NULL OR declared.category = matching_series.category)
    );
END
$$;

COMMENT ON FUNCTION internal.matching_series IS
'The series of the rollups that filters let through; NULL, for all, where there is no filter.';
