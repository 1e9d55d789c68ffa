-- Calls of a window that no rollup has counted yet, by the day (UTC).
CREATE FUNCTION internal.uncounted_calls(
    since timestamptz DEFAULT '-infinity',
    until timestamptz DEFAULT 'infinity'
) RETURNS TABLE (
    day date,
    calls bigint,
    first_recorded_at timestamptz
)
LANGUAGE plpgsql STABLE
-- Planned for this snapshot: an index finds the few calls that it does not see.
SET plan_cache_mode = force_custom_plan
-- To compile such a plan takes longer than to run it.
SET jit = off AS $$
#variable_conflict use_column
DECLARE
    counted CONSTANT pg_snapshot := internal.counted_snapshot();
    -- Without a rollup, all transactions came after it.
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
'Calls of a window that no rollup of this server has counted yet, by the day (UTC), and when the first one was logged.';
