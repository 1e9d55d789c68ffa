-- Counts the calls of each of these tools by agent: in the last 7 days, in the last 30 days, and the last of all.
CREATE FUNCTION internal.callers_of(tools uuid[]) RETURNS TABLE (
    tool_id uuid,
    agent text,
    calls_7_days bigint,
    calls_30_days bigint,
    last_call timestamptz
)
LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
DECLARE
    filter internal.call_filter;
BEGIN
    filter.tools := coalesce(callers_of.tools, '{}');
    RETURN QUERY
    WITH counted AS (
        SELECT
            7 AS days,
            week.*
        FROM internal.call_counts('caller', now() - interval '7 days', 'infinity', NULL, filter) AS week
        UNION ALL
        SELECT
            30,
            month.*
        FROM internal.call_counts('caller', now() - interval '30 days', 'infinity', NULL, filter) AS month
        UNION ALL
        SELECT
            NULL,
            ever.*
        FROM internal.call_counts('caller', '-infinity', 'infinity', NULL, filter) AS ever
    )

    SELECT
        counted.tool_id,
        counted.name,
        coalesce(sum(counted.calls) FILTER (WHERE counted.days = 7), 0)::bigint,
        coalesce(sum(counted.calls) FILTER (WHERE counted.days = 30), 0)::bigint,
        max(counted.last_started_at)
    FROM counted
    GROUP BY counted.tool_id, counted.name
    ORDER BY counted.tool_id, 4 DESC, counted.name;
END
$$;

COMMENT ON FUNCTION internal.callers_of IS
'The agents that ever called each of these tools (identities): calls started in the last 7 and in the last 30 days, and the '
'start of the last call of all. Calls logged under a name that was never declared have no identity, and are not counted.';
