-- Lists tools that can be called now, with their addresses.
CREATE VIEW api.active_tools WITH (security_invoker = true) AS
SELECT
    tool.id,
    tool.name,
    tool.version,
    tool.category,
    tool.lifecycle,
    tool.owner,
    tool.service,
    tool.service_endpoint,
    tool.node,
    tool.node_address,
    tool.override,
    tool.override_reason,
    tool.override_until,
    tool.override_by,
    tool.tool_name
FROM api.tool_availability AS tool
WHERE tool.available;

COMMENT ON VIEW api.active_tools IS
'Tools that can be called now, with the endpoint of their service and the address of their node (NULL: none declared). The '
'override columns show an operator''s override, NULL without one; api.tool_availability says why other tools are missing.';
