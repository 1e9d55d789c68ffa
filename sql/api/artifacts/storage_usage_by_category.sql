-- Sums up artifacts by the category of their tool.
CREATE VIEW api.storage_usage_by_category WITH (security_invoker = true) AS
SELECT
    tool.category,
    CASE WHEN tool.category IS NULL THEN 'removed tools' ELSE 'declared tools' END AS tools,
    sum(used.artifacts)::bigint AS artifacts,
    sum(used.bytes)::bigint AS bytes,
    max(used.largest_bytes) AS largest_bytes,
    min(used.oldest_at) AS oldest_at,
    sum(used.expired)::bigint AS expired
FROM (
    SELECT
        artifact.tool_id,
        count(*) AS artifacts,
        sum(artifact.size_bytes) AS bytes,
        max(artifact.size_bytes) AS largest_bytes,
        min(artifact.created_at) AS oldest_at,
        count(*) FILTER (WHERE artifact.expires_at <= now()) AS expired
    FROM runtime.artifacts AS artifact
    GROUP BY artifact.tool_id
) AS used
LEFT JOIN registry.tools AS tool ON tool.id = used.tool_id
GROUP BY tool.category
ORDER BY bytes DESC, tool.category;

COMMENT ON VIEW api.storage_usage_by_category IS
'Artifacts by the category of their tool: number, bytes, largest and oldest, and how many are expired but still registered. '
'category is NULL for artifacts of removed tools.';
