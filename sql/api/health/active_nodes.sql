-- Lists nodes that take calls, with the number of tools on each.
CREATE VIEW api.active_nodes WITH (security_invoker = true) AS
SELECT
    node.name,
    node.type,
    node.address,
    node.owner,
    (
        SELECT count(*)
        FROM registry.tools AS tool
        WHERE tool.node = node.name
    ) AS tools
FROM registry.nodes AS node
WHERE node.status = 'active';

COMMENT ON VIEW api.active_nodes IS 'Nodes with status active, with the number of tools on each.';
