-- Removes expired artifacts, the earliest expiry first.
CREATE FUNCTION api.remove_expired_artifacts(most bigint DEFAULT 1000) RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    removed bigint;
BEGIN
    IF most IS NULL OR most < 1 THEN
        RAISE EXCEPTION 'most is %; expected how many artifacts to remove, at least 1', coalesce(most::text, 'NULL')
        USING ERRCODE = 'invalid_parameter_value';
    END IF;
    DELETE FROM runtime.artifacts
    WHERE id = ANY (
        ARRAY(
            SELECT artifact.id
            FROM runtime.artifacts AS artifact
            WHERE artifact.expires_at < now()
            ORDER BY artifact.expires_at
            LIMIT most
            FOR UPDATE SKIP LOCKED
        )
    );
    GET DIAGNOSTICS removed = ROW_COUNT;
    RETURN format('removed %s expired artifacts', removed);
END
$$;

COMMENT ON FUNCTION api.remove_expired_artifacts IS
'Forgets artifacts whose expires_at has passed, earliest first, including artifacts of logged calls. most: the maximal '
'number to remove. Returns a summary.';
