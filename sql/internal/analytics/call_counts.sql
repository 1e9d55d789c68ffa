-- Counts calls of any window by dimension and bucket of time: whole days and hours from the rollups, uncounted calls and the
-- hours at the edges from raw rows. A name may have two rows, one from each source.
CREATE FUNCTION internal.call_counts(
    dimension text,
    since timestamptz,
    until timestamptz,
    bucket interval,
    filter internal.call_filter
) RETURNS TABLE (
    at timestamptz,
    name text,
    calls bigint,
    successes bigint,
    timeouts bigint,
    cancellations bigint,
    duration_ms_sum double precision,
    duration_ms_max double precision,
    last_started_at timestamptz,
    tool_id uuid,
    tool text
)
LANGUAGE plpgsql STABLE
-- A plan for the requested window and dimension: its partitions, number of rows and joins.
SET plan_cache_mode = force_custom_plan
-- Enough to group a month of many series without temporary files.
SET work_mem = '64MB'
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

    -- By number before by name: a number is hashed faster than a text, and fewer rows get a name.
    rolled AS (
        SELECT
            CASE WHEN call_counts.bucket IS NOT NULL THEN date_bin(call_counts.bucket, counted.at, origin) END AS at,
            CASE WHEN call_counts.dimension <> 'all' THEN counted.series_id END AS series_id,
            sum(counted.calls) AS calls,
            sum(counted.successes) AS successes,
            sum(counted.timeouts) AS timeouts,
            sum(counted.cancellations) AS cancellations,
            sum(counted.duration_ms_sum) AS duration_ms_sum,
            max(counted.duration_ms_max) AS duration_ms_max,
            max(counted.last_started_at) AS last_started_at
        FROM counted
        GROUP BY 1, 2
    )

    SELECT
        rolled.at,
        series.name,
        sum(rolled.calls)::bigint,
        sum(rolled.successes)::bigint,
        sum(rolled.timeouts)::bigint,
        sum(rolled.cancellations)::bigint,
        sum(rolled.duration_ms_sum),
        max(rolled.duration_ms_max),
        max(rolled.last_started_at),
        series.tool_id,
        series.tool
    FROM rolled
    -- Not INNER: all calls have no series.
    LEFT JOIN internal.named_series(call_counts.dimension) AS series ON series.id = rolled.series_id
    GROUP BY 1, 2, 10, 11
    UNION ALL
    SELECT
        CASE WHEN call_counts.bucket IS NOT NULL THEN date_bin(call_counts.bucket, raw.started_at, origin) END,
        raw.name,
        count(*),
        count(*) FILTER (WHERE raw.status = 'success'),
        count(*) FILTER (WHERE raw.status = 'timeout'),
        count(*) FILTER (WHERE raw.status = 'cancelled'),
        sum(least(raw.duration_ms, 3e16)),
        max(raw.duration_ms),
        max(raw.started_at),
        raw.tool_id,
        raw.tool
    FROM internal.named_calls(
        call_counts.dimension, call_counts.since, call_counts.until, part.first, part.beyond, part.running, part.next,
        call_counts.filter
    ) AS raw
    GROUP BY 1, 2, 10, 11;
END
$$;

COMMENT ON FUNCTION internal.call_counts IS
'Calls of any window by dimension (see internal.named_series) and bucket of time, from the rollups and from raw rows. A '
'name may have two rows. tool_id and tool are set for the dimension caller.';
