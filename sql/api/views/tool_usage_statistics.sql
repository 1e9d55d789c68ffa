-- How each tool was used since calls are counted.
CREATE VIEW api.tool_usage_statistics WITH (security_invoker = true) AS
WITH usage AS (
    SELECT
        series.tool_id,
        series.tool,
        series.agent,
        sum(rollup.calls) AS calls,
        sum(rollup.successes) AS successes,
        sum(rollup.duration_ms_sum) AS duration_ms,
        max(rollup.last_started_at) AS last_used_at
    FROM runtime.invocation_rollup AS rollup
    INNER JOIN runtime.series AS series ON series.id = rollup.series_id
    GROUP BY series.tool_id, series.tool, series.agent
    UNION ALL
    SELECT
        log.tool_id,
        log.tool,
        log.agent,
        count(*),
        count(*) FILTER (WHERE log.status = 'success'),
        sum(log.duration_ms),
        max(log.started_at)
    FROM api.uncounted_invocations AS log
    GROUP BY log.tool_id, log.tool, log.agent
),

called AS (
    SELECT
        usage.tool_id,
        max(usage.tool) AS tool,
        sum(usage.calls)::bigint AS calls,
        sum(usage.successes)::bigint AS successes,
        sum(usage.duration_ms) AS duration_ms,
        max(usage.last_used_at) AS last_used_at,
        count(DISTINCT usage.agent) AS agents
    FROM usage
    -- Under whatever names an identity was called; nothing but the name tells apart what was never declared.
    GROUP BY usage.tool_id, CASE WHEN usage.tool_id IS NULL THEN usage.tool END
),

stored AS (
    SELECT
        artifact.tool_id,
        count(*) AS artifacts,
        sum(artifact.size_bytes)::bigint AS artifact_bytes
    FROM runtime.artifacts AS artifact
    GROUP BY artifact.tool_id
)

SELECT
    coalesce(tool.name, entity.name, called.tool) AS tool,
    coalesce(called.calls, 0) AS calls,
    round(called.successes::numeric / called.calls, 4) AS success_rate,
    round((called.duration_ms / called.calls)::numeric, 1) AS mean_duration_ms,
    called.last_used_at,
    coalesce(called.agents, 0) AS agents,
    coalesce(stored.artifacts, 0) AS artifacts,
    coalesce(stored.artifact_bytes, 0) AS artifact_bytes,
    coalesce(called.successes, 0) AS successes,
    CASE
        WHEN tool.id IS NOT NULL THEN 'declared'
        WHEN entity.id IS NOT NULL THEN 'removed'
        ELSE 'unknown'
    END AS state,
    tool.category,
    tool.owner,
    tool.lifecycle
FROM called
FULL JOIN registry.tools AS tool ON tool.id = called.tool_id
LEFT JOIN registry.entities AS entity ON entity.id = called.tool_id
LEFT JOIN stored ON stored.tool_id = coalesce(tool.id, called.tool_id)
ORDER BY calls DESC, tool;

COMMENT ON VIEW api.tool_usage_statistics IS
'Each tool, never called ones included: calls, share of them that succeeded (0 to 1), mean duration, last use, distinct agents, artifacts. State says whether it is declared, was removed, or was never declared.';
