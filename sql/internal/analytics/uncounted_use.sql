-- Counts the calls that are in no rollup yet by tool and agent, for api.tool_usage_statistics.
CREATE FUNCTION internal.uncounted_use() RETURNS TABLE (
    tool_id uuid,
    tool text,
    agent text,
    calls bigint,
    successes bigint,
    duration_ms_sum double precision,
    last_started_at timestamptz
)
LANGUAGE plpgsql STABLE
-- A plan for this snapshot: an index finds the few calls invisible to it.
SET plan_cache_mode = force_custom_plan
-- JIT compilation takes longer than the query.
SET jit = off AS $$
#variable_conflict use_column
DECLARE
    part CONSTANT record := internal.rolled_part('-infinity', 'infinity', NULL, 'day');
BEGIN
    RETURN QUERY
    SELECT
        call.tool_id,
        call.tool,
        call.agent,
        count(*),
        count(*) FILTER (WHERE call.status = 'success'),
        sum(least(call.duration_ms, 3e16)),
        max(call.started_at)
    FROM internal.unrolled_calls('-infinity', 'infinity', part.first, part.beyond, part.running, part.next, NULL) AS call
    GROUP BY 1, 2, 3;
END
$$;

COMMENT ON FUNCTION internal.uncounted_use IS 'Calls that no rollup of this server has counted yet, by tool and agent.';
