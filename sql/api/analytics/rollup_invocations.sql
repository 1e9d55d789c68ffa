-- Adds to the rollups every call that was committed since they were brought up to date, whenever it started.
CREATE FUNCTION api.rollup_invocations() RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
-- Two at once: the second one waits for the first, and adds what came since.
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
        -- The transactions of the rows are those of another server. What this statement sees was committed, although its
        -- own snapshot may say that no such transaction has begun: it is marked as older than any. 1 is what that server
        -- had counted, 2 is all else. That matters for days whose logs were dropped, and is told by the time, too: what
        -- was logged here may bear a number that the other server had counted.
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

    -- After the lock: the one who held it before has counted less. What is committed later than this is left to the next.
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
'Bring the rollups up to date: adds every call that was committed since, also those that were logged late. Run it every minute.';
