-- Recounts days, after raw rows were changed or removed by hand.
CREATE FUNCTION api.rebuild_rollup(since date DEFAULT '-infinity', until date DEFAULT 'infinity') RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET lock_timeout = '30s'
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    day date;
BEGIN
    FOREACH day IN ARRAY ARRAY[since, until] LOOP
        IF day IS NULL OR (isfinite(day) AND day NOT BETWEEN DATE '0001-01-01' AND DATE '9999-12-31') THEN
            RAISE EXCEPTION 'a day is "%"; expected since and until from 0001-01-01 to 9999-12-31, or infinite',
            coalesce(day::text, 'NULL') USING ERRCODE = 'invalid_parameter_value';
        END IF;
    END LOOP;
    PERFORM api.rollup_invocations();
    -- The lock of the rollup is held until the end of the transaction, so its counted snapshot stays the same.
    RETURN internal.recount_days(since, until, internal.counted_snapshot(), internal.counted_snapshot(), 'infinity');
END
$$;

COMMENT ON FUNCTION api.rebuild_rollup IS
'Recounts the days from since to before until (UTC) from raw rows, after those were changed by hand. Days whose logs were '
'dropped keep their counts. Returns a summary.';
