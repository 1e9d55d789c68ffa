-- Refuses if the calls of a day must be in a file before they are dropped, and are not.
CREATE FUNCTION internal.require_exported(day date) RETURNS void
LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF (SELECT settings.export_before_drop FROM runtime.settings AS settings) AND NOT internal.is_exported(day) THEN
        RAISE EXCEPTION 'calls of % are in no file yet; export them first', to_char(day, 'YYYY-MM-DD')
        USING
            ERRCODE = 'object_not_in_prerequisite_state',
            HINT = 'toolreg maintain export_partitions --to FOLDER, or UPDATE runtime.settings SET export_before_drop = false';
    END IF;
END
$$;

COMMENT ON FUNCTION internal.require_exported IS
'Raises an error if runtime.settings.export_before_drop is set, and no file holds all calls of a day (UTC).';
