-- Remove versions that were replaced long ago, of the identities from one id to another.
CREATE FUNCTION api.purge_history(first uuid, last uuid) RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET toolreg.purging = 'on'
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    removed bigint;
BEGIN
    DELETE FROM registry.history AS version
    USING api.replaced_versions AS replaced
    WHERE
        version.entity_id = replaced.entity_id
        AND version.revision = replaced.revision
        AND replaced.entity_id BETWEEN first AND last;
    GET DIAGNOSTICS removed = ROW_COUNT;
    RETURN format('removed %s versions', removed);
END
$$;

COMMENT ON FUNCTION api.purge_history IS
'Removes those of api.replaced_versions whose identity is in this range, both ends included. Says how many.';
GRANT EXECUTE ON FUNCTION api.purge_history TO toolreg_reconciler;
