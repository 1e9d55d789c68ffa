-- Lists tools that are slower than their objective, and the slowest without an objective.
CREATE VIEW api.slow_tools WITH (security_invoker = true) AS
WITH judged AS (
    SELECT
        measured.name AS tool,
        declared.category,
        declared.owner,
        measured.total AS calls,
        measured.p50_ms,
        measured.p95_ms,
        objective.ms AS objective_ms,
        row_number() OVER (PARTITION BY objective.ms IS NULL ORDER BY measured.p95_ms DESC) AS place
    FROM internal.measured_calls(
        'tool', date_trunc('day', now(), 'UTC') - interval '144 hours', 'infinity', NULL, NULL
    ) AS measured
    LEFT JOIN registry.tools AS declared ON declared.name = measured.name
    -- A manifest that was changed by hand can contain any value.
    CROSS JOIN LATERAL (
        SELECT substring(declared.manifest #>> '{spec,objectives,p95LatencyMs}' FROM '^[1-9][0-9]{0,8}$')::bigint AS ms
    ) AS objective
)

SELECT
    judged.tool,
    judged.category,
    judged.owner,
    judged.calls,
    round(judged.p50_ms, 1) AS p50_ms,
    round(judged.p95_ms, 1) AS p95_ms,
    judged.objective_ms,
    round(judged.p95_ms / judged.objective_ms, 2) AS times_objective
FROM judged
WHERE judged.p95_ms > judged.objective_ms OR (judged.objective_ms IS NULL AND judged.place <= 10)
ORDER BY times_objective DESC NULLS LAST, judged.p95_ms DESC, judged.tool;

COMMENT ON VIEW api.slow_tools IS
'Tools whose p95_ms of today and the six days before (UTC) exceeds their objective, worst first; then the ten slowest '
'without an objective (objective_ms and times_objective are NULL). p95_ms: the smallest duration in ms that at least 95 % '
'of the calls did not exceed, within 5 %.';
