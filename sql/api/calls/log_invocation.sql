-- Logs one call of a tool in one round trip. No session state is kept, so any pooler works.
CREATE FUNCTION api.log_invocation(
    tool text,
    status text,
    duration_ms double precision,
    agent text DEFAULT NULL,
    started_at timestamptz DEFAULT NULL,
    trace_id text DEFAULT NULL,
    span_id text DEFAULT NULL,
    parent_span_id text DEFAULT NULL,
    error_code text DEFAULT NULL,
    error_message text DEFAULT NULL,
    node text DEFAULT NULL,
    service text DEFAULT NULL,
    tool_version text DEFAULT NULL,
    attempt bigint DEFAULT 1,
    request_bytes bigint DEFAULT NULL,
    response_bytes bigint DEFAULT NULL,
    attributes jsonb DEFAULT NULL,
    arguments jsonb DEFAULT NULL,
    result jsonb DEFAULT NULL
) RETURNS bigint
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    clock timestamptz := clock_timestamp();
    largest bigint;
    problem text;
    given_service_id uuid;
    given_node_id uuid;
    logged bigint;
BEGIN
    IF num_nonnulls(attributes, arguments, result) > 0 THEN
        SELECT settings.largest_payload INTO largest FROM runtime.settings AS settings;
    END IF;
    problem := internal.invocation_problem(
        tool, status, duration_ms, agent, started_at, trace_id, span_id, parent_span_id, error_code, node, service,
        tool_version, attempt, request_bytes, response_bytes, attributes, arguments, result, largest, clock
    );
    IF problem IS NOT NULL THEN
        RAISE EXCEPTION '%', problem USING ERRCODE = 'invalid_parameter_value';
    END IF;

    IF service IS NOT NULL THEN
        SELECT entity.id INTO given_service_id
        FROM registry.entities AS entity
        WHERE entity.kind = 'Service' AND entity.name = lower(log_invocation.service);
    END IF;
    IF node IS NOT NULL THEN
        SELECT entity.id INTO given_node_id
        FROM registry.entities AS entity
        WHERE entity.kind = 'Node' AND entity.name = lower(log_invocation.node);
    END IF;
    -- One statement without joins: each further statement or join costs microseconds of the caller.
    INSERT INTO runtime.invocation_logs (
        tool_id, tool, tool_version, agent, service_id, service, node_id, node, status, started_at, duration_ms,
        attempt, error_code, error_message, trace_id, span_id, parent_span_id, request_bytes, response_bytes,
        attributes, arguments, result
    )
    SELECT
        called.id,
        log_invocation.tool,
        coalesce(log_invocation.tool_version, called.version),
        coalesce(log_invocation.agent, registry.caller()),
        CASE
            WHEN log_invocation.service IS NOT NULL THEN given_service_id
            ELSE (
                SELECT entity.id
                FROM registry.entities AS entity
                WHERE entity.kind = 'Service' AND entity.name = called.service
            )
        END,
        CASE WHEN given_service_id IS NULL THEN log_invocation.service END,
        CASE
            WHEN log_invocation.node IS NOT NULL THEN given_node_id
            ELSE (
                SELECT entity.id
                FROM registry.entities AS entity
                WHERE entity.kind = 'Node' AND entity.name = called.node
            )
        END,
        CASE WHEN given_node_id IS NULL THEN log_invocation.node END,
        log_invocation.status,
        coalesce(log_invocation.started_at, clock - log_invocation.duration_ms * interval '1 millisecond'),
        log_invocation.duration_ms,
        coalesce(log_invocation.attempt, 1),
        log_invocation.error_code,
        left(log_invocation.error_message, 2000),
        log_invocation.trace_id,
        log_invocation.span_id,
        log_invocation.parent_span_id,
        log_invocation.request_bytes,
        log_invocation.response_bytes,
        log_invocation.attributes,
        log_invocation.arguments,
        log_invocation.result
    FROM registry.tools AS called
    WHERE called.name = lower(log_invocation.tool)
    RETURNING id INTO logged;
    IF FOUND THEN
        RETURN logged;
    END IF;

    -- No declared tool has this name. A batch of one searches other names, and logs the call in any case.
    RETURN (api.log_invocations(jsonb_build_array(jsonb_build_object(
        'tool', tool, 'status', status, 'duration_ms', duration_ms, 'agent', agent, 'started_at', started_at,
        'trace_id', trace_id, 'span_id', span_id, 'parent_span_id', parent_span_id, 'error_code', error_code,
        'error_message', error_message, 'node', node, 'service', service, 'tool_version', tool_version,
        'attempt', attempt, 'request_bytes', request_bytes, 'response_bytes', response_bytes,
        'attributes', attributes, 'arguments', arguments, 'result', result
    ))))[1];
END
$$;

COMMENT ON FUNCTION api.log_invocation IS
'Logs one call of a tool; returns its id. NULL in version, service or node: as the tool declares; in agent: the caller; in '
'started_at: now less duration_ms. The name of an undeclared tool is kept as given.';
