-- The whole registry in one row.
CREATE VIEW api.system_summary WITH (security_invoker = true) AS
SELECT
    (SELECT count(*) FROM registry.tools) AS tools,
    (SELECT count(*) FROM registry.tools WHERE lifecycle IN ('active', 'deprecated')) AS active_tools,
    (SELECT count(*) FROM registry.tools WHERE node IS NULL) AS tools_without_nodes,
    (SELECT count(DISTINCT category) FROM registry.tools) AS categories,
    (SELECT count(DISTINCT tag) FROM registry.tool_tags) AS tags,
    (SELECT count(*) FROM registry.nodes) AS nodes,
    (SELECT count(*) FROM registry.nodes WHERE status = 'active') AS active_nodes,
    (SELECT count(*) FROM registry.services) AS services,
    (SELECT count(*) FROM registry.services WHERE type = 'agent') AS agents,
    applied.number AS revision,
    applied.commit,
    applied.finished_at AS applied_at,
    recent.calls AS calls_24h,
    round(recent.successes::numeric / nullif(recent.calls, 0), 4) AS success_rate_24h,
    stored.artifacts,
    stored.bytes AS artifact_bytes,
    (
        SELECT count(*)
        FROM registry.nodes AS node
        INNER JOIN runtime.node_heartbeats AS heartbeat ON heartbeat.node_id = node.id
        WHERE
            node.status = 'active'
            AND heartbeat.seen_at > now() - coalesce(
                -- A manifest that was changed by hand may say anything.
                substring(node.manifest #>> '{spec,healthCheck,lateAfter}' FROM '^[1-9][0-9]{0,5}(?:ms|s|m|h|d)$')::interval,
                (SELECT late_after FROM runtime.settings),
                '1 minute'
            )
    ) AS healthy_nodes,
    (
        SELECT count(*)
        FROM runtime.tool_overrides AS override
        WHERE override.ended_at IS NULL AND (override.until IS NULL OR override.until > now())
    ) AS overrides,
    (SELECT min(log.recorded_at) FROM api.uncounted_invocations AS log) AS oldest_uncounted_at
FROM (SELECT) AS one
-- Whole hours from the rollup; from the logs what it has not counted, and the hour in which the window begins.
CROSS JOIN LATERAL (
    SELECT
        coalesce(sum(part.calls), 0)::bigint AS calls,
        coalesce(sum(part.successes), 0)::bigint AS successes
    FROM (
        SELECT
            sum(rollup.calls) AS calls,
            sum(rollup.successes) AS successes
        FROM runtime.invocation_rollup AS rollup
        WHERE rollup.hour >= date_trunc('hour', now(), 'UTC') - interval '23 hours'
        UNION ALL
        SELECT
            count(*),
            count(*) FILTER (WHERE log.status = 'success')
        FROM api.uncounted_invocations AS log
        WHERE log.started_at >= date_trunc('hour', now(), 'UTC') - interval '23 hours'
        UNION ALL
        SELECT
            count(*),
            count(*) FILTER (WHERE log.status = 'success')
        FROM runtime.invocation_logs AS log
        WHERE
            log.started_at >= now() - interval '24 hours'
            AND log.started_at < date_trunc('hour', now(), 'UTC') - interval '23 hours'
    ) AS part
) AS recent
CROSS JOIN LATERAL (
    SELECT
        count(*) AS artifacts,
        coalesce(sum(artifact.size_bytes), 0)::bigint AS bytes
    FROM runtime.artifacts AS artifact
) AS stored
LEFT JOIN LATERAL (
    SELECT
        revision.number,
        revision.commit,
        revision.finished_at
    FROM registry.revisions AS revision
    WHERE revision.outcome = 'applied'
    ORDER BY revision.number DESC
    LIMIT 1
) AS applied ON true;

COMMENT ON VIEW api.system_summary IS
'The whole registry in one row: how many of each, the revision that is applied, and what happened in the last 24 hours.';
