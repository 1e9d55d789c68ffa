-- Returns the error message for an invalid call, NULL for a valid one.
-- One expression over its parameters, so that PostgreSQL inlines it at no cost.
CREATE FUNCTION internal.invocation_problem(
    tool text,
    status text,
    duration_ms double precision,
    agent text,
    started_at timestamptz,
    trace_id text,
    span_id text,
    parent_span_id text,
    error_code text,
    node text,
    service text,
    tool_version text,
    attempt bigint,
    request_bytes bigint,
    response_bytes bigint,
    attributes jsonb,
    arguments jsonb,
    result jsonb,
    largest_payload bigint,
    clock timestamptz
) RETURNS text
LANGUAGE sql STABLE
RETURN CASE
    WHEN tool IS NULL OR tool = '' THEN 'tool is missing; expected the name that was called'
    WHEN octet_length(tool) > 256 AND char_length(tool) > 128
        THEN 'tool is "' || left(tool, 100) || '", of ' || octet_length(tool) || ' bytes; expected at most 256'
    WHEN status IS NULL THEN 'status is missing; expected success, failure, timeout or cancelled'
    WHEN status NOT IN ('success', 'failure', 'timeout', 'cancelled')
        THEN 'status is "' || left(status, 100) || '"; expected success, failure, timeout or cancelled'
    -- NaN counts as larger than infinity. Far above a hundred years, the start of a call cannot be computed.
    WHEN duration_ms IS NULL OR NOT duration_ms BETWEEN 0 AND 3155760000000
        THEN 'duration_ms is ' || coalesce(duration_ms::text, 'missing')
            || '; expected milliseconds from 0 to 3155760000000, a hundred years'
    WHEN started_at > clock + interval '1 minute'
        THEN 'started_at is ' || started_at || '; expected at most one minute after ' || clock
            || ', the time of the database'
    -- No call began before 1900, and drivers cannot read times far from today.
    WHEN started_at < '1900-01-01 00:00:00+00'
        THEN 'started_at is ' || started_at || '; expected a time since 1900'
    WHEN agent = '' OR octet_length(agent) > 256
        THEN 'agent is "' || left(agent, 100) || '"; expected 1 to 256 bytes'
    WHEN service = '' OR octet_length(service) > 256
        THEN 'service is "' || left(service, 100) || '"; expected 1 to 256 bytes'
    WHEN node = '' OR octet_length(node) > 256
        THEN 'node is "' || left(node, 100) || '"; expected 1 to 256 bytes'
    WHEN tool_version = '' OR octet_length(tool_version) > 256
        THEN 'tool_version is "' || left(tool_version, 100) || '"; expected 1 to 256 bytes'
    WHEN error_code = '' OR octet_length(error_code) > 256
        THEN 'error_code is "' || left(error_code, 100) || '"; expected 1 to 256 bytes'
    WHEN octet_length(trace_id) <> 32 OR trace_id !~ '^[0-9a-f]+$' OR trace_id = '00000000000000000000000000000000'
        THEN 'trace_id is "' || left(trace_id, 100)
            || '"; expected 32 lower-case hexadecimal digits, not all zero (W3C Trace Context)'
    WHEN octet_length(span_id) <> 16 OR span_id !~ '^[0-9a-f]+$' OR span_id = '0000000000000000'
        THEN 'span_id is "' || left(span_id, 100)
            || '"; expected 16 lower-case hexadecimal digits, not all zero (W3C Trace Context)'
    WHEN octet_length(parent_span_id) <> 16 OR parent_span_id !~ '^[0-9a-f]+$' OR parent_span_id = '0000000000000000'
        THEN 'parent_span_id is "' || left(parent_span_id, 100)
            || '"; expected 16 lower-case hexadecimal digits, not all zero (W3C Trace Context)'
    WHEN attempt < 1 THEN 'attempt is ' || attempt || '; expected 1 for the first try, 2 for the next'
    WHEN request_bytes < 0 THEN 'request_bytes is ' || request_bytes || '; expected 0 or more'
    WHEN response_bytes < 0 THEN 'response_bytes is ' || response_bytes || '; expected 0 or more'
    WHEN octet_length(attributes::text) > largest_payload
        THEN 'attributes is JSON of ' || octet_length(attributes::text) || ' bytes; expected at most '
            || largest_payload || ' (runtime.settings.largest_payload)'
    WHEN octet_length(arguments::text) > largest_payload
        THEN 'arguments is JSON of ' || octet_length(arguments::text) || ' bytes; expected at most '
            || largest_payload || ' (runtime.settings.largest_payload)'
    WHEN octet_length(result::text) > largest_payload
        THEN 'result is JSON of ' || octet_length(result::text) || ' bytes; expected at most '
            || largest_payload || ' (runtime.settings.largest_payload)'
END;

COMMENT ON FUNCTION internal.invocation_problem IS
'The error message for an invalid call, NULL for a valid one. For api.log_invocation and api.log_invocations.';
