-- Judges whether each declared tool can be called now, and why not.
CREATE VIEW api.tool_availability WITH (security_invoker = true) AS
SELECT
    tool.id,
    tool.name,
    tool.version,
    tool.category,
    tool.lifecycle,
    tool.owner,
    obstacle.reason IS NULL AS available,
    obstacle.reason,
    tool.service,
    service.endpoint AS service_endpoint,
    tool.node,
    node.type AS node_type,
    node.address AS node_address,
    node.status AS node_status,
    override.status AS override,
    override.reason AS override_reason,
    override.until AS override_until,
    override.set_by AS override_by,
    tool.tool_name
FROM registry.tools AS tool
LEFT JOIN registry.services AS service ON service.name = tool.service
LEFT JOIN registry.nodes AS node ON node.name = tool.node
LEFT JOIN api.tool_overrides AS override ON override.tool_id = tool.id AND override.active
LEFT JOIN runtime.tool_statuses AS found ON found.tool_id = tool.id
-- An override cannot change declared facts, only an observed status: it keeps a tool of a silent node in service.
CROSS JOIN LATERAL (
    SELECT
        CASE
            WHEN tool.lifecycle NOT IN ('active', 'deprecated') THEN 'the tool is ' || tool.lifecycle
            WHEN override.status = 'unavailable'
                THEN concat(
                    'taken out of service by ' || override.set_by,
                    to_char(override.until AT TIME ZONE 'UTC', '" until "YYYY-MM-DD HH24:MI:SS" UTC"'),
                    ': ' || override.reason
                )
            WHEN tool.node IS NOT NULL AND node.name IS NULL THEN 'node ' || tool.node || ' is not declared'
            WHEN node.status = 'maintenance' THEN 'node ' || node.name || ' is in maintenance'
            WHEN node.status <> 'active' THEN 'node ' || node.name || ' is ' || node.status
            WHEN override.status IS NULL AND found.status = 'unavailable' THEN found.reason
        END AS reason
) AS obstacle;

COMMENT ON VIEW api.tool_availability IS
'Every declared tool: whether it can be called now, the reason if not (NULL if available), and its active override (NULL: '
'none). An override does not change declared facts: a lifecycle other than active or deprecated, or a node out of service.';
