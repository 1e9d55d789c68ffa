-- Computes the measures of each group and bucket of time, for all functions and views of analytics.
CREATE FUNCTION internal.measured_calls(
    dimension text,
    since timestamptz,
    until timestamptz,
    bucket interval,
    filter internal.call_filter
) RETURNS TABLE (
    at timestamptz,
    name text,
    total bigint,
    successful bigint,
    failed bigint,
    timed_out bigint,
    cancelled bigint,
    success_percent numeric,
    failure_percent numeric,
    mean_ms numeric,
    p50_ms numeric,
    p95_ms numeric,
    p99_ms numeric,
    max_ms numeric,
    last_call_at timestamptz
)
LANGUAGE sql STABLE AS $$
WITH parts AS (
    SELECT
        counts.at,
        counts.name,
        counts.calls,
        counts.successes,
        counts.timeouts,
        counts.cancellations,
        counts.duration_ms_sum,
        counts.duration_ms_max,
        counts.last_started_at,
        NULL::double precision AS p50_ms,
        NULL::double precision AS p95_ms,
        NULL::double precision AS p99_ms
    FROM internal.call_counts(dimension, since, until, bucket, filter) AS counts
    UNION ALL
    -- Not a join: at and name can be NULL.
    SELECT
        durations.at,
        durations.name,
        NULL,
        NULL,
        NULL,
        NULL,
        NULL,
        NULL,
        NULL,
        durations.p50_ms,
        durations.p95_ms,
        durations.p99_ms
    FROM internal.call_durations(dimension, since, until, bucket, filter) AS durations
),

measured AS (
    SELECT
        parts.at,
        parts.name,
        sum(parts.calls)::bigint AS calls,
        sum(parts.successes)::bigint AS successes,
        sum(parts.timeouts)::bigint AS timeouts,
        sum(parts.cancellations)::bigint AS cancellations,
        sum(parts.duration_ms_sum) AS duration_ms_sum,
        max(parts.duration_ms_max) AS duration_ms_max,
        max(parts.last_started_at) AS last_started_at,
        max(parts.p50_ms) AS p50_ms,
        max(parts.p95_ms) AS p95_ms,
        max(parts.p99_ms) AS p99_ms
    FROM parts
    GROUP BY parts.at, parts.name
)

SELECT
    measured.at,
    measured.name,
    measured.calls,
    measured.successes,
    measured.calls - measured.successes,
    measured.timeouts,
    measured.cancellations,
    round(100.0 * measured.successes / measured.calls, 2),
    round(100.0 * (measured.calls - measured.successes) / measured.calls, 2),
    round((measured.duration_ms_sum / measured.calls)::numeric, 3),
    round(least(measured.p50_ms, measured.duration_ms_max)::numeric, 3),
    round(least(measured.p95_ms, measured.duration_ms_max)::numeric, 3),
    round(least(measured.p99_ms, measured.duration_ms_max)::numeric, 3),
    round(measured.duration_ms_max::numeric, 3),
    measured.last_started_at
FROM measured
WHERE measured.calls IS NOT NULL
$$;

COMMENT ON FUNCTION internal.measured_calls IS
'The measures of analytics for each group (tool, version, agent, service, node, category, or all) and bucket of time. '
'Durations in ms.';
