-- Lists logged calls with the current names of their tool, service and node.
-- Three branches, so that a condition on the shown name finds the calls by the index on the tool's identity.
CREATE VIEW api.invocations WITH (security_invoker = true) AS
SELECT
    log.id,
    log.started_at,
    log.duration_ms,
    log.status,
    log.shown_tool AS tool,
    log.tool AS tool_as_called,
    log.tool_version,
    tool.category,
    tool.owner,
    log.agent,
    coalesce(service.name, log.service) AS service,
    coalesce(node.name, log.node) AS node,
    log.error_code,
    log.error_message,
    log.attempt,
    log.trace_id,
    log.span_id,
    log.parent_span_id,
    log.request_bytes,
    log.response_bytes,
    log.recorded_by,
    log.recorded_at,
    log.tool_id
FROM (
    SELECT
        log.id,
        entity.name AS shown_tool,
        log.started_at,
        log.duration_ms,
        log.status,
        log.tool_id,
        log.tool,
        log.tool_version,
        log.agent,
        log.service_id,
        log.service,
        log.node_id,
        log.node,
        log.error_code,
        log.error_message,
        log.attempt,
        log.trace_id,
        log.span_id,
        log.parent_span_id,
        log.request_bytes,
        log.response_bytes,
        log.recorded_by,
        log.recorded_at
    FROM runtime.invocation_logs AS log
    INNER JOIN registry.entities AS entity ON entity.id = log.tool_id AND entity.kind = 'Tool'
    WHERE entity.name IS NOT NULL
    UNION ALL
    SELECT
        log.id,
        log.tool AS shown_tool,
        log.started_at,
        log.duration_ms,
        log.status,
        log.tool_id,
        log.tool,
        log.tool_version,
        log.agent,
        log.service_id,
        log.service,
        log.node_id,
        log.node,
        log.error_code,
        log.error_message,
        log.attempt,
        log.trace_id,
        log.span_id,
        log.parent_span_id,
        log.request_bytes,
        log.response_bytes,
        log.recorded_by,
        log.recorded_at
    FROM runtime.invocation_logs AS log
    WHERE log.tool_id IS NULL
    UNION ALL
    -- Calls of removed tools whose name another tool has taken.
    SELECT
        log.id,
        log.tool AS shown_tool,
        log.started_at,
        log.duration_ms,
        log.status,
        log.tool_id,
        log.tool,
        log.tool_version,
        log.agent,
        log.service_id,
        log.service,
        log.node_id,
        log.node,
        log.error_code,
        log.error_message,
        log.attempt,
        log.trace_id,
        log.span_id,
        log.parent_span_id,
        log.request_bytes,
        log.response_bytes,
        log.recorded_by,
        log.recorded_at
    FROM runtime.invocation_logs AS log
    INNER JOIN registry.entities AS entity ON entity.id = log.tool_id AND entity.kind = 'Tool'
    WHERE entity.name IS NULL
) AS log
LEFT JOIN registry.tools AS tool ON tool.id = log.tool_id
LEFT JOIN registry.entities AS service ON service.id = log.service_id
LEFT JOIN registry.entities AS node ON node.id = log.node_id;

COMMENT ON VIEW api.invocations IS
'Logged calls with the current name of the tool and the name as called, agent, service, node, start, duration in ms, status '
'and error. category and owner are NULL for removed tools. Payloads: api.invocation_payload.';
