-- Lists tools without a node.
CREATE VIEW api.tools_without_nodes WITH (security_invoker = true) AS
SELECT
    tool.name,
    tool.version,
    tool.category,
    tool.lifecycle,
    tool.service,
    tool.owner,
    tool.path
FROM registry.tools AS tool
WHERE tool.node IS NULL;

COMMENT ON VIEW api.tools_without_nodes IS 'Tools whose manifest names no node.';
