-- Compares each tool's calls of seven days with the seven days before.
CREATE FUNCTION api.week_over_week(
    until timestamptz DEFAULT now(),
    tool text DEFAULT NULL,
    agent text DEFAULT NULL,
    service text DEFAULT NULL,
    node text DEFAULT NULL,
    category text DEFAULT NULL
) RETURNS TABLE (
    tool_name text,
    calls bigint,
    calls_before bigint,
    calls_change_percent numeric,
    success_percent numeric,
    success_percent_before numeric,
    mean_ms numeric,
    mean_ms_before numeric,
    p95_ms numeric,
    p95_ms_before numeric
)
LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
DECLARE
    -- In hours, since a day in the session's time zone may have 23 of them.
    week CONSTANT interval := '168 hours';
    filter CONSTANT internal.call_filter := internal.filter_of(tool, agent, service, node, category);
BEGIN
    IF until IS NULL OR NOT isfinite(until) THEN
        RAISE EXCEPTION 'until is %; expected a time at which the week ends', coalesce('"' || until || '"', 'NULL')
        USING ERRCODE = 'invalid_parameter_value';
    END IF;
    RETURN QUERY
    SELECT
        coalesce(this.name, before.name),
        coalesce(this.total, 0),
        coalesce(before.total, 0),
        round(100.0 * (coalesce(this.total, 0) - before.total) / before.total, 2),
        this.success_percent,
        before.success_percent,
        this.mean_ms,
        before.mean_ms,
        this.p95_ms,
        before.p95_ms
    FROM internal.measured_calls('tool', until - week, until, NULL, filter) AS this
    FULL JOIN internal.measured_calls('tool', until - 2 * week, until - week, NULL, filter)
        AS before ON before.name = this.name
    ORDER BY 2 DESC, 3 DESC, 1;
END
$$;

COMMENT ON FUNCTION api.week_over_week IS
'Each tool in the seven days before until, and in the seven days before those: calls and their change in percent (NULL '
'without earlier calls), success in percent, mean_ms and p95_ms (the smallest duration in ms that at least 95 % of the '
'calls did not exceed, within 5 %). NULL in a filter: all.';
