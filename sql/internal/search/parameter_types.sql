-- Returns the JSON types that a JSON Schema allows at its root, according to type, const and enum.
CREATE FUNCTION internal.parameter_types(schema jsonb) RETURNS text[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
    WHEN schema = 'false' THEN ARRAY[]::text[]
    WHEN jsonb_typeof(schema -> 'type') = 'string' THEN ARRAY[schema ->> 'type']
    WHEN jsonb_typeof(schema -> 'type') = 'array'
        THEN ARRAY(SELECT kind.value FROM jsonb_array_elements_text(schema -> 'type') AS kind (value))
    WHEN schema ? 'const' THEN ARRAY[jsonb_typeof(schema -> 'const')]
    WHEN jsonb_typeof(schema -> 'enum') = 'array'
        THEN ARRAY(SELECT DISTINCT jsonb_typeof(allowed.value) FROM jsonb_array_elements(schema -> 'enum') AS allowed (value))
    ELSE ARRAY['array', 'boolean', 'integer', 'null', 'number', 'object', 'string']
END;

COMMENT ON FUNCTION internal.parameter_types IS
'The JSON types that a schema allows by its type, const or enum; all types without these.';
