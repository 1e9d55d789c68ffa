-- Refuses if calls of a window are not in the rollups.
CREATE FUNCTION internal.require_rolled_up(since timestamptz, until timestamptz) RETURNS void
LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF EXISTS (SELECT FROM internal.uncounted_calls(since, until)) THEN
        RAISE EXCEPTION 'calls from % until % are not in the rollups yet; run rollup_invocations first', since, until
        USING ERRCODE = 'object_not_in_prerequisite_state', HINT = 'toolreg maintain rollup_invocations';
    END IF;
END
$$;

COMMENT ON FUNCTION internal.require_rolled_up IS
'Raises an error if a call of the window is in no rollup, and so must not be dropped.';
