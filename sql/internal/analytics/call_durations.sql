-- Returns histograms of the durations of any window: whole days from the rollup, uncounted calls and the days at the edges
-- from raw rows. By series, or of all series together; a bucket may have two rows, one from each source.
CREATE FUNCTION internal.call_durations(
    since timestamptz,
    until timestamptz,
    bucket interval,
    by_series boolean,
    filter internal.call_filter
) RETURNS TABLE (
    at timestamptz,
    tool_name text,
    version_name text,
    agent_name text,
    service_name text,
    node_name text,
    category_name text,
    duration_bucket smallint,
    calls bigint
)
LANGUAGE plpgsql STABLE
-- A plan for the requested window: its partitions and number of rows.
SET plan_cache_mode = force_custom_plan
-- JIT compilation takes longer than the query.
SET jit = off AS $$
#variable_conflict use_column
DECLARE
    -- Weeks are counted from this Monday.
    origin CONSTANT timestamptz := '2001-01-01 00:00:00+00';
    part CONSTANT record := internal.rolled_part(since, until, bucket, 'day');
    first_day CONSTANT date := part.first AT TIME ZONE 'UTC';
    beyond_day CONSTANT date := part.beyond AT TIME ZONE 'UTC';
    -- NULL: all series.
    series_ids CONSTANT bigint[] := internal.matching_series(filter);
BEGIN
    RETURN QUERY
    WITH counted AS (
        SELECT
            total.day,
            NULL::bigint AS series_id,
            total.bucket,
            total.calls
        FROM runtime.duration_histogram_total AS total
        WHERE
            NOT by_series
            AND series_ids IS NULL
            AND total.day >= first_day
            AND total.day < beyond_day
        UNION ALL
        SELECT
            histogram.day,
            CASE WHEN by_series THEN histogram.series_id END AS series_id,
            histogram.bucket,
            histogram.calls
        FROM runtime.duration_histogram AS histogram
        WHERE
            (by_series OR series_ids IS NOT NULL)
            AND histogram.day >= first_day
            AND histogram.day < beyond_day
            AND (series_ids IS NULL OR histogram.series_id = ANY (series_ids))
    ),

    rolled AS (
        SELECT
            CASE
                WHEN call_durations.bucket IS NOT NULL
                    THEN date_bin(call_durations.bucket, counted.day::timestamp AT TIME ZONE 'UTC', origin)
            END AS at,
            counted.series_id,
            counted.bucket AS duration_bucket,
            sum(counted.calls)::bigint AS calls
        FROM counted
        GROUP BY 1, 2, 3
    ),

    raw AS (
        SELECT call.*
        FROM internal.unrolled_calls(
            call_durations.since, call_durations.until, part.first, part.beyond, part.running, part.next,
            call_durations.filter
        ) AS call
    ),

    part_of_series AS (
        SELECT
            rolled.at,
            series.tool_id,
            series.tool,
            series.tool_version,
            series.agent,
            series.service_id,
            series.service,
            series.node_id,
            series.node,
            rolled.duration_bucket,
            rolled.calls
        FROM rolled
        LEFT JOIN runtime.series AS series ON series.id = rolled.series_id
        UNION ALL
        SELECT
            CASE
                WHEN call_durations.bucket IS NOT NULL
                    THEN date_bin(call_durations.bucket, raw.started_at, origin)
            END AS at,
            CASE WHEN by_series THEN raw.tool_id END AS tool_id,
            CASE WHEN by_series THEN raw.tool END AS tool,
            CASE WHEN by_series THEN raw.tool_version END AS tool_version,
            CASE WHEN by_series THEN raw.agent END AS agent,
            CASE WHEN by_series THEN raw.service_id END AS service_id,
            CASE WHEN by_series THEN raw.service END AS service,
            CASE WHEN by_series THEN raw.node_id END AS node_id,
            CASE WHEN by_series THEN raw.node END AS node,
            internal.duration_bucket(raw.duration_ms) AS duration_bucket,
            count(*) AS calls
        FROM raw
        GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10
    )

    SELECT
        found.at,
        coalesce(called.name, found.tool),
        found.tool_version,
        found.agent,
        coalesce(serving.name, found.service),
        coalesce(running.name, found.node),
        declared.category,
        found.duration_bucket,
        found.calls
    FROM part_of_series AS found
    LEFT JOIN registry.entities AS called ON called.id = found.tool_id
    LEFT JOIN registry.entities AS serving ON serving.id = found.service_id
    LEFT JOIN registry.entities AS running ON running.id = found.node_id
    LEFT JOIN registry.tools AS declared ON declared.id = found.tool_id;
END
$$;

COMMENT ON FUNCTION internal.call_durations IS
'Histograms of the durations of any window, from the rollup and from raw rows. A bucket may have two rows.';
