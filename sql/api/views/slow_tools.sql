-- Tools that are slower than they promise, and the slowest of those that promise nothing.
CREATE VIEW api.slow_tools WITH (security_invoker = true) AS
WITH measured AS (
    SELECT
        series.tool_id,
        series.tool,
        histogram.bucket::bigint AS bucket,
        sum(histogram.calls) AS calls
    FROM runtime.duration_histogram AS histogram
    INNER JOIN runtime.series AS series ON series.id = histogram.series_id
    WHERE histogram.day > (now() AT TIME ZONE 'UTC')::date - 7
    GROUP BY series.tool_id, series.tool, histogram.bucket
    UNION ALL
    SELECT
        log.tool_id,
        log.tool,
        bucket.number,
        count(*)
    FROM api.uncounted_invocations AS log
    -- Zero has no logarithm; below a microsecond it does not matter how far below.
    CROSS JOIN LATERAL (SELECT floor(ln(greatest(log.duration_ms, 0.001)) / ln(1.1::double precision))::bigint) AS bucket (number)
    WHERE log.started_at >= date_trunc('day', now(), 'UTC') - interval '6 days'
    GROUP BY log.tool_id, log.tool, bucket.number
),

ranked AS (
    SELECT
        measured.tool_id,
        CASE WHEN measured.tool_id IS NULL THEN measured.tool END AS unknown,
        max(measured.tool) AS tool,
        measured.bucket,
        sum(sum(measured.calls)) OVER (of_tool ORDER BY measured.bucket) AS reached,
        sum(sum(measured.calls)) OVER of_tool AS calls
    FROM measured
    GROUP BY measured.tool_id, CASE WHEN measured.tool_id IS NULL THEN measured.tool END, measured.bucket
    WINDOW of_tool AS (PARTITION BY measured.tool_id, CASE WHEN measured.tool_id IS NULL THEN measured.tool END)
),

latency AS (
    SELECT
        ranked.tool_id,
        max(ranked.tool) AS tool,
        max(ranked.calls)::bigint AS calls,
        -- The middle of the bucket, which is at most 5 % off.
        power(1.1, min(ranked.bucket) FILTER (WHERE ranked.reached >= ranked.calls * 0.50) + 0.5) AS p50_ms,
        power(1.1, min(ranked.bucket) FILTER (WHERE ranked.reached >= ranked.calls * 0.95) + 0.5) AS p95_ms
    FROM ranked
    GROUP BY ranked.tool_id, ranked.unknown
),

judged AS (
    SELECT
        coalesce(entity.name, latency.tool) AS tool,
        tool.category,
        tool.owner,
        latency.calls,
        latency.p50_ms,
        latency.p95_ms,
        objective.ms AS objective_ms,
        row_number() OVER (PARTITION BY objective.ms IS NULL ORDER BY latency.p95_ms DESC) AS place
    FROM latency
    LEFT JOIN registry.entities AS entity ON entity.id = latency.tool_id
    LEFT JOIN registry.tools AS tool ON tool.id = latency.tool_id
    -- A manifest that was changed by hand may say anything.
    CROSS JOIN LATERAL (
        SELECT substring(tool.manifest #>> '{spec,objectives,p95LatencyMs}' FROM '^[1-9][0-9]{0,8}$')::bigint AS ms
    ) AS objective
)

SELECT
    judged.tool,
    judged.category,
    judged.owner,
    judged.calls,
    round(judged.p50_ms::numeric, 1) AS p50_ms,
    round(judged.p95_ms::numeric, 1) AS p95_ms,
    judged.objective_ms,
    round((judged.p95_ms / judged.objective_ms)::numeric, 2) AS times_objective
FROM judged
WHERE judged.p95_ms > judged.objective_ms OR (judged.objective_ms IS NULL AND judged.place <= 10)
ORDER BY times_objective DESC NULLS LAST, judged.p95_ms DESC, judged.tool;

COMMENT ON VIEW api.slow_tools IS
'Tools whose p95 of today and the six days before (UTC, within 5 %) is above their objective, the worst first; then the ten slowest of those without an objective.';
