-- Summarizes the whole registry in one row.
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
        FROM api.node_health_status AS node
        WHERE node.status = 'active' AND node.health = 'healthy'
    ) AS healthy_nodes,
    (SELECT count(*) FROM api.tool_overrides AS override WHERE override.active) AS overrides,
    (SELECT min(uncounted.first_recorded_at) FROM internal.uncounted_calls() AS uncounted) AS oldest_uncounted_at
FROM (SELECT) AS one
CROSS JOIN LATERAL (
    SELECT
        coalesce(sum(counts.calls), 0)::bigint AS calls,
        coalesce(sum(counts.successes), 0)::bigint AS successes
    FROM internal.call_counts('all', now() - interval '24 hours', 'infinity', NULL, NULL) AS counts
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
'The whole registry in one row: numbers of resources, the applied revision, and the calls of the last 24 hours '
'(success_rate_24h: 0 to 1, NULL without calls). oldest_uncounted_at: NULL if the rollups have every call.';
