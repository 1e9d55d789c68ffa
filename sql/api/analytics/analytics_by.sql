-- Measures calls of a window by tool, version, agent, service, node or category.
CREATE FUNCTION api.analytics_by(
    dimension text,
    since timestamptz DEFAULT '-infinity',
    until timestamptz DEFAULT 'infinity',
    tool text DEFAULT NULL,
    agent text DEFAULT NULL,
    service text DEFAULT NULL,
    node text DEFAULT NULL,
    category text DEFAULT NULL
) RETURNS TABLE (
    name text,
    total bigint,
    successful bigint,
    failed bigint,
    timed_out bigint,
    cancelled bigint,
    success_percent numeric,
    failure_percent numeric,
    mean_ms numeric,
    p50_ms numeric,
    p95_ms numeric,
    p99_ms numeric,
    max_ms numeric,
    last_call_at timestamptz
)
LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
DECLARE
    filter CONSTANT internal.call_filter := internal.filter_of(tool, agent, service, node, category);
BEGIN
    IF dimension IS NULL OR dimension NOT IN ('tool', 'version', 'agent', 'service', 'node', 'category') THEN
        RAISE EXCEPTION 'dimension is %; expected tool, version, agent, service, node or category',
            coalesce('"' || left(dimension, 100) || '"', 'NULL')
        USING ERRCODE = 'invalid_parameter_value';
    END IF;
    RETURN QUERY
    SELECT
        measured.name,
        measured.total,
        measured.successful,
        measured.failed,
        measured.timed_out,
        measured.cancelled,
        measured.success_percent,
        measured.failure_percent,
        measured.mean_ms,
        measured.p50_ms,
        measured.p95_ms,
        measured.p99_ms,
        measured.max_ms,
        measured.last_call_at
    FROM internal.measured_calls(dimension, since, until, NULL, filter) AS measured
    ORDER BY measured.total DESC, measured.name;
END
$$;

COMMENT ON FUNCTION api.analytics_by IS
'Calls from since to before until by dimension (tool, version, agent, service, node or category), most calls first, with '
'the measures of api.orchestration_analytics. NULL in a filter: all. p50_ms, p95_ms and p99_ms: the smallest duration in ms '
'that at least 50, 95 or 99 % of the calls did not exceed, within 5 %.';
