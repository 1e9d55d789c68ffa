-- Counts calls of a window that are in no rollup yet, by day (UTC).
CREATE FUNCTION internal.uncounted_calls(
    since timestamptz DEFAULT '-infinity',
    until timestamptz DEFAULT 'infinity'
) RETURNS TABLE (
    day date,
    calls bigint,
    first_recorded_at timestamptz
)
LANGUAGE plpgsql STABLE
-- A plan for this snapshot: an index finds the few calls invisible to it.
SET plan_cache_mode = force_custom_plan
-- JIT compilation takes longer than the query.
SET jit = off AS $$
#variable_conflict use_column
DECLARE
    counted CONSTANT pg_snapshot := internal.counted_snapshot();
    -- Without a rollup, all transactions are new.
    running CONSTANT bigint[] := ARRAY(SELECT pg_snapshot_xip(counted)::text::bigint);
    next CONSTANT bigint := coalesce(pg_snapshot_xmax(counted)::text::bigint, 0);
BEGIN
    RETURN QUERY
    SELECT
        (log.started_at AT TIME ZONE 'UTC')::date,
        count(*),
        min(log.recorded_at)
    FROM runtime.invocation_logs AS log
    WHERE
        log.started_at >= uncounted_calls.since
        AND log.started_at < uncounted_calls.until
        AND (log.recorded_xid >= next OR log.recorded_xid = ANY (running))
    GROUP BY 1;
END
$$;

COMMENT ON FUNCTION internal.uncounted_calls IS
'Calls of a window that no rollup of this server has counted yet, by day (UTC), and the time at which the first was logged.';
