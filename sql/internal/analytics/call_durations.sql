-- Computes percentiles of the durations of any window by dimension and bucket of time: whole days from the histograms,
-- uncounted calls and the days at the edges from raw rows.
CREATE FUNCTION internal.call_durations(
    dimension text,
    since timestamptz,
    until timestamptz,
    bucket interval,
    filter internal.call_filter
) RETURNS TABLE (
    at timestamptz,
    name text,
    p50_ms double precision,
    p95_ms double precision,
    p99_ms double precision
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
            call_durations.dimension = 'all'
            AND series_ids IS NULL
            AND total.day >= first_day
            AND total.day < beyond_day
        UNION ALL
        SELECT
            histogram.day,
            histogram.series_id,
            histogram.bucket,
            histogram.calls
        FROM runtime.duration_histogram AS histogram
        WHERE
            (call_durations.dimension <> 'all' OR series_ids IS NOT NULL)
            AND histogram.day >= first_day
            AND histogram.day < beyond_day
            AND (series_ids IS NULL OR histogram.series_id = ANY (series_ids))
    ),

    parts AS (
        SELECT
            CASE
                WHEN call_durations.bucket IS NOT NULL
                    THEN date_bin(call_durations.bucket, counted.day::timestamp AT TIME ZONE 'UTC', origin)
            END AS at,
            series.name,
            counted.bucket AS duration_bucket,
            sum(counted.calls)::double precision AS calls
        FROM counted
        -- Not INNER: for all calls, PostgreSQL drops the join.
        LEFT JOIN internal.named_series(call_durations.dimension) AS series ON series.id = counted.series_id
        GROUP BY 1, 2, 3
        UNION ALL
        SELECT
            CASE
                WHEN call_durations.bucket IS NOT NULL THEN date_bin(call_durations.bucket, raw.started_at, origin)
            END,
            raw.name,
            internal.duration_bucket(raw.duration_ms),
            count(*)::double precision
        FROM internal.named_calls(
            call_durations.dimension, call_durations.since, call_durations.until, part.first, part.beyond,
            part.running, part.next, call_durations.filter
        ) AS raw
        GROUP BY 1, 2, 3
    ),

    summed AS (
        SELECT
            parts.at,
            parts.name,
            -- Sorted by hash: a comparison of numbers is faster than one of texts.
            hashtextextended(parts.name, 0) AS key,
            parts.duration_bucket,
            sum(sum(parts.calls)) OVER so_far AS calls_up_to,
            sum(sum(parts.calls)) OVER of_name AS calls
        FROM parts
        GROUP BY parts.at, parts.name, parts.duration_bucket
        WINDOW
            of_name AS (PARTITION BY parts.at, hashtextextended(parts.name, 0), parts.name),
            so_far AS (of_name ORDER BY parts.duration_bucket)
    )

    SELECT
        summed.at,
        summed.name,
        internal.bucket_duration(
            min(summed.duration_bucket) FILTER (WHERE summed.calls_up_to >= ceil(0.50::double precision * summed.calls))
        ),
        internal.bucket_duration(
            min(summed.duration_bucket) FILTER (WHERE summed.calls_up_to >= ceil(0.95::double precision * summed.calls))
        ),
        internal.bucket_duration(
            min(summed.duration_bucket) FILTER (WHERE summed.calls_up_to >= ceil(0.99::double precision * summed.calls))
        )
    FROM summed
    GROUP BY summed.at, summed.key, summed.name;
END
$$;

COMMENT ON FUNCTION internal.call_durations IS
'The smallest durations in ms that at least 50, 95 and 99 % of the calls of any window do not exceed, like '
'percentile_disc, at most 4.9 % off, by dimension (see internal.named_series) and bucket of time.';
