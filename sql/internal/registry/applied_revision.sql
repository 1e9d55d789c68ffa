-- Finds the applied revision of a number or a time, if its declared state is still fully known.
CREATE FUNCTION internal.applied_revision(number bigint, at timestamptz) RETURNS bigint
LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
DECLARE
    asked_number CONSTANT bigint := number;
    known_from CONSTANT bigint := coalesce((SELECT horizon.revision FROM registry.horizon AS horizon), 0);
    last_applied CONSTANT bigint := (
        SELECT max(revision.number) FROM registry.revisions AS revision WHERE revision.outcome = 'applied'
    );
    attempt record;
BEGIN
    IF (asked_number IS NULL) = (at IS NULL) THEN
        RAISE EXCEPTION 'expected either a revision or a time, such as api.registry_at(3) or api.registry_at(at => now())'
        USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF last_applied IS NULL THEN
        RAISE EXCEPTION 'nothing was applied yet'
        USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF at IS NOT NULL THEN
        SELECT
            revision.number,
            revision.outcome
        INTO attempt
        FROM registry.revisions AS revision
        WHERE revision.outcome = 'applied' AND revision.finished_at <= at
        ORDER BY revision.number DESC
        LIMIT 1;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'nothing was applied yet at %', at
            USING ERRCODE = 'invalid_parameter_value';
        END IF;
    ELSE
        SELECT
            revision.number,
            revision.outcome
        INTO attempt
        FROM registry.revisions AS revision
        WHERE revision.number = asked_number;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'there is no revision %; the last one that was applied is %', asked_number, last_applied
            USING ERRCODE = 'invalid_parameter_value';
        END IF;
    END IF;
    IF attempt.outcome <> 'applied' THEN
        RAISE EXCEPTION 'revision % %, and changed nothing; the last one that was applied is %',
            attempt.number,
            CASE attempt.outcome WHEN 'refused' THEN 'was refused' ELSE attempt.outcome END,
            last_applied
        USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF attempt.number < known_from THEN
        RAISE EXCEPTION
            'what was declared at revision % is not wholly known any more, since old versions were removed; it is from % on',
            attempt.number, known_from
        USING ERRCODE = 'invalid_parameter_value';
    END IF;
    RETURN attempt.number;
END
$$;

COMMENT ON FUNCTION internal.applied_revision IS
'The applied revision with this number, or the newest at a time. Raises an error if none exists, or if old versions were '
'removed and its declared state is no longer fully known.';
