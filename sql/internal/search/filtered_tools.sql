-- Filters tools for a search. PostgreSQL inlines the function, so that an index answers further conditions of a query.
CREATE FUNCTION internal.filtered_tools(category text, tag text, owner text, lifecycle text) RETURNS TABLE (
    id uuid,
    name text,
    lifecycle text,
    search tsvector
)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
SELECT
    tool.id,
    tool.name,
    tool.lifecycle,
    tool.search
FROM registry.tools AS tool
WHERE
    (filtered_tools.category IS NULL OR tool.category = filtered_tools.category)
    AND (filtered_tools.owner IS NULL OR tool.owner = filtered_tools.owner)
    AND CASE
        WHEN filtered_tools.lifecycle IS NULL THEN tool.lifecycle <> 'retired'
        ELSE tool.lifecycle = filtered_tools.lifecycle
    END
    AND (
        filtered_tools.tag IS NULL
        OR EXISTS (
            SELECT FROM registry.tool_tags AS tagged
            WHERE tagged.tool_id = tool.id AND tagged.tag = filtered_tools.tag
        )
    )
$$;

COMMENT ON FUNCTION internal.filtered_tools IS
'Tools of a category, tag, owner and lifecycle. NULL: all, except for lifecycle, where NULL excludes retired tools.';
