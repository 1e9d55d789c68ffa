-- Ends the override of a tool.
CREATE FUNCTION api.remove_tool_override(tool text) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    overridden uuid;
BEGIN
    -- A removed tool may still have an override, and may even have lost its name to another.
    SELECT known.tool_id INTO overridden
    FROM api.tool_overrides AS known
    WHERE known.tool = lower(remove_tool_override.tool)
    ORDER BY known.active DESC
    LIMIT 1;
    IF NOT FOUND THEN
        IF NOT EXISTS (SELECT FROM registry.tools AS declared WHERE declared.name = lower(remove_tool_override.tool)) THEN
            RAISE EXCEPTION 'tool is "%"; expected the name of a tool', left(remove_tool_override.tool, 100)
            USING ERRCODE = 'invalid_parameter_value',
            HINT = 'SELECT tool FROM api.tool_overrides WHERE active lists those that are overridden.';
        END IF;
        RETURN false;
    END IF;

    -- Each round sees an override that was set while the previous round waited for a concurrent change.
    FOR round IN 1..100 LOOP
        UPDATE runtime.tool_overrides AS override
        SET
            ending = 'removed',
            ended_by = registry.caller(),
            ended_at = clock_timestamp()
        WHERE
            override.tool_id = overridden
            AND override.ended_at IS NULL
            AND (override.until IS NULL OR override.until > clock_timestamp());
        IF FOUND THEN
            RETURN true;
        END IF;
        EXIT WHEN NOT EXISTS (
            SELECT FROM runtime.tool_overrides AS override
            WHERE
                override.tool_id = overridden
                AND override.ended_at IS NULL
                AND (override.until IS NULL OR override.until > clock_timestamp())
        );
    END LOOP;
    RETURN false;
END
$$;

COMMENT ON FUNCTION api.remove_tool_override IS
'Ends the override of a tool. Returns false if none was active; an unknown tool is refused.';
