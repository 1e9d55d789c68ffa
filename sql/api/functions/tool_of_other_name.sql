-- The tool that a call means which names no declared tool: by the name that its provider gave it, or one removed since.
CREATE FUNCTION api.tool_of_other_name(tool text, service text)
RETURNS TABLE (id uuid, version text, service text, node text)
LANGUAGE sql STABLE AS $$
    WITH provided AS (
        SELECT
            found.id,
            found.version,
            found.service,
            found.node
        FROM registry.tools AS found
        WHERE
            lower(found.manifest #>> '{spec,toolName}') = lower(tool_of_other_name.tool)
            AND found.service = coalesce(lower(tool_of_other_name.service), found.service)
    )
    SELECT provided.*
    FROM provided
    -- Two providers may use the same name; then only the service tells which is meant.
    WHERE (SELECT count(*) FROM provided) = 1
    UNION ALL
    SELECT
        entity.id,
        NULL,
        NULL,
        NULL
    FROM registry.entities AS entity
    WHERE entity.kind = 'Tool' AND entity.name = lower(tool_of_other_name.tool) AND NOT EXISTS (SELECT FROM provided)
$$;

COMMENT ON FUNCTION api.tool_of_other_name IS
'Internal: the tool that is meant by a name that is not declared: the one whose spec.toolName it is, or one that was removed.';
