-- Summarizes the use of each tool since the first counted call.
CREATE VIEW api.tool_usage_statistics WITH (security_invoker = true) AS
WITH called AS (
    SELECT
        counts.tool_name AS tool,
        sum(counts.calls)::bigint AS calls,
        sum(counts.successes)::bigint AS successes,
        sum(counts.duration_ms_sum) AS duration_ms,
        max(counts.last_started_at) AS last_used_at,
        count(DISTINCT counts.agent_name) AS agents
    FROM internal.call_counts('-infinity', 'infinity', NULL, NULL) AS counts
    GROUP BY counts.tool_name
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
    coalesce(tool.name, called.tool) AS tool,
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
FULL JOIN registry.tools AS tool ON tool.name = called.tool
LEFT JOIN registry.entities AS entity ON entity.kind = 'Tool' AND entity.name = called.tool
LEFT JOIN stored ON stored.tool_id = coalesce(tool.id, entity.id)
ORDER BY calls DESC, tool;

COMMENT ON VIEW api.tool_usage_statistics IS
'Every tool, called or not: calls, success_rate (0 to 1) and mean_duration_ms (both NULL without calls), last use, distinct '
'agents, artifacts and their bytes. state: declared, removed, or unknown (never declared).';
