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
    applied.finished_at AS applied_at
FROM (SELECT) AS one
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

COMMENT ON VIEW api.system_summary IS 'The whole registry in one row: how many of each, and the revision that is applied.';
