-- Removes orphaned artifacts in a range of ids.
CREATE FUNCTION api.remove_orphaned_artifacts(first uuid, last uuid) RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    removed bigint;
BEGIN
    DELETE FROM runtime.artifacts AS artifact
    USING api.orphaned_artifacts AS orphan
    WHERE artifact.id = orphan.id AND orphan.id BETWEEN first AND last;
    GET DIAGNOSTICS removed = ROW_COUNT;
    RETURN format('removed %s orphaned artifacts', removed);
END
$$;

COMMENT ON FUNCTION api.remove_orphaned_artifacts IS
'Forgets the rows of api.orphaned_artifacts with an id from first to last, inclusive. Returns a summary.';
