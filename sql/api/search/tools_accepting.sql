-- Lists tools that can be called with the given arguments.
CREATE FUNCTION api.tools_accepting(arguments jsonb) RETURNS TABLE (
    name text,
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
    given text[];
BEGIN
    IF jsonb_typeof(arguments) IS DISTINCT FROM 'object' THEN
        RAISE EXCEPTION 'arguments is %; expected a JSON object such as {"amount": 4990, "currency": "EUR"}',
        coalesce(left(arguments::text, 100), 'NULL')
        USING ERRCODE = 'invalid_parameter_value';
    END IF;
    given := ARRAY(SELECT jsonb_object_keys(arguments));
    RETURN QUERY
    SELECT
        tool.name,
        tool.manifest #>> '{metadata,description}',
        tool.category,
        tool.lifecycle,
        tool.service,
        tool.node,
        tool.tool_name
    FROM registry.tools AS tool
    CROSS JOIN LATERAL (
        SELECT registry.resolved_schema(tool.input_schema, tool.input_schema) -> 'properties' AS properties
    ) AS taken
    WHERE
        registry.parameter_names(tool.input_schema) ?& given
        AND coalesce(registry.required_parameters(tool.input_schema) <@ to_jsonb(given), true)
        AND tool.lifecycle <> 'retired'
        AND NOT EXISTS (
            SELECT FROM jsonb_each(arguments) AS argument
            WHERE NOT internal.value_fits(
                argument.value, registry.resolved_schema(taken.properties -> argument.key, tool.input_schema)
            )
        )
    ORDER BY tool.name;
END
$$;

COMMENT ON FUNCTION api.tools_accepting IS
'Tools that can be called with these arguments: every required parameter is given, and every given argument is declared and '
'has the type, const or enum of its schema. Nested schemas, patterns and limits are not checked. Retired tools are left '
'out.';
