-- Add up the calls of all databases by the name of the tool.
SELECT
    usage.tool,
    sum(usage.calls) FILTER (WHERE usage.bucket IS NULL)::bigint AS calls,
    round(
        (sum(usage.successes) / sum(usage.calls) FILTER (WHERE usage.bucket IS NULL))::numeric, 4
    ) AS success_rate,
    round(
        (sum(usage.duration_ms) / sum(usage.calls) FILTER (WHERE usage.bucket IS NULL)::double precision)::numeric, 1
    ) AS mean_duration_ms,
    -- Percentiles cannot be added up, their histograms can.
    round(
        internal.histogram_percentile(
            0.95,
            array_agg(usage.bucket) FILTER (WHERE usage.bucket IS NOT NULL),
            array_agg(usage.calls) FILTER (WHERE usage.bucket IS NOT NULL)
        )::numeric,
        1
    ) AS p95_ms,
    max(usage.last_used_at) AS last_used_at
FROM pg_temp.usage AS usage
GROUP BY usage.tool
ORDER BY calls DESC, usage.tool
