-- Lists tools with a parameter of a name, and optionally of a type.
CREATE FUNCTION api.tools_with_parameter(parameter text, type text DEFAULT NULL) RETURNS TABLE (
    name text,
    types text[],
    required boolean,
    description text,
    category text,
    lifecycle text,
    service text,
    node text,
    tool_name text
)
LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
BEGIN
    IF coalesce(tools_with_parameter.parameter, '') = '' THEN
        RAISE EXCEPTION 'parameter is %; expected the name of one such as customer_id',
        CASE WHEN tools_with_parameter.parameter IS NULL THEN 'NULL' ELSE '""' END
        USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF tools_with_parameter.type NOT IN ('array', 'boolean', 'integer', 'null', 'number', 'object', 'string') THEN
        RAISE EXCEPTION 'type is "%"; expected array, boolean, integer, null, number, object or string',
        left(tools_with_parameter.type, 100)
        USING ERRCODE = 'invalid_parameter_value';
    END IF;
    RETURN QUERY
    SELECT
        tool.name,
        declared.types,
        coalesce(registry.required_parameters(tool.input_schema) ? tools_with_parameter.parameter, false),
        taken.schema ->> 'description',
        tool.category,
        tool.lifecycle,
        tool.service,
        tool.node,
        tool.tool_name
    FROM registry.tools AS tool
    CROSS JOIN LATERAL (
        SELECT registry.resolved_schema(
            registry.resolved_schema(tool.input_schema, tool.input_schema) -> 'properties' -> tools_with_parameter.parameter,
            tool.input_schema
        ) AS schema
    ) AS taken
    CROSS JOIN LATERAL (SELECT internal.parameter_types(taken.schema) AS types) AS declared
    WHERE
        registry.parameter_names(tool.input_schema) ? tools_with_parameter.parameter
        AND (tools_with_parameter.type IS NULL OR tools_with_parameter.type = ANY (declared.types))
        AND tool.lifecycle <> 'retired'
    ORDER BY tool.name;
END
$$;

COMMENT ON FUNCTION api.tools_with_parameter IS
'Tools with a parameter of this name, and of this JSON type (NULL: any). A schema without a type allows all types. Nested '
'properties do not count. Retired tools are left out.';
