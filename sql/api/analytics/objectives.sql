-- Compares the declared objectives of each tool with its calls.
CREATE FUNCTION api.objectives(
    since timestamptz DEFAULT now() - interval '30 days',
    until timestamptz DEFAULT 'infinity',
    of_tool text DEFAULT NULL
) RETURNS TABLE (
    tool text,
    owner text,
    calls bigint,
    declared_success_rate numeric,
    success_rate numeric,
    success_rate_holds boolean,
    error_budget_left numeric,
    declared_p95_ms numeric,
    p95_ms numeric,
    p95_holds boolean
)
LANGUAGE sql STABLE AS $$
SELECT
    declared.name,
    declared.owner,
    coalesce(measured.total, 0),
    objective.success_rate,
    round(measured.successful::numeric / measured.total, 6),
    measured.successful >= objective.success_rate * measured.total,
    CASE
        WHEN objective.success_rate < 1
            THEN round(1 - measured.failed / ((1 - objective.success_rate) * measured.total), 4)
        -- A budget of zero errors has no fraction.
        WHEN objective.success_rate = 1 AND measured.failed = 0 THEN 1
        WHEN objective.success_rate = 1 AND measured.failed > 0 THEN 0
    END,
    objective.p95_ms,
    measured.p95_ms,
    measured.p95_ms <= objective.p95_ms
FROM registry.tools AS declared
CROSS JOIN LATERAL (
    SELECT
        substring(declared.manifest #>> '{spec,objectives,successRate}' FROM said.number)::numeric AS success_rate,
        substring(declared.manifest #>> '{spec,objectives,p95LatencyMs}' FROM said.number)::numeric AS p95_ms
    -- A manifest that was changed by hand can contain any value.
    FROM (VALUES ('^[0-9]{1,9}(?:[.][0-9]{1,18})?(?:[eE][-+]?[0-9]{1,2})?$')) AS said (number)
) AS objective
LEFT JOIN (
    SELECT filtered.*
    FROM (SELECT internal.filter_of(of_tool, NULL, NULL, NULL, NULL) AS filter) AS wanted
    CROSS JOIN LATERAL internal.measured_calls('tool', since, until, NULL, wanted.filter) AS filtered
) AS measured
    ON measured.name = declared.name
WHERE of_tool IS NULL OR declared.name = of_tool
ORDER BY declared.name
$$;

COMMENT ON FUNCTION api.objectives IS
'Declared objectives of each tool and its calls from since to before until: success rates (0 to 1), p95_ms (the smallest '
'duration in ms that at least 95 % of the calls did not exceed, within 5 %), whether each objective holds, and the fraction '
'of the error budget left, below 0 once more calls failed than the objective allows. NULL without an objective or without '
'calls. of_tool: of this tool alone; NULL: of all.';
