-- Measures all calls of a window in one row.
CREATE FUNCTION api.orchestration_analytics(
    since timestamptz DEFAULT '-infinity',
    until timestamptz DEFAULT 'infinity',
    tool text DEFAULT NULL,
    agent text DEFAULT NULL,
    service text DEFAULT NULL,
    node text DEFAULT NULL,
    category text DEFAULT NULL
) RETURNS TABLE (
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
    most_active_agent text,
    most_active_agent_calls bigint,
    most_used_tool text,
    most_used_tool_calls bigint,
    last_call_at timestamptz
)
LANGUAGE sql STABLE AS $$
WITH wanted AS MATERIALIZED (
    SELECT internal.filter_of(tool, agent, service, node, category) AS filter
),

counts AS MATERIALIZED (
    SELECT counted.*
    FROM wanted
    CROSS JOIN LATERAL internal.call_counts('caller', since, until, NULL, wanted.filter) AS counted
),

totals AS (
    SELECT
        coalesce(sum(counts.calls), 0)::bigint AS calls,
        coalesce(sum(counts.successes), 0)::bigint AS successes,
        coalesce(sum(counts.timeouts), 0)::bigint AS timeouts,
        coalesce(sum(counts.cancellations), 0)::bigint AS cancellations,
        sum(counts.duration_ms_sum) AS duration_ms_sum,
        max(counts.duration_ms_max) AS duration_ms_max,
        max(counts.last_started_at) AS last_started_at
    FROM counts
),

latencies AS (
    SELECT
        max(durations.p50_ms) AS p50_ms,
        max(durations.p95_ms) AS p95_ms,
        max(durations.p99_ms) AS p99_ms
    FROM wanted
    CROSS JOIN LATERAL internal.call_durations('all', since, until, NULL, wanted.filter) AS durations
),

agents AS (
    SELECT
        counts.name,
        sum(counts.calls)::bigint AS calls
    FROM counts
    GROUP BY counts.name
    ORDER BY 2 DESC, 1
    LIMIT 1
),

tools AS (
    SELECT
        counts.tool AS name,
        sum(counts.calls)::bigint AS calls
    FROM counts
    GROUP BY counts.tool
    ORDER BY 2 DESC, 1
    LIMIT 1
)

SELECT
    totals.calls,
    totals.successes,
    totals.calls - totals.successes,
    totals.timeouts,
    totals.cancellations,
    round(100.0 * totals.successes / nullif(totals.calls, 0), 2),
    round(100.0 * (totals.calls - totals.successes) / nullif(totals.calls, 0), 2),
    round((totals.duration_ms_sum / nullif(totals.calls, 0))::numeric, 3),
    round(least(latencies.p50_ms, totals.duration_ms_max)::numeric, 3),
    round(least(latencies.p95_ms, totals.duration_ms_max)::numeric, 3),
    round(least(latencies.p99_ms, totals.duration_ms_max)::numeric, 3),
    round(totals.duration_ms_max::numeric, 3),
    agents.name,
    agents.calls,
    tools.name,
    tools.calls,
    totals.last_started_at
FROM totals
CROSS JOIN latencies
LEFT JOIN agents ON true
LEFT JOIN tools ON true
$$;

COMMENT ON FUNCTION api.orchestration_analytics IS
'All calls from since to before until in one row: totals, shares in percent, durations in ms, the most active agent and the '
'most used tool. failed includes timeouts and cancellations. Measures are NULL without calls; NULL in a filter: all. '
'p50_ms, p95_ms and p99_ms: the smallest duration that at least 50, 95 or 99 % of the calls did not exceed, within 5 %.';
