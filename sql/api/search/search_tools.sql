-- Searches tools by words, best match first.
CREATE FUNCTION api.search_tools(
    query text,
    category text DEFAULT NULL,
    tag text DEFAULT NULL,
    owner text DEFAULT NULL,
    lifecycle text DEFAULT NULL,
    max_results integer DEFAULT 10
) RETURNS TABLE (
    name text,
    title text,
    description text,
    category text,
    lifecycle text,
    service text,
    node text,
    score double precision,
    tool_name text
)
LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT
        tool.name,
        tool.manifest #>> '{metadata,title}',
        tool.manifest #>> '{metadata,description}',
        tool.category,
        tool.lifecycle,
        tool.service,
        tool.node,
        round(ranked.score::numeric, 4)::double precision,
        tool.tool_name
    FROM internal.rank_tools($1, $2, $3, $4, $5, $6) AS ranked
    INNER JOIN registry.tools AS tool ON tool.id = ranked.id
    ORDER BY ranked.score DESC, tool.name;
END;

COMMENT ON FUNCTION api.search_tools IS
'Tools that match a text, best first: words of names, titles, tags, descriptions, parameters and examples. Any text is '
'accepted; NULL or blank returns all tools that pass the filters, by name. NULL in a filter: all, except that retired tools '
'appear only with lifecycle => ''retired''. max_results: 1 to 1000.';
