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
WITH found AS (
    SELECT
        counts.at,
        counts.tool_name,
        counts.version_name,
        counts.agent_name,
        counts.service_name,
        counts.node_name,
        counts.category_name,
        counts.calls,
        counts.successes,
        counts.timeouts,
        counts.cancellations,
        counts.duration_ms_sum,
        counts.duration_ms_max,
        counts.last_started_at,
        NULL::smallint AS duration_bucket,
        NULL::bigint AS bucket_calls
    FROM internal.call_counts(since, until, bucket, filter) AS counts
    UNION ALL
    SELECT
        durations.at,
        durations.tool_name,
        durations.version_name,
        durations.agent_name,
        durations.service_name,
        durations.node_name,
        durations.category_name,
        NULL,
        NULL,
        NULL,
        NULL,
        NULL,
        NULL,
        NULL,
        durations.duration_bucket,
        durations.calls
    FROM internal.call_durations(since, until, bucket, dimension <> 'all', filter) AS durations
),

measured AS (
    SELECT
        found.at,
        CASE dimension
            WHEN 'tool' THEN found.tool_name
            WHEN 'version' THEN concat_ws(' ', found.tool_name, found.version_name)
            WHEN 'agent' THEN found.agent_name
            WHEN 'service' THEN found.service_name
            WHEN 'node' THEN found.node_name
            WHEN 'category' THEN found.category_name
        END AS name,
        sum(found.calls)::bigint AS calls,
        sum(found.successes)::bigint AS successes,
        sum(found.timeouts)::bigint AS timeouts,
        sum(found.cancellations)::bigint AS cancellations,
        sum(found.duration_ms_sum) AS duration_ms_sum,
        max(found.duration_ms_max) AS duration_ms_max,
        max(found.last_started_at) AS last_started_at,
        array_agg(found.duration_bucket) FILTER (WHERE found.duration_bucket IS NOT NULL) AS buckets,
        array_agg(found.bucket_calls) FILTER (WHERE found.duration_bucket IS NOT NULL) AS bucket_calls
    FROM found
    GROUP BY 1, 2
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
    round(least(latency.p50, measured.duration_ms_max)::numeric, 3),
    round(least(latency.p95, measured.duration_ms_max)::numeric, 3),
    round(least(latency.p99, measured.duration_ms_max)::numeric, 3),
    round(measured.duration_ms_max::numeric, 3),
    measured.last_started_at
FROM measured
CROSS JOIN LATERAL (
    SELECT
        internal.histogram_percentile(0.50, measured.buckets, measured.bucket_calls) AS p50,
        internal.histogram_percentile(0.95, measured.buckets, measured.bucket_calls) AS p95,
        internal.histogram_percentile(0.99, measured.buckets, measured.bucket_calls) AS p99
) AS latency
WHERE measured.calls IS NOT NULL
$$;

COMMENT ON FUNCTION internal.measured_calls IS
'The measures of analytics for each group (tool, version, agent, service, node, category, or all) and bucket of time. '
'Durations in ms.';
