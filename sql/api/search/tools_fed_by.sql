-- Lists tools whose required input is in the output of a tool.
CREATE FUNCTION api.tools_fed_by(tool text) RETURNS TABLE (
    name text,
    takes text[],
    description text,
    category text,
    lifecycle text,
    service text,
    node text,
    tool_name text
)
LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
DECLARE
    root jsonb;
    given jsonb;
    names text[];
BEGIN
    SELECT
        source.output_schema,
        coalesce(registry.resolved_schema(source.output_schema, source.output_schema) -> 'properties', '{}'),
        ARRAY(SELECT jsonb_array_elements_text(registry.parameter_names(source.output_schema)))
    INTO root, given, names
    FROM registry.tools AS source
    WHERE source.name = tools_fed_by.tool;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'tool is "%"; expected the name of a tool of this registry', left(tools_fed_by.tool, 100)
        USING ERRCODE = 'invalid_parameter_value';
    END IF;
    RETURN QUERY
    SELECT
        target.name,
        ARRAY(SELECT taken.value FROM jsonb_array_elements_text(needed.required) AS taken (value) ORDER BY taken.value),
        target.manifest #>> '{metadata,description}',
        target.category,
        target.lifecycle,
        target.service,
        target.node,
        target.tool_name
    FROM registry.tools AS target
    -- By a JSON path, since a row changed by hand may hold another type than a list.
    CROSS JOIN LATERAL (
        SELECT
            jsonb_path_query_array(registry.required_parameters(target.input_schema), '$[*]') AS required,
            registry.resolved_schema(target.input_schema, target.input_schema) -> 'properties' AS properties
    ) AS needed
    WHERE
        registry.required_parameters(target.input_schema) ?| names
        AND registry.required_parameters(target.input_schema) <@ to_jsonb(names)
        AND target.lifecycle <> 'retired'
        AND target.name <> tools_fed_by.tool
        AND NOT EXISTS (
            SELECT FROM jsonb_array_elements_text(needed.required) AS taken (value)
            CROSS JOIN LATERAL (
                SELECT
                    internal.parameter_types(registry.resolved_schema(given -> taken.value, root)) AS given,
                    internal.parameter_types(
                        registry.resolved_schema(needed.properties -> taken.value, target.input_schema)
                    ) AS wanted
            ) AS types
            -- Every integer is a number, but not the other way round.
            WHERE NOT (
                types.given && types.wanted
                OR ('integer' = ANY (types.given) AND 'number' = ANY (types.wanted))
            )
        )
    ORDER BY target.name;
END
$$;

COMMENT ON FUNCTION api.tools_fed_by IS
'Tools whose required input is in the output of this tool: properties are matched by name, and by a type that both allow. '
'Tools without required input and retired tools are left out.';
