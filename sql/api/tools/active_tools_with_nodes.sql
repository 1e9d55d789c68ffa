-- Lists tools that can be called now, with their nodes.
CREATE VIEW api.active_tools_with_nodes WITH (security_invoker = true) AS
SELECT
    tool.name,
    tool.version,
    tool.category,
    tool.lifecycle,
    tool.service,
    tool.node,
    tool.node_type,
    tool.node_address,
    tool.node_status,
    tool.tool_name
FROM api.tool_availability AS tool
WHERE tool.available;

COMMENT ON VIEW api.active_tools_with_nodes IS
'Tools that can be called now, as in api.active_tools, with their node (NULL: none declared).';
