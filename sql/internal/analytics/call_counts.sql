-- Counts calls of any window by series and bucket of time: whole days and hours from the rollups, uncounted calls and the
-- hours at the edges from raw rows. A series may have two rows, one from each source.
CREATE FUNCTION internal.call_counts(
    since timestamptz,
    until timestamptz,
    bucket interval,
    filter internal.call_filter
) RETURNS TABLE (
    at timestamptz,
    tool_name text,
    version_name text,
    agent_name text,
    service_name text,
    node_name text,
    category_name text,
    calls bigint,
    successes bigint,
    timeouts bigint,
    cancellations bigint,
    duration_ms_sum double precision,
    duration_ms_max double precision,
    last_started_at timestamptz,
    tool_id uuid
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
    part CONSTANT record := internal.rolled_part(since, until, bucket, 'hour');
    -- The whole days of the window.
    days CONSTANT record := internal.rolled_part(part.first, part.beyond, bucket, 'day');
    first_day CONSTANT date := days.first AT TIME ZONE 'UTC';
    beyond_day CONSTANT date := days.beyond AT TIME ZONE 'UTC';
    -- NULL: all series.
    series_ids CONSTANT bigint[] := internal.matching_series(filter);
BEGIN
    RETURN QUERY
    WITH counted AS (
        SELECT
            hourly.hour AS at,
            hourly.series_id,
            hourly.calls,
            hourly.successes,
            hourly.timeouts,
            hourly.cancellations,
            hourly.duration_ms_sum,
            hourly.duration_ms_max,
            hourly.last_started_at
        FROM runtime.invocation_rollup AS hourly
        WHERE
            (
                (hourly.hour >= part.first AND hourly.hour < days.first)
                OR (hourly.hour >= days.beyond AND hourly.hour < part.beyond)
            )
            AND (series_ids IS NULL OR hourly.series_id = ANY (series_ids))
        UNION ALL
        SELECT
            daily.day::timestamp AT TIME ZONE 'UTC',
            daily.series_id,
            daily.calls,
            daily.successes,
            daily.timeouts,
            daily.cancellations,
            daily.duration_ms_sum,
            daily.duration_ms_max,
            daily.last_started_at
        FROM runtime.invocation_rollup_daily AS daily
        WHERE
            daily.day >= first_day
            AND daily.day < beyond_day
            AND (series_ids IS NULL OR daily.series_id = ANY (series_ids))
    ),

    rolled AS (
        SELECT
            CASE WHEN call_counts.bucket IS NOT NULL THEN date_bin(call_counts.bucket, counted.at, origin) END AS at,
            counted.series_id,
            sum(counted.calls)::bigint AS calls,
            sum(counted.successes)::bigint AS successes,
            sum(counted.timeouts)::bigint AS timeouts,
            sum(counted.cancellations)::bigint AS cancellations,
            sum(counted.duration_ms_sum) AS duration_ms_sum,
            max(counted.duration_ms_max) AS duration_ms_max,
            max(counted.last_started_at) AS last_started_at
        FROM counted
        GROUP BY 1, 2
    ),

    raw AS (
        SELECT call.*
        FROM internal.unrolled_calls(
            call_counts.since, call_counts.until, part.first, part.beyond, part.running, part.next,
            call_counts.filter
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
            rolled.calls,
            rolled.successes,
            rolled.timeouts,
            rolled.cancellations,
            rolled.duration_ms_sum,
            rolled.duration_ms_max,
            rolled.last_started_at
        FROM rolled
        INNER JOIN runtime.series AS series ON series.id = rolled.series_id
        UNION ALL
        SELECT
            CASE WHEN call_counts.bucket IS NOT NULL THEN date_bin(call_counts.bucket, raw.started_at, origin) END AS at,
            raw.tool_id,
            raw.tool,
            raw.tool_version,
            raw.agent,
            raw.service_id,
            raw.service,
            raw.node_id,
            raw.node,
            count(*) AS calls,
            count(*) FILTER (WHERE raw.status = 'success') AS successes,
            count(*) FILTER (WHERE raw.status = 'timeout') AS timeouts,
            count(*) FILTER (WHERE raw.status = 'cancelled') AS cancellations,
            sum(least(raw.duration_ms, 3e16)) AS duration_ms_sum,
            max(raw.duration_ms) AS duration_ms_max,
            max(raw.started_at) AS last_started_at
        FROM raw
        GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9
    )

    SELECT
        found.at,
        coalesce(called.name, found.tool),
        found.tool_version,
        found.agent,
        coalesce(serving.name, found.service),
        coalesce(running.name, found.node),
        declared.category,
        found.calls,
        found.successes,
        found.timeouts,
        found.cancellations,
        found.duration_ms_sum,
        found.duration_ms_max,
        found.last_started_at,
        found.tool_id
    FROM part_of_series AS found
    LEFT JOIN registry.entities AS called ON called.id = found.tool_id
    LEFT JOIN registry.entities AS serving ON serving.id = found.service_id
    LEFT JOIN registry.entities AS running ON running.id = found.node_id
    LEFT JOIN registry.tools AS declared ON declared.id = found.tool_id;
END
$$;

COMMENT ON FUNCTION internal.call_counts IS
'Calls of any window by series and bucket of time, from the rollups and from raw rows. A series may have two rows.';
