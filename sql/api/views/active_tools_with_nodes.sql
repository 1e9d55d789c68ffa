-- Tools that may be called, with the node that each runs on.
CREATE VIEW api.active_tools_with_nodes WITH (security_invoker = true) AS
SELECT
    tool.name,
    tool.version,
    tool.category,
    tool.lifecycle,
    tool.service,
    tool.node,
    node.type AS node_type,
    node.address AS node_address,
    node.status AS node_status
FROM registry.tools AS tool
LEFT JOIN registry.nodes AS node ON node.name = tool.node
WHERE tool.lifecycle IN ('active', 'deprecated');

COMMENT ON VIEW api.active_tools_with_nodes IS
'Tools that may be called (active or deprecated), with the node that each runs on, if it names one.';
