-- Adds to the rollups every call committed since the last rollup, whatever its start.
CREATE FUNCTION api.rollup_invocations() RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
-- A concurrent rollup waits for the first, then adds newer calls.
SET lock_timeout = '30s'
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    here CONSTANT text := (SELECT control.system_identifier::text FROM pg_control_system() AS control);
    own CONSTANT bigint := pg_current_xact_id()::text::bigint;
    state record;
    seen_now pg_snapshot;
    outcome text;
BEGIN
    INSERT INTO runtime.rollup_state (counted, cluster, rolled_at)
    VALUES ('3:3:', 'none', '-infinity')
    ON CONFLICT DO NOTHING;
    SELECT known.counted, known.cluster, known.rolled_at
    INTO state
    FROM runtime.rollup_state AS known
    FOR UPDATE;

    IF state.cluster <> here THEN
        -- The recorded_xid of the rows was assigned by another server. All rows visible to this statement are committed,
        -- although its snapshot may claim that their transactions have not begun: such rows are marked as older than any
        -- transaction, with 1 if the other server had counted the call, else 2. The mark matters for days whose logs were
        -- dropped, and depends on the time, too: a call logged on this server can carry a number that the other server had
        -- counted.
        UPDATE runtime.invocation_logs AS call
        SET
            recorded_xid = CASE
                WHEN
                    pg_visible_in_snapshot(call.recorded_xid::text::xid8, state.counted)
                    AND call.recorded_at <= state.rolled_at
                    THEN 1
                ELSE 2
            END
        WHERE
            call.recorded_xid <> own
            AND (
                NOT pg_visible_in_snapshot(call.recorded_xid::text::xid8, pg_current_snapshot())
                OR (call.started_at AT TIME ZONE 'UTC')::date IN (
                    SELECT dropped.day FROM runtime.dropped_days AS dropped
                )
                OR (
                    call.tableoid = 'runtime.invocation_logs_default'::regclass
                    AND (call.started_at AT TIME ZONE 'UTC')::date IN (
                        SELECT rolled.day FROM runtime.invocation_rollup_daily AS rolled
                    )
                )
            );
    END IF;

    -- Taken after the lock, so that it covers more than the snapshot of the previous holder. Later commits are left to the
    -- next rollup.
    SELECT internal.snapshot_of_others() INTO seen_now;
    IF state.cluster <> here THEN
        outcome := internal.recount_days('-infinity', 'infinity', '2:2:', seen_now, state.rolled_at);
    ELSE
        outcome := format(
            'counted %s new calls',
            internal.roll_up('-infinity', 'infinity', state.counted, seen_now, '-infinity')
        );
    END IF;
    UPDATE runtime.rollup_state
    SET counted = seen_now, cluster = here, rolled_at = clock_timestamp();
    RETURN outcome;
END
$$;

COMMENT ON FUNCTION api.rollup_invocations IS
'Adds to the rollups every call committed since the last rollup, including calls logged late. Run it every minute. Returns '
'a summary.';
