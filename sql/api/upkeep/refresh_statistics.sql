-- Runs ANALYZE on a table of registry or runtime.
CREATE FUNCTION api.refresh_statistics(measured regclass) RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM pg_class AS class
        WHERE
            class.oid = measured
            AND class.relkind IN ('r', 'p')
            AND class.relnamespace IN ('registry'::regnamespace, 'runtime'::regnamespace)
    ) THEN
        RAISE EXCEPTION 'measured is "%"; expected a table of registry or runtime', left(measured::text, 100)
        USING ERRCODE = 'invalid_parameter_value';
    END IF;
    -- From PostgreSQL 18 on, ANALYZE includes child tables unless ONLY is given; before, it always includes partitions.
    EXECUTE format(
        CASE WHEN current_setting('server_version_num')::bigint >= 180000 THEN 'ANALYZE ONLY %s' ELSE 'ANALYZE %s' END,
        measured
    );
    RETURN format('measured %s', measured);
END
$$;

COMMENT ON FUNCTION api.refresh_statistics IS
'Runs ANALYZE on a table of registry or runtime, for roles that do not own it. Blocks neither readers nor writers.';
