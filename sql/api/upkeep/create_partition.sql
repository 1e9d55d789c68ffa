-- Creates the table of logs for one day (UTC), and moves calls of the day into it from the default partition.
CREATE FUNCTION api.create_partition(day date) RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET timezone = 'UTC'
SET lock_timeout = '2s'
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    since timestamptz;
    until timestamptz;
    table_name text;
    move_calls text;
    is_attached boolean;
    calls_may_come boolean;
    moved bigint := 0;
    calls bigint;
BEGIN
    IF day IS NULL OR day NOT BETWEEN DATE '0001-01-01' AND DATE '9999-12-31' THEN
        RAISE EXCEPTION 'day is "%"; expected a date from 0001-01-01 to 9999-12-31', coalesce(day::text, 'NULL')
        USING ERRCODE = 'invalid_parameter_value';
    END IF;
    PERFORM internal.require_read_committed();
    since := day::timestamp AT TIME ZONE 'UTC';
    until := (day + 1)::timestamp AT TIME ZONE 'UTC';
    table_name := 'invocation_logs_' || to_char(day, 'YYYYMMDD');

    -- Serializes callers: a waiting caller then sees the table below.
    LOCK TABLE ONLY runtime.dropped_days IN SHARE ROW EXCLUSIVE MODE;
    SELECT class.relispartition INTO is_attached
    FROM pg_class AS class
    WHERE class.relnamespace = 'runtime'::regnamespace AND class.relname = table_name;
    IF is_attached THEN
        RETURN format('runtime.%s exists already', table_name);
    ELSIF FOUND THEN
        RAISE EXCEPTION 'runtime.% exists, but is no partition of runtime.invocation_logs; attach, rename or drop it',
        table_name USING ERRCODE = 'duplicate_table';
    END IF;

    -- A separate table, so that no session waits while rows are moved. Until COMMIT, other sessions see the rows in the
    -- default partition. ATTACH adds the foreign keys: earlier, they would lock the identity of every moved call.
    EXECUTE format(
        'CREATE TABLE runtime.%I (
            LIKE runtime.invocation_logs INCLUDING ALL EXCLUDING IDENTITY,
            CONSTRAINT calls_are_of_this_day CHECK (started_at >= %L AND started_at < %L)
        )',
        table_name, since, until
    );
    -- Undoes grants by ALTER DEFAULT PRIVILEGES: rights on the parent suffice.
    EXECUTE format('REVOKE ALL ON runtime.%I FROM PUBLIC, toolreg_reader, toolreg_agent, toolreg_reconciler', table_name);
    EXECUTE format('COMMENT ON TABLE runtime.%I IS %L', table_name, format('Calls that began on %s (UTC).', day));
    move_calls := format(
        'WITH moved AS (
            DELETE FROM runtime.invocation_logs_default WHERE started_at >= %L AND started_at < %L RETURNING *
        )
        INSERT INTO runtime.%I TABLE moved',
        since, until, table_name
    );
    -- Repeated while many calls arrive: the last ones are moved while other sessions wait.
    LOOP
        EXECUTE move_calls;
        GET DIAGNOSTICS calls = ROW_COUNT;
        moved := moved + calls;
        EXIT WHEN calls < 1000;
    END LOOP;

    -- A session that waits for the default partition has already read the list of partitions: a reader would miss the moved
    -- calls, and a writer's call of this day would be refused. If such calls exist or may arrive, sessions wait at the
    -- parent. No call begins tomorrow, so partitions of future days block no session.
    calls_may_come := moved > 0 OR since < now() + interval '1 hour';

    -- No session queues behind this one for longer than 10 ms: give up and retry.
    FOR attempt IN 1 .. 50 LOOP
        BEGIN
            PERFORM set_config('lock_timeout', '10ms', true);
            -- Conflicts with an apply, not with logging: ATTACH needs this lock for the foreign keys.
            LOCK TABLE ONLY registry.entities IN SHARE ROW EXCLUSIVE MODE;
            IF calls_may_come THEN
                LOCK TABLE ONLY runtime.invocation_logs IN ACCESS EXCLUSIVE MODE;
            END IF;
            LOCK TABLE ONLY runtime.invocation_logs_default IN ACCESS EXCLUSIVE MODE;
            EXECUTE move_calls;
            GET DIAGNOSTICS calls = ROW_COUNT;
            IF calls > 0 AND NOT calls_may_come THEN
                calls_may_come := true;
                RAISE lock_not_available;
            END IF;
            EXECUTE format(
                'ALTER TABLE runtime.invocation_logs ATTACH PARTITION runtime.%I FOR VALUES FROM (%L) TO (%L)',
                table_name, since, until
            );
            -- The constraint spared ATTACH a scan. The bounds now guarantee the same, without a check per call.
            EXECUTE format('ALTER TABLE runtime.%I DROP CONSTRAINT calls_are_of_this_day', table_name);
            RETURN format('created runtime.%s', table_name) || CASE
                WHEN moved + calls > 0
                THEN format(', moved %s calls into it from the default partition', moved + calls)
                ELSE ''
            END;
        EXCEPTION WHEN lock_not_available THEN
            PERFORM pg_sleep(0.04);
        END;
    END LOOP;
    RAISE EXCEPTION 'runtime.% is left for the next run: a transaction that logged or applied did not end', table_name
    USING ERRCODE = 'lock_not_available', HINT = 'Nothing was changed. Run it again later.';
END
$$;

COMMENT ON FUNCTION api.create_partition IS
'Creates the table of logs for one day (UTC), and moves calls of the day into it from the default partition. Returns a '
'summary. Waits for locks on the logs for 10 ms, up to 50 times; then raises lock_not_available and changes nothing.';
