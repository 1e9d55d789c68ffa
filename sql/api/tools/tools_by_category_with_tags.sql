-- Lists each category with its tools and their tags.
CREATE VIEW api.tools_by_category_with_tags WITH (security_invoker = true) AS
SELECT
    tool.category,
    count(DISTINCT tool.id) AS tools,
    array_agg(DISTINCT tool.name ORDER BY tool.name) AS names,
    array_agg(DISTINCT tag.tag ORDER BY tag.tag) FILTER (WHERE tag.tag IS NOT NULL) AS tags
FROM registry.tools AS tool
LEFT JOIN registry.tool_tags AS tag ON tag.tool_id = tool.id
GROUP BY tool.category;

COMMENT ON VIEW api.tools_by_category_with_tags IS
'Each category: number of tools, their names, and their tags (NULL: none).';
