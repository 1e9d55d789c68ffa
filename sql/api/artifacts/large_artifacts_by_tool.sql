-- Sums up artifacts of at least a given size by tool.
CREATE FUNCTION api.large_artifacts_by_tool(min_bytes bigint)
RETURNS TABLE (tool text, artifacts bigint, bytes numeric, largest_bytes bigint, largest_uri text, orphaned boolean)
LANGUAGE sql STABLE AS $$
    SELECT
        entity.name AS tool,
        large.artifacts,
        large.bytes,
        large.largest_bytes,
        (
            SELECT artifact.uri
            FROM runtime.artifacts AS artifact
            WHERE artifact.tool_id = large.tool_id AND artifact.size_bytes = large.largest_bytes
            ORDER BY artifact.created_at, artifact.id
            LIMIT 1
        ) AS largest_uri,
        NOT entity.present AS orphaned
    FROM (
        SELECT
            artifact.tool_id,
            count(*) AS artifacts,
            sum(artifact.size_bytes) AS bytes,
            max(artifact.size_bytes) AS largest_bytes
        FROM runtime.artifacts AS artifact
        WHERE artifact.size_bytes >= large_artifacts_by_tool.min_bytes
        GROUP BY artifact.tool_id
    ) AS large
    INNER JOIN registry.entities AS entity ON entity.id = large.tool_id
    ORDER BY large.bytes DESC, entity.name, large.tool_id
$$;

COMMENT ON FUNCTION api.large_artifacts_by_tool IS
'Artifacts of at least min_bytes by tool: number, total bytes and the largest, most bytes first. tool is NULL if another '
'tool has taken its name.';
