-- Lists registered artifacts with the tool that produced each.
CREATE VIEW api.artifacts WITH (security_invoker = true) AS
SELECT
    artifact.id,
    entity.name AS tool,
    artifact.uri,
    artifact.media_type,
    artifact.size_bytes,
    artifact.sha256,
    artifact.invocation_id AS invocation,
    artifact.invocation_started_at,
    artifact.metadata,
    artifact.created_by,
    artifact.created_at,
    artifact.expires_at,
    coalesce(artifact.expires_at <= now(), false) AS expired,
    NOT entity.present AS orphaned,
    tool.category,
    tool.owner,
    artifact.tool_id
FROM runtime.artifacts AS artifact
INNER JOIN registry.entities AS entity ON entity.id = artifact.tool_id
LEFT JOIN registry.tools AS tool ON tool.id = artifact.tool_id;

COMMENT ON VIEW api.artifacts IS
'Registered artifacts with the tool that produced each. orphaned: the tool is no longer declared. tool is NULL if another '
'tool has taken its name. expires_at NULL: never.';
