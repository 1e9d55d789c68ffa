-- Summarizes the use of each tool since the first counted call.
CREATE VIEW api.tool_usage_statistics WITH (security_invoker = true) AS
-- A filter on the tool reaches every branch, and an index answers it: hence no function over all calls, and a branch each for
-- the tools with a current name, without identity, and without a current name.
WITH named AS (
    SELECT
        series.id,
        entity.name AS tool,
        series.agent
    FROM registry.entities AS entity
    INNER JOIN runtime.series AS series ON series.tool_id = entity.id
    WHERE entity.name IS NOT NULL
    UNION ALL
    SELECT
        series.id,
        series.tool,
        series.agent
    FROM runtime.series AS series
    WHERE series.tool_id IS NULL
    UNION ALL
    SELECT
        series.id,
        series.tool,
        series.agent
    FROM registry.entities AS entity
    INNER JOIN runtime.series AS series ON series.tool_id = entity.id
    WHERE entity.name IS NULL
),

counted AS (
    SELECT
        named.tool,
        named.agent,
        rolled.calls,
        rolled.successes,
        rolled.duration_ms_sum,
        rolled.last_started_at
    FROM named
    INNER JOIN runtime.invocation_rollup_daily AS rolled ON rolled.series_id = named.id
    WHERE (SELECT internal.counted_snapshot()) IS NOT NULL
    UNION ALL
    SELECT
        coalesce(entity.name, fresh.tool),
        fresh.agent,
        fresh.calls,
        fresh.successes,
        fresh.duration_ms_sum,
        fresh.last_started_at
    FROM internal.uncounted_use() AS fresh
    LEFT JOIN registry.entities AS entity ON entity.id = fresh.tool_id
    UNION ALL
    -- Declared tools, called or not.
    SELECT
        declared.name,
        NULL,
        NULL,
        NULL,
        NULL,
        NULL
    FROM registry.tools AS declared
),

of_agents AS (
    SELECT
        counted.tool,
        counted.agent,
        sum(counted.calls) AS calls,
        sum(counted.successes) AS successes,
        sum(counted.duration_ms_sum) AS duration_ms,
        max(counted.last_started_at) AS last_used_at
    FROM counted
    GROUP BY counted.tool, counted.agent
),

called AS (
    SELECT
        of_agents.tool,
        sum(of_agents.calls)::bigint AS calls,
        sum(of_agents.successes)::bigint AS successes,
        sum(of_agents.duration_ms) AS duration_ms,
        max(of_agents.last_used_at) AS last_used_at,
        count(of_agents.agent) AS agents
    FROM of_agents
    GROUP BY of_agents.tool
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
    called.tool,
    coalesce(called.calls, 0) AS calls,
    round(called.successes::numeric / called.calls, 4) AS success_rate,
    round((called.duration_ms / called.calls)::numeric, 1) AS mean_duration_ms,
    called.last_used_at,
    called.agents,
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
LEFT JOIN registry.tools AS tool ON tool.name = called.tool
LEFT JOIN registry.entities AS entity ON entity.kind = 'Tool' AND entity.name = called.tool
LEFT JOIN stored ON stored.tool_id = coalesce(tool.id, entity.id)
ORDER BY calls DESC, tool;

COMMENT ON VIEW api.tool_usage_statistics IS
'Every tool, called or not: calls, success_rate (0 to 1) and mean_duration_ms (both NULL without calls), last use, distinct '
'agents, artifacts and their bytes. state: declared, removed, or unknown (never declared).';
