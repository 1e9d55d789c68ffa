-- Lists the consumers of a tool: the resources that name it in their manifests, and the agents that call it.
CREATE FUNCTION api.impact(tool text) RETURNS TABLE (
    consumer text,
    kind text,
    owner text,
    range text,
    is_satisfied boolean,
    pointers text[],
    calls_7_days bigint,
    calls_30_days bigint,
    last_call timestamptz
)
LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
DECLARE
    ids CONSTANT uuid[] := internal.identities('Tool', lower(impact.tool));
BEGIN
    IF cardinality(ids) = 0 THEN
        RAISE EXCEPTION 'tool is %; expected the name of a tool of this registry', coalesce('"' || left(impact.tool, 100) || '"', 'NULL')
        USING ERRCODE = 'invalid_parameter_value', HINT = 'SELECT name FROM api.tools lists them.';
    END IF;
    RETURN QUERY
    WITH declared AS (
        SELECT
            entity.kind,
            entity.name,
            resource.owner,
            string_agg(DISTINCT reference.range, ', ' ORDER BY reference.range) AS range,
            bool_and(internal.version_fits(used.version, reference.bounds))
                FILTER (WHERE reference.range IS NOT NULL AND used.id IS NOT NULL) AS is_satisfied,
            array_agg(reference.pointer ORDER BY reference.pointer) AS pointers
        FROM registry.references AS reference
        INNER JOIN registry.entities AS entity ON entity.id = reference.source_id
        LEFT JOIN registry.resources AS resource ON resource.id = reference.source_id
        LEFT JOIN registry.tools AS used ON used.id = ANY (ids)
        WHERE reference.target_kind = 'Tool' AND reference.target_name = lower(impact.tool)
        GROUP BY entity.kind, entity.name, resource.owner
    ),

    caller AS (
        SELECT called.* FROM internal.callers_of(ids) AS called
    )

    SELECT
        coalesce(declared.name, caller.agent),
        coalesce(declared.kind, 'agent'),
        declared.owner,
        declared.range,
        declared.is_satisfied,
        coalesce(declared.pointers, '{}'),
        coalesce(caller.calls_7_days, 0),
        coalesce(caller.calls_30_days, 0),
        caller.last_call
    FROM declared
    FULL JOIN caller ON caller.agent = CASE declared.kind WHEN 'Service' THEN declared.name END
    ORDER BY 8 DESC, 7 DESC, 1, 2;
END
$$;

COMMENT ON FUNCTION api.impact IS
'One row per consumer of a tool: a resource that names it (kind Service, Tool, ...), or an agent that calls it (kind agent; '
'the calls of an agent with the name of such a service are in the row of the service). range: the versions that the consumer '
'can work with, NULL for any; is_satisfied: whether the version of the tool is one of them. pointers: the places in the '
'manifest. Calls started in the last 7 and 30 days, and the start of the last call of all. Most calls first.';
