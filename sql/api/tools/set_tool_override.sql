-- Takes a tool out of service, or keeps it in service, without a commit.
CREATE FUNCTION api.set_tool_override(
    tool text,
    status text,
    reason text,
    until timestamptz DEFAULT NULL
) RETURNS bigint
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    overridden uuid;
    moment timestamptz;
    why text := btrim(set_tool_override.reason, E' \t\r\n');
    made bigint;
    obstacle text;
BEGIN
    IF (set_tool_override.status IN ('available', 'unavailable')) IS NOT TRUE THEN
        RAISE EXCEPTION 'status is "%"; expected available or unavailable', left(set_tool_override.status, 100)
        USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF (octet_length(why) BETWEEN 1 AND 1000) IS NOT TRUE THEN
        RAISE EXCEPTION 'reason is "%"; expected 1 to 1000 bytes of text', left(why, 100)
        USING ERRCODE = 'invalid_parameter_value';
    END IF;
    SELECT declared.id INTO overridden
    FROM registry.entities AS entity
    INNER JOIN registry.tools AS declared ON declared.id = entity.id
    WHERE entity.kind = 'Tool' AND entity.name = lower(set_tool_override.tool);
    IF NOT FOUND THEN
        RAISE EXCEPTION 'tool is "%"; expected the name of a tool that is declared', left(set_tool_override.tool, 100)
        USING ERRCODE = 'invalid_parameter_value', HINT = 'SELECT name FROM api.tools lists them.';
    END IF;

    -- Not the row of the identity, which an apply may have locked, nor an advisory lock, which any login may take.
    -- Concurrent overrides of a tool wait at the key that allows one open override; each round sees the override for which
    -- the previous round waited.
    FOR round IN 1..100 LOOP
        moment := clock_timestamp();
        IF set_tool_override.until <= moment OR set_tool_override.until >= '9999-12-31 00:00:00+00' THEN
            RAISE EXCEPTION 'until is "%"; expected a time to come, before the year 9999, or none', set_tool_override.until
            USING ERRCODE = 'invalid_parameter_value';
        END IF;
        UPDATE runtime.tool_overrides AS override
        SET
            ending = CASE WHEN override.until <= moment THEN 'expired' ELSE 'replaced' END,
            ended_by = CASE WHEN override.until <= moment THEN NULL ELSE registry.caller() END,
            ended_at = least(override.until, moment)
        WHERE override.tool_id = overridden AND override.ended_at IS NULL;
        INSERT INTO runtime.tool_overrides AS override (tool_id, status, reason, until, set_by, set_at)
        VALUES (overridden, set_tool_override.status, why, set_tool_override.until, registry.caller(), moment)
        ON CONFLICT (tool_id) WHERE override.ended_at IS NULL DO NOTHING
        RETURNING override.id INTO made;
        EXIT WHEN made IS NOT NULL;
    END LOOP;
    IF made IS NULL THEN
        RAISE EXCEPTION 'the tool is overridden by others at the same time; try again'
        USING ERRCODE = 'serialization_failure';
    END IF;
    IF set_tool_override.status = 'available' THEN
        SELECT judged.reason INTO obstacle FROM api.tool_availability AS judged WHERE judged.id = overridden;
        IF obstacle IS NOT NULL THEN
            RAISE WARNING 'this has no effect: %, and what is declared cannot be overridden', obstacle;
        END IF;
    END IF;
    RETURN made;
END
$$;

COMMENT ON FUNCTION api.set_tool_override IS
'Takes a tool out of service (status unavailable) or keeps it in service (available) until a time, or until '
'api.remove_tool_override (until NULL). Replaces an earlier override. Returns the id of its row in api.tool_overrides.';
