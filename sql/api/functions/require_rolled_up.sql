-- Refuse where calls of a time are not in the rollups.
CREATE FUNCTION api.require_rolled_up(since timestamptz, until timestamptz) RETURNS void
LANGUAGE plpgsql STABLE AS $$
BEGIN
    -- A transaction from before the snapshot's xmin was counted, or rolled back: the index on recorded_xid skips those.
    IF EXISTS (
        SELECT FROM runtime.invocation_logs AS log
        WHERE
            log.started_at >= since
            AND log.started_at < until
            AND log.recorded_xid >= coalesce((SELECT pg_snapshot_xmin(api.counted_snapshot())::text::bigint), 0)
            AND NOT coalesce(pg_visible_in_snapshot(log.recorded_xid::text::xid8, (SELECT api.counted_snapshot())), false)
    ) THEN
        RAISE EXCEPTION 'calls from % until % are not in the rollups yet; run rollup_invocations first', since, until
        USING ERRCODE = 'object_not_in_prerequisite_state', HINT = 'toolreg maintain rollup_invocations';
    END IF;
END
$$;

COMMENT ON FUNCTION api.require_rolled_up IS
'Internal: raises an error where a call that began in this time is in no rollup, so that it must not be dropped.';
