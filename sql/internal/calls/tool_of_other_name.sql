-- Finds the tool of a call by its provider's name, or by the name of a removed tool.
CREATE FUNCTION internal.tool_of_other_name(tool text, service text)
RETURNS TABLE (id uuid, version text, service text, node text)
LANGUAGE sql STABLE AS $$
    WITH provided AS (
        SELECT
            found.id,
            found.version,
            found.service,
            found.node,
            found.tool_name = tool_of_other_name.tool AS is_exact
        FROM registry.tools AS found
        WHERE
            lower(found.tool_name) = lower(tool_of_other_name.tool)
            AND found.service = coalesce(lower(tool_of_other_name.service), found.service)
    ),
    -- Names of tools are case-sensitive (MCP 2025-11-25, tools), so an exact match wins over others.
    meant AS (
        SELECT provided.*
        FROM provided
        WHERE provided.is_exact OR NOT EXISTS (SELECT FROM provided AS other WHERE other.is_exact)
    )
    SELECT
        meant.id,
        meant.version,
        meant.service,
        meant.node
    FROM meant
    -- Two providers may use the same name; then only the service identifies the tool.
    WHERE (SELECT count(*) FROM meant) = 1
    UNION ALL
    SELECT
        entity.id,
        NULL,
        NULL,
        NULL
    FROM registry.entities AS entity
    WHERE entity.kind = 'Tool' AND entity.name = lower(tool_of_other_name.tool) AND NOT EXISTS (SELECT FROM provided)
$$;

COMMENT ON FUNCTION internal.tool_of_other_name IS
'The tool with this spec.toolName, else the removed tool with this name. No row if several tools match.';
