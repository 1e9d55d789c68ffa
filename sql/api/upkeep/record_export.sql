-- Records that a file holds all calls of a day (UTC), after a comparison with the logs.
CREATE FUNCTION api.record_export(
    day date,
    part bigint,
    calls bigint,
    ids numeric,
    bytes bigint,
    sha256 text,
    has_payloads boolean
) RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET timezone = 'UTC'
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF day IS NULL OR day NOT BETWEEN DATE '0001-01-01' AND DATE '9999-12-31' THEN
        RAISE EXCEPTION 'day is "%"; expected a date from 0001-01-01 to 9999-12-31', coalesce(day::text, 'NULL')
        USING ERRCODE = 'invalid_parameter_value';
    END IF;
    PERFORM internal.require_read_committed();
    -- The lock of create_partition and drop_partition: the table of the day neither comes nor goes.
    LOCK TABLE ONLY runtime.dropped_days IN SHARE ROW EXCLUSIVE MODE;
    IF EXISTS (
        SELECT FROM runtime.exported_days AS file
        WHERE
            file.day = record_export.day
            AND (file.part > record_export.part OR (file.part = record_export.part AND file.dropped_at IS NOT NULL))
    ) THEN
        RAISE EXCEPTION 'part % of % is recorded, and its calls are dropped; export the day again',
        part, to_char(day, 'YYYY-MM-DD') USING ERRCODE = 'object_not_in_prerequisite_state';
    END IF;
    INSERT INTO runtime.exported_days AS file (day, part, calls, ids, bytes, sha256, has_payloads)
    VALUES (day, part, calls, ids, bytes, sha256, has_payloads)
    ON CONFLICT ON CONSTRAINT part_of_a_day_is_exported_once DO UPDATE SET
        calls = excluded.calls,
        ids = excluded.ids,
        bytes = excluded.bytes,
        sha256 = excluded.sha256,
        has_payloads = excluded.has_payloads,
        exported_at = excluded.exported_at,
        exported_by = excluded.exported_by;
    IF NOT internal.is_exported(day) THEN
        RAISE EXCEPTION 'the logs of % changed during the export, or the file holds other calls; export the day again',
        to_char(day, 'YYYY-MM-DD') USING ERRCODE = 'object_not_in_prerequisite_state';
    END IF;
END
$$;

COMMENT ON FUNCTION api.record_export IS
'Records a file with all calls of a day (UTC): part, calls, sum of ids, size, checksum, and whether it holds payloads. Called '
'by toolreg maintain export_partitions. Refuses a file that holds other calls than the logs.';
