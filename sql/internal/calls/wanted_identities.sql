-- The identities that the filters of analytics mean, looked up before, so that the query is planned for them.
CREATE FUNCTION internal.wanted_identities(
    tool text,
    service text,
    node text,
    category text,
    OUT tool_ids uuid[],
    OUT service_ids uuid[],
    OUT node_ids uuid[],
    OUT category_ids uuid[],
    OUT nameless_ids uuid[]
)
LANGUAGE plpgsql STABLE AS $$
BEGIN
    tool_ids := internal.identities('Tool', tool);
    service_ids := internal.identities('Service', service);
    node_ids := internal.identities('Node', node);
    nameless_ids := internal.identities('Tool', NULL) || internal.identities('Service', NULL) || internal.identities('Node', NULL);
    -- NULL lets all through.
    IF category IS NOT NULL THEN
        category_ids := ARRAY(
            SELECT declared.id FROM registry.tools AS declared WHERE declared.category = wanted_identities.category
        );
    END IF;
END
$$;

COMMENT ON FUNCTION internal.wanted_identities IS
'The identities that the filters of analytics mean, and those that are shown as they were called.';
