-- Recounts days from the raw rows visible to a snapshot. For days whose logs were dropped, adds only new calls.
CREATE FUNCTION internal.recount_days(
    since date,
    until date,
    seen pg_snapshot,
    counted pg_snapshot,
    linked_after timestamptz
) RETURNS text
LANGUAGE plpgsql VOLATILE
SET plan_cache_mode = force_custom_plan AS $$
#variable_conflict use_variable
DECLARE
    one record;
    begins timestamptz;
    ends timestamptz;
    days bigint := 0;
    calls bigint := 0;
    kept bigint := 0;
    late bigint := 0;
BEGIN
    FOR one IN
        SELECT
            (call.started_at AT TIME ZONE 'UTC')::date AS day,
            count(*) AS raw,
            bool_or(call.tableoid <> 'runtime.invocation_logs_default'::regclass) AS has_a_table
        FROM runtime.invocation_logs AS call
        WHERE
            call.started_at >= since::timestamp AT TIME ZONE 'UTC'
            AND call.started_at < until::timestamp AT TIME ZONE 'UTC'
            AND pg_visible_in_snapshot(call.recorded_xid::text::xid8, counted)
        GROUP BY 1
        ORDER BY 1
    LOOP
        begins := one.day::timestamp AT TIME ZONE 'UTC';
        ends := begins + interval '1 day';
        -- The table of an old day was dropped, and a few calls came late: the rollup knows more than the raw rows. A drop by
        -- hand is not recorded in dropped_days.
        IF EXISTS (SELECT FROM runtime.dropped_days AS dropped WHERE dropped.day = one.day)
        OR (NOT one.has_a_table AND one.raw < (
            SELECT sum(rolled.calls)
            FROM runtime.invocation_rollup_daily AS rolled
            WHERE rolled.day = one.day
        )) THEN
            kept := kept + 1;
            late := late + internal.roll_up(begins, ends, seen, counted, linked_after);
            CONTINUE;
        END IF;
        DELETE FROM runtime.invocation_rollup AS rolled WHERE rolled.hour >= begins AND rolled.hour < ends;
        DELETE FROM runtime.invocation_rollup_daily AS rolled WHERE rolled.day = one.day;
        DELETE FROM runtime.duration_histogram AS measured WHERE measured.day = one.day;
        DELETE FROM runtime.duration_histogram_total AS measured WHERE measured.day = one.day;
        calls := calls + internal.roll_up(begins, ends, NULL, counted, linked_after);
        days := days + 1;
    END LOOP;
    RETURN format(
        'counted %s calls of %s %s%s%s', calls, days, CASE WHEN days = 1 THEN 'day' ELSE 'days' END,
        CASE WHEN kept > 0 THEN format('; kept %s days whose logs were dropped', kept) END,
        CASE WHEN late > 0 THEN format(', and added %s calls to them', late) END
    );
END
$$;

COMMENT ON FUNCTION internal.recount_days IS
'Recounts days from the raw rows visible to a snapshot. Days whose logs were dropped keep their counts, plus calls that an '
'earlier snapshot did not see.';
