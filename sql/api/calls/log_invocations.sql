-- Logs many calls of tools at once: all of them, or none.
CREATE FUNCTION api.log_invocations(calls jsonb) RETURNS bigint []
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    clock timestamptz := clock_timestamp();
    -- 64 MiB: room for the three payloads of a call, each of the largest size that can be set.
    most CONSTANT bigint := 67108864;
    amount bigint;
    size bigint;
    largest bigint;
    problem text;
    ids bigint [];
BEGIN
    IF calls IS NULL OR jsonb_typeof(calls) <> 'array' THEN
        RAISE EXCEPTION 'calls is %; expected an array of objects', coalesce(left(calls::text, 100), 'missing')
        USING ERRCODE = 'invalid_parameter_value';
    END IF;
    amount := jsonb_array_length(calls);
    IF amount > 10000 THEN
        RAISE EXCEPTION 'calls is an array of %; expected at most 10000', amount
        USING ERRCODE = 'invalid_parameter_value';
    END IF;
    size := octet_length(calls::text);
    IF size > most THEN
        RAISE EXCEPTION 'calls is JSON of % bytes; expected at most %', size, most
        USING ERRCODE = 'invalid_parameter_value';
    END IF;

    -- A cast would refuse a value of a wrong type as well, but its error names neither the index nor the argument.
    SELECT found.problem INTO problem FROM internal.problem_of_types(calls) AS found;
    IF problem IS NOT NULL THEN
        RAISE EXCEPTION '%', problem USING ERRCODE = 'invalid_parameter_value';
    END IF;

    -- Arguments have the names and types of the columns; unknown keys were refused above.
    SELECT settings.largest_payload INTO largest FROM runtime.settings AS settings;
    SELECT format('calls[%s].%s', call.ordinality - 1, found.problem)
    INTO problem
    FROM jsonb_populate_recordset(NULL::runtime.invocation_logs, calls) WITH ORDINALITY AS call
    CROSS JOIN LATERAL (
        SELECT internal.invocation_problem(
            call.tool, call.status, call.duration_ms, call.agent, call.started_at, call.trace_id, call.span_id,
            call.parent_span_id, call.error_code, call.node, call.service, call.tool_version, call.attempt,
            call.request_bytes, call.response_bytes, call.attributes, call.arguments, call.result, largest, clock
        ) AS problem
        -- Evaluated before the sort, so that the sort carries no payloads.
        OFFSET 0
    ) AS found
    WHERE found.problem IS NOT NULL
    ORDER BY call.ordinality
    LIMIT 1;
    IF problem IS NOT NULL THEN
        RAISE EXCEPTION '%', problem USING ERRCODE = 'invalid_parameter_value';
    END IF;

    -- Drawn beforehand, since rows need not be inserted in their order in the array.
    ids := ARRAY(SELECT nextval('runtime.invocation_logs_id_seq') FROM generate_series(1, amount));
    INSERT INTO runtime.invocation_logs (
        id, tool_id, tool, tool_version, agent, service_id, service, node_id, node, status, started_at, duration_ms,
        attempt, error_code, error_message, trace_id, span_id, parent_span_id, request_bytes, response_bytes,
        attributes, arguments, result
    )
    SELECT
        ids[call.ordinality],
        coalesce(declared.id, other.id),
        call.tool,
        coalesce(call.tool_version, declared.version, other.version),
        coalesce(call.agent, registry.caller()),
        service_entity.id,
        CASE WHEN service_entity.id IS NULL THEN call.service END,
        node_entity.id,
        CASE WHEN node_entity.id IS NULL THEN call.node END,
        call.status,
        coalesce(call.started_at, clock - call.duration_ms * interval '1 millisecond'),
        call.duration_ms,
        coalesce(call.attempt, 1),
        call.error_code,
        left(call.error_message, 2000),
        call.trace_id,
        call.span_id,
        call.parent_span_id,
        call.request_bytes,
        call.response_bytes,
        call.attributes,
        call.arguments,
        call.result
    FROM jsonb_populate_recordset(NULL::runtime.invocation_logs, calls) WITH ORDINALITY AS call
    LEFT JOIN registry.tools AS declared ON declared.name = lower(call.tool)
    -- No lookup for names found above.
    LEFT JOIN LATERAL internal.tool_of_other_name(
        CASE WHEN declared.id IS NULL THEN call.tool END, call.service
    ) AS other ON true
    LEFT JOIN registry.entities AS service_entity
        ON service_entity.kind = 'Service'
        AND service_entity.name = lower(coalesce(call.service, declared.service, other.service))
    LEFT JOIN registry.entities AS node_entity
        ON node_entity.kind = 'Node'
        AND node_entity.name = lower(coalesce(call.node, declared.node, other.node));
    RETURN ids;
END
$$;

COMMENT ON FUNCTION api.log_invocations IS
'Logs up to 10,000 calls, together at most 64 MiB of JSON, in one statement, all or none; returns their ids in the same '
'order. Each call is an object whose keys are the arguments of log_invocation. An error names the first wrong argument, '
'with the call counted from zero: calls[3].status.';
