-- Forget an artifact. What lies at its address is the business of whoever put it there.
CREATE FUNCTION api.delete_artifact(id uuid) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    maker text;
BEGIN
    SELECT artifact.created_by INTO maker FROM runtime.artifacts AS artifact WHERE artifact.id = delete_artifact.id;
    IF maker <> registry.caller() AND NOT pg_has_role(registry.acting_role(), 'toolreg_reconciler', 'USAGE') THEN
        RAISE EXCEPTION 'id is that of an artifact of "%"; expected one that "%" registered', maker, registry.caller()
        USING
            ERRCODE = 'insufficient_privilege',
            HINT = 'A member of toolreg_reconciler may delete any.';
    END IF;
    DELETE FROM runtime.artifacts AS artifact WHERE artifact.id = delete_artifact.id;
    RETURN FOUND;
END
$$;

COMMENT ON FUNCTION api.delete_artifact IS
'Forget an artifact; false where there is none of this id. An agent may delete what it registered itself, a reconciler '
'any. What lies at its uri stays there.';
