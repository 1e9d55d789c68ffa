-- Lists artifacts whose tool was removed longer ago than the grace period, and whose call is no longer logged.
CREATE VIEW api.orphaned_artifacts WITH (security_invoker = true) AS
SELECT
    artifact.id,
    entity.name AS tool,
    artifact.uri,
    artifact.size_bytes,
    artifact.created_by,
    artifact.created_at,
    removal.removed_at
FROM runtime.artifacts AS artifact
INNER JOIN registry.entities AS entity ON entity.id = artifact.tool_id
CROSS JOIN runtime.settings AS settings
-- NULL for a tool whose row was inserted and removed by hand.
LEFT JOIN LATERAL (
    SELECT revision.finished_at AS removed_at
    FROM registry.history AS version
    INNER JOIN registry.revisions AS revision ON revision.number = version.revision
    WHERE version.entity_id = artifact.tool_id
    ORDER BY version.revision DESC
    LIMIT 1
) AS removal ON true
WHERE
    -- A declared tool whose row was removed by hand comes back with the next apply.
    NOT entity.present
    AND NOT EXISTS (SELECT FROM registry.tools AS tool WHERE tool.id = artifact.tool_id)
    AND artifact.created_at < now() - settings.orphan_grace
    AND coalesce(removal.removed_at < now() - settings.orphan_grace, true)
    AND NOT EXISTS (
        SELECT FROM runtime.invocation_logs AS log
        WHERE log.id = artifact.invocation_id AND log.started_at = artifact.invocation_started_at
    );

COMMENT ON VIEW api.orphaned_artifacts IS
'Artifacts that cleanup_orphaned_artifacts removes: their tool was removed longer ago than runtime.settings.orphan_grace, '
'and the call that produced them is no longer in the logs.';
