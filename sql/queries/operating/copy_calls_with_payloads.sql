-- Copy the calls of a day (UTC) as CSV, with the current names of tool, service and node, and with arguments, result and attributes.
COPY (
    SELECT
        log.id,
        (extract(epoch FROM log.started_at) * 1000000)::bigint AS started_at,
        log.duration_ms,
        log.status,
        coalesce(tool.name, log.tool) AS tool,
        log.tool AS tool_as_called,
        log.tool_version,
        log.tool_id,
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
        (extract(epoch FROM log.recorded_at) * 1000000)::bigint AS recorded_at,
        log.arguments,
        log.result,
        log.attributes
    FROM runtime.invocation_logs AS log
    LEFT JOIN registry.entities AS tool ON tool.id = log.tool_id
    LEFT JOIN registry.entities AS service ON service.id = log.service_id
    LEFT JOIN registry.entities AS node ON node.id = log.node_id
    WHERE
        log.started_at >= %(day)s::date::timestamp AT TIME ZONE 'UTC'
        AND log.started_at < (%(day)s::date + 1)::timestamp AT TIME ZONE 'UTC'
) TO STDOUT WITH (FORMAT csv, HEADER)
