-- Drops the table of logs of one day (UTC) after it expired, was rolled up, and was exported if that is demanded.
CREATE FUNCTION api.drop_partition(day date) RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET timezone = 'UTC'
SET lock_timeout = '2s'
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    since timestamptz;
    until timestamptz;
    table_name text;
    bytes bigint;
BEGIN
    IF day IS NULL OR day NOT BETWEEN DATE '0001-01-01' AND DATE '9999-12-31' THEN
        RAISE EXCEPTION 'day is "%"; expected a date from 0001-01-01 to 9999-12-31', coalesce(day::text, 'NULL')
        USING ERRCODE = 'invalid_parameter_value';
    END IF;
    PERFORM internal.require_read_committed();
    since := day::timestamp AT TIME ZONE 'UTC';
    until := (day + 1)::timestamp AT TIME ZONE 'UTC';
    IF until > internal.log_cutoff() THEN
        RAISE EXCEPTION 'day is %, which has not expired; runtime.settings.keep_logs keeps logs since %',
        day, to_char(internal.log_cutoff(), 'YYYY-MM-DD') USING ERRCODE = 'object_not_in_prerequisite_state';
    END IF;

    -- The lock of create_partition.
    LOCK TABLE ONLY runtime.dropped_days IN SHARE ROW EXCLUSIVE MODE;
    -- By its bounds, whatever its name.
    SELECT
        class.relname,
        pg_total_relation_size(class.oid)
    INTO table_name, bytes
    FROM pg_class AS class
    INNER JOIN pg_inherits AS inherits ON inherits.inhrelid = class.oid
    WHERE
        class.relnamespace = 'runtime'::regnamespace
        AND inherits.inhparent = 'runtime.invocation_logs'::regclass
        AND pg_get_expr(class.relpartbound, class.oid) = format('FOR VALUES FROM (%L) TO (%L)', since, until);
    IF NOT FOUND THEN
        RETURN format('no table holds the calls of %s alone', to_char(day, 'YYYY-MM-DD'));
    END IF;

    -- First without a lock, since the check may take long; again under the lock, when no more calls can arrive.
    PERFORM internal.require_rolled_up(since, until);
    PERFORM internal.require_exported(day);
    FOR attempt IN 1 .. 50 LOOP
        BEGIN
            PERFORM set_config('lock_timeout', '10ms', true);
            LOCK TABLE ONLY runtime.invocation_logs IN ACCESS EXCLUSIVE MODE;
            PERFORM internal.require_rolled_up(since, until);
            PERFORM internal.require_exported(day);
            EXECUTE format('DROP TABLE runtime.%I', table_name);
            -- All calls ever logged, including those before an earlier drop.
            INSERT INTO runtime.dropped_days AS dropped (day, calls)
            SELECT
                drop_partition.day,
                coalesce(sum(rolled.calls), 0)
            FROM runtime.invocation_rollup_daily AS rolled
            WHERE rolled.day = drop_partition.day
            ON CONFLICT ON CONSTRAINT day_is_dropped_once DO UPDATE SET
                dropped_at = excluded.dropped_at,
                calls = excluded.calls;
            UPDATE runtime.exported_days AS file SET dropped_at = clock_timestamp()
            WHERE file.day = drop_partition.day AND file.dropped_at IS NULL;
            RETURN format('dropped runtime.%s, %s', table_name, pg_size_pretty(bytes));
        EXCEPTION WHEN lock_not_available THEN
            PERFORM pg_sleep(0.04);
        END;
    END LOOP;
    RAISE EXCEPTION 'runtime.% is left for the next run: a transaction that uses the logs did not end', table_name
    USING ERRCODE = 'lock_not_available', HINT = 'Nothing was changed. Run it again later.';
END
$$;

COMMENT ON FUNCTION api.drop_partition IS
'Drops the table of logs of one day (UTC), if it has expired, the rollups have counted all its calls, and a file '
'holds them, or runtime.settings.export_before_drop is not set. Returns a summary. '
'Waits for a lock on the logs for 10 ms, up to 50 times; then raises lock_not_available and changes nothing.';
