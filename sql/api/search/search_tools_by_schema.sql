-- Searches tools whose input or output schema contains a JSON Schema fragment.
CREATE FUNCTION api.search_tools_by_schema(fragment jsonb) RETURNS TABLE (
    name text,
    matched text[],
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
    IF jsonb_typeof(fragment) IS DISTINCT FROM 'object' OR fragment = '{}' THEN
        RAISE EXCEPTION 'fragment is %; expected a piece of JSON Schema such as {"properties": {"amount": {"type": "integer"}}}',
        coalesce(left(fragment::text, 100), 'NULL')
        USING ERRCODE = 'invalid_parameter_value';
    END IF;
    RETURN QUERY
    SELECT
        tool.name,
        array_remove(
            ARRAY[
                CASE WHEN tool.input_schema @> fragment THEN 'input' END,
                CASE WHEN tool.output_schema @> fragment THEN 'output' END
            ],
            NULL
        ),
        tool.manifest #>> '{metadata,description}',
        tool.category,
        tool.lifecycle,
        tool.service,
        tool.node,
        tool.tool_name
    FROM registry.tools AS tool
    WHERE
        (tool.input_schema @> fragment OR tool.output_schema @> fragment)
        AND tool.lifecycle <> 'retired'
    ORDER BY tool.name;
END
$$;

COMMENT ON FUNCTION api.search_tools_by_schema IS
'Tools whose input or output schema contains a JSON Schema fragment, such as {"properties": {"amount": {"type": '
'"integer"}}}; matched says which of the two. Compared as written: $ref is not followed. Retired tools are left out. A '
'fragment without values, such as {"properties": {"amount": {}}}, is slow: use api.tools_with_parameter.';
