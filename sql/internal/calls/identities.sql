-- The identities of a kind that are shown under a name; without a name, those that are shown as they were called.
CREATE FUNCTION internal.identities(kind text, name text) RETURNS uuid[]
LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
BEGIN
    IF name IS NULL THEN
        RETURN ARRAY(
            SELECT entity.id
            FROM registry.entities AS entity
            WHERE entity.kind = identities.kind AND entity.name IS NULL
        );
    END IF;
    RETURN ARRAY(
        SELECT entity.id
        FROM registry.entities AS entity
        WHERE entity.kind = identities.kind AND entity.name = identities.name
    );
END
$$;

COMMENT ON FUNCTION internal.identities IS
'The identities of a kind that are shown under a name; for NULL, those whose name was given to another one.';
