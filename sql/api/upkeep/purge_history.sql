-- Removes old replaced versions and settled changes by hand, for a range of identities.
CREATE FUNCTION api.purge_history(first uuid, last uuid) RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    removed bigint;
    known_from bigint;
    settled bigint;
BEGIN
    -- Not in the header of the function: PostgreSQL requires a superuser to set an unknown setting there. An error reverts
    -- the setting along with all other changes.
    PERFORM set_config('toolreg.purging', 'on', true);
    WITH gone AS (
        DELETE FROM registry.history AS version
        USING api.replaced_versions AS replaced
        WHERE
            version.entity_id = replaced.entity_id
            AND version.revision = replaced.revision
            AND replaced.entity_id BETWEEN first AND last
        RETURNING replaced.replaced_by
    )

    SELECT
        count(*),
        max(gone.replaced_by)
    INTO removed, known_from
    FROM gone;
    -- The removed version was declared until its replacement.
    IF known_from IS NOT NULL THEN
        INSERT INTO registry.horizon AS horizon (revision)
        VALUES (known_from)
        ON CONFLICT (only_row) DO UPDATE SET revision = greatest(horizon.revision, excluded.revision);
    END IF;
    DELETE FROM registry.relocations AS relocation
    USING registry.horizon AS horizon
    WHERE
        relocation.entity_id BETWEEN first AND last
        AND relocation.revision < horizon.revision
        AND (
            EXISTS (
                SELECT FROM registry.history AS later
                WHERE
                    later.entity_id = relocation.entity_id
                    AND later.revision > relocation.revision
                    AND later.revision <= horizon.revision
            )
            OR EXISTS (
                SELECT FROM registry.relocations AS later
                WHERE
                    later.entity_id = relocation.entity_id
                    AND later.revision > relocation.revision
                    AND later.revision <= horizon.revision
            )
        );
    DELETE FROM registry.hand_changes AS change
    USING api.settled_hand_changes AS old
    WHERE change.id = old.id AND old.entity_id BETWEEN first AND last;
    GET DIAGNOSTICS settled = ROW_COUNT;
    PERFORM set_config('toolreg.purging', '', true);
    RETURN format('removed %s versions', removed)
        || CASE WHEN settled > 0 THEN format(' and %s records of changes by hand', settled) ELSE '' END;
END
$$;

COMMENT ON FUNCTION api.purge_history IS
'Removes the rows of api.replaced_versions and api.settled_hand_changes of identities from first to last, inclusive. '
'Returns a summary. For a time before a removed version was replaced, api.registry_at raises an error from then on.';
