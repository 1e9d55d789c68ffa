-- Returns the series of the rollups that match a filter; NULL, meaning all, without a filter. The filter holds identities
-- besides names, so that an index finds the series of a tool or an agent.
CREATE FUNCTION internal.matching_series(filter internal.call_filter) RETURNS bigint[]
LANGUAGE plpgsql STABLE PARALLEL SAFE
-- A plan for the given names: an index of the one in use.
SET plan_cache_mode = force_custom_plan AS $$
BEGIN
    IF filter IS NULL THEN
        RETURN NULL;
    END IF;
    RETURN ARRAY(
        SELECT series.id
        FROM runtime.series AS series
        WHERE
            (
                filter.tool IS NULL
                OR series.tool_id = ANY (filter.tool_ids)
                OR (
                    series.tool = filter.tool
                    AND (series.tool_id IS NULL OR series.tool_id = ANY (filter.nameless_ids))
                )
            )
            AND (filter.agent IS NULL OR series.agent = filter.agent)
            AND (
                filter.service IS NULL
                OR series.service_id = ANY (filter.service_ids)
                OR (
                    series.service = filter.service
                    AND (series.service_id IS NULL OR series.service_id = ANY (filter.nameless_ids))
                )
            )
            AND (
                filter.node IS NULL
                OR series.node_id = ANY (filter.node_ids)
                OR (
                    series.node = filter.node
                    AND (series.node_id IS NULL OR series.node_id = ANY (filter.nameless_ids))
                )
            )
            AND (filter.category IS NULL OR series.tool_id = ANY (filter.category_ids))
            AND (filter.tools IS NULL OR series.tool_id = ANY (filter.tools))
    );
END
$$;

COMMENT ON FUNCTION internal.matching_series IS
'The series of the rollups that match a filter; NULL, meaning all, without a filter.';
