-- Forgets an artifact. The content at its address is left to its owner.
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
'Forgets an artifact; the content at its uri stays. Returns false for an unknown id. Agents may delete artifacts that they '
'registered, reconcilers any.';
