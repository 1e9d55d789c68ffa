-- Returns the identities of a kind with a current name; for NULL, those without one, shown as called.
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
'The identities of a kind with this current name; for NULL, those whose name was given to another identity.';
