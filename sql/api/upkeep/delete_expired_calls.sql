-- Deletes calls from the default partition that arrived after their day had expired.
CREATE FUNCTION api.delete_expired_calls(most bigint DEFAULT 10000) RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    deleted bigint;
BEGIN
    IF most IS NULL OR most < 1 THEN
        RAISE EXCEPTION 'most is %; expected how many calls to delete, at least 1', coalesce(most::text, 'NULL')
        USING ERRCODE = 'invalid_parameter_value';
    END IF;
    PERFORM internal.require_read_committed();
    IF (SELECT settings.export_before_drop FROM runtime.settings AS settings) THEN
        RAISE EXCEPTION 'runtime.settings.export_before_drop is set: ensure_partitions moves these calls into tables'
        USING ERRCODE = 'object_not_in_prerequisite_state', HINT = 'toolreg maintain ensure_partitions';
    END IF;
    -- A table of an expired day would be dropped at once. Locked rows are being deleted by another session.
    WITH gone AS (
        DELETE FROM runtime.invocation_logs_default AS call
        WHERE call.ctid = ANY (
            ARRAY(
                SELECT log.ctid
                FROM runtime.invocation_logs_default AS log
                WHERE
                    log.started_at < (SELECT internal.log_cutoff())
                    AND pg_visible_in_snapshot(log.recorded_xid::text::xid8, (SELECT internal.counted_snapshot()))
                LIMIT most
                FOR UPDATE SKIP LOCKED
            )
        )
        RETURNING (call.started_at AT TIME ZONE 'UTC')::date AS day
    ),

    remembered AS (
        INSERT INTO runtime.dropped_days AS dropped (day, calls)
        SELECT
            gone.day,
            count(*)
        FROM gone
        GROUP BY gone.day
        -- Concurrent calls lock the days in the same order.
        ORDER BY gone.day
        ON CONFLICT (day) DO UPDATE SET
            dropped_at = excluded.dropped_at,
            calls = dropped.calls + excluded.calls
    )

    SELECT count(*)
    INTO deleted
    FROM gone;
    RETURN format('deleted %s expired calls from the default partition', deleted);
END
$$;

COMMENT ON FUNCTION api.delete_expired_calls IS
'Deletes calls of expired days from the default partition, if the rollups have counted them. most: the maximal number to '
'delete. Returns a summary. Refuses while runtime.settings.export_before_drop is set.';
