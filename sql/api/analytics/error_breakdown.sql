-- Counts the errors of a window by tool, status and error code, with the last message of each.
CREATE FUNCTION api.error_breakdown(
    since timestamptz DEFAULT now() - interval '1 day',
    until timestamptz DEFAULT 'infinity',
    tool text DEFAULT NULL,
    agent text DEFAULT NULL,
    service text DEFAULT NULL,
    node text DEFAULT NULL,
    category text DEFAULT NULL
) RETURNS TABLE (
    tool_name text,
    status text,
    error_code text,
    calls bigint,
    share_percent numeric,
    last_message text,
    last_call_at timestamptz
)
LANGUAGE plpgsql STABLE
-- A plan for the requested window: its partitions and number of rows.
SET plan_cache_mode = force_custom_plan
-- JIT compilation takes longer than the query.
SET jit = off AS $$
#variable_conflict use_column
DECLARE
    filter CONSTANT internal.call_filter := internal.filter_of(tool, agent, service, node, category);
BEGIN
    RETURN QUERY
    WITH failed AS (
        SELECT
            call.tool_id,
            call.tool,
            call.status,
            call.error_code,
            count(*) AS calls,
            max(call.started_at) AS last_at,
            max(call.started_at) FILTER (WHERE call.error_message IS NOT NULL) AS said_at,
            -- The newest call with a message, and of several at one instant the last: compared as microseconds and id, so
            -- that the key finds it. A search by instant reads all calls of the instant for each group.
            (
                max(ARRAY[(extract(epoch FROM call.started_at) * 1000000)::bigint, call.id])
                FILTER (WHERE call.error_message IS NOT NULL)
            )[2] AS said_id
        FROM internal.matching_calls(error_breakdown.since, error_breakdown.until, filter) AS call
        WHERE call.status <> 'success'
        GROUP BY call.tool_id, call.tool, call.status, call.error_code
    ),

    named AS (
        SELECT
            coalesce(entity.name, failed.tool) AS tool,
            failed.status,
            failed.error_code,
            sum(failed.calls)::bigint AS calls,
            max(failed.last_at) AS last_at,
            (array_agg(said.error_message ORDER BY failed.said_at DESC NULLS LAST))[1] AS message
        FROM failed
        LEFT JOIN registry.entities AS entity ON entity.id = failed.tool_id
        LEFT JOIN runtime.invocation_logs AS said ON said.id = failed.said_id AND said.started_at = failed.said_at
        GROUP BY 1, 2, 3
    )

    SELECT
        named.tool,
        named.status,
        named.error_code,
        named.calls,
        round(100.0 * named.calls / sum(named.calls) OVER (), 2),
        named.message,
        named.last_at
    FROM named
    ORDER BY named.calls DESC, named.tool, named.status, named.error_code;
END
$$;

COMMENT ON FUNCTION api.error_breakdown IS
'Errors from since to before until by tool, status and error code, most frequent first: calls, share of all errors in '
'percent, last message (NULL: none was logged), time of the last call. NULL in a filter: all. Reads raw rows.';
