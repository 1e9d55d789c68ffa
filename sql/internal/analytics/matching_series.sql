-- Returns the series of the rollups that match a filter; NULL, meaning all, without a filter.
CREATE FUNCTION internal.matching_series(filter internal.call_filter) RETURNS bigint[]
LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
BEGIN
    IF filter IS NULL THEN
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
            (filter.tool IS NULL OR coalesce(called.name, series.tool) = filter.tool)
            AND (filter.agent IS NULL OR series.agent = filter.agent)
            AND (filter.service IS NULL OR coalesce(serving.name, series.service) = filter.service)
            AND (filter.node IS NULL OR coalesce(running.name, series.node) = filter.node)
            AND (filter.category IS NULL OR declared.category = filter.category)
            AND (filter.tools IS NULL OR series.tool_id = ANY (filter.tools))
    );
END
$$;

COMMENT ON FUNCTION internal.matching_series IS
'The series of the rollups that match a filter; NULL, meaning all, without a filter.';
