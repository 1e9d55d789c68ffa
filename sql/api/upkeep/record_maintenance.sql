-- Records a run of a maintenance task.
CREATE FUNCTION api.record_maintenance(
    task text,
    started_at timestamptz,
    statements bigint,
    error text DEFAULT NULL,
    remaining bigint DEFAULT 0
) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM runtime.maintenance_tasks AS known WHERE known.task = record_maintenance.task
    ) THEN
        RAISE EXCEPTION 'task is "%"; expected one of runtime.maintenance_tasks', left(task, 100)
        USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF started_at IS NULL OR NOT isfinite(started_at) OR started_at > clock_timestamp() THEN
        RAISE EXCEPTION 'started_at is "%"; expected a time that has passed', coalesce(started_at::text, 'NULL')
        USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF statements IS NULL OR statements < 0 THEN
        RAISE EXCEPTION 'statements is "%"; expected how many were run', coalesce(statements::text, 'NULL')
        USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF remaining IS NULL OR remaining < 0 THEN
        RAISE EXCEPTION 'remaining is "%"; expected how many were left', coalesce(remaining::text, 'NULL')
        USING ERRCODE = 'invalid_parameter_value';
    END IF;
    INSERT INTO runtime.maintenance_runs (task, started_at, statements, remaining, error)
    VALUES (task, started_at, statements, remaining, left(error, 2000));
    -- A task that runs each minute would fill the table.
    DELETE FROM runtime.maintenance_runs AS run
    WHERE run.task = record_maintenance.task AND run.started_at < now() - interval '1 year';
END
$$;

COMMENT ON FUNCTION api.record_maintenance IS
'Records a run of a maintenance task: start, statements run, error (NULL: success), and statements remaining. Called by '
'toolreg maintain. Deletes records older than a year.';
