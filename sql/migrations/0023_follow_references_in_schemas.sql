-- Parameters are found where a schema refers to them: generators of draft-07 write {"$ref": "#/definitions/Arguments"}.

CREATE FUNCTION registry.resolved_schema(part jsonb, root jsonb) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    -- Draft-07 ignores what stands beside $ref (core, section 8.3).
    ignores_siblings CONSTANT boolean := coalesce(root ->> '$schema' LIKE '%//json-schema.org/draft-07/schema%', false);
    resolved jsonb := part;
    target jsonb;
    reference text;
BEGIN
    -- A reference may lead to another one, and round in a circle.
    FOR hop IN 1..16 LOOP
        EXIT WHEN jsonb_typeof(resolved) IS DISTINCT FROM 'object' OR jsonb_typeof(resolved -> '$ref') IS DISTINCT FROM 'string';
        reference := resolved ->> '$ref';
        target := CASE
            WHEN reference = '#' THEN root
            -- A JSON Pointer (RFC 6901): ~1 is a slash, ~0 a tilde.
            WHEN starts_with(reference, '#/')
                THEN root #> ARRAY(
                    SELECT replace(replace(step.key, '~1', '/'), '~0', '~')
                    FROM unnest(string_to_array(substr(reference, 3), '/')) WITH ORDINALITY AS step (key, place)
                    ORDER BY step.place
                )
        END;
        EXIT WHEN target IS NULL;
        resolved := CASE
            WHEN ignores_siblings OR jsonb_typeof(target) <> 'object' THEN target
            ELSE target || (resolved - '$ref')
        END;
    END LOOP;
    RETURN resolved;
END
$$;
COMMENT ON FUNCTION registry.resolved_schema IS
'A part of a JSON Schema with what its $ref stands for, where that is a JSON Pointer into the root.';

CREATE OR REPLACE FUNCTION registry.parameter_names(schema jsonb) RETURNS jsonb
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN jsonb_path_query_array(
    CASE WHEN schema ? '$ref' THEN registry.resolved_schema(schema, schema) ELSE schema END,
    'strict $.properties.keyvalue().key',
    silent => true
);

CREATE FUNCTION registry.required_parameters(schema jsonb) RETURNS jsonb
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN schema ? '$ref' THEN registry.resolved_schema(schema, schema) ELSE schema END -> 'required';
COMMENT ON FUNCTION registry.required_parameters IS 'The names that a JSON Schema requires, as its keyword required lists them.';

REVOKE ALL ON FUNCTION registry.resolved_schema, registry.required_parameters FROM PUBLIC;
GRANT EXECUTE ON FUNCTION registry.resolved_schema, registry.required_parameters
TO toolreg_reader, toolreg_agent, toolreg_reconciler;

-- squawk-ignore require-concurrent-reindex
REINDEX INDEX registry.tools_by_parameter;
-- squawk-ignore require-concurrent-index-deletion
DROP INDEX registry.tools_by_required_parameter;
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX tools_by_required_parameter ON registry.tools USING gin (registry.required_parameters(input_schema));
