-- Tests whether a value has a type that a JSON Schema allows, and is among its listed values.
CREATE FUNCTION internal.value_fits(value jsonb, schema jsonb) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN
    (
        jsonb_typeof(value) = ANY (internal.parameter_types(schema))
        -- JSON Schema 2020-12, 6.1.1: an integer is a number without a fraction, so 2.0 is an integer.
        OR (
            jsonb_typeof(value) = 'number'
            AND 'integer' = ANY (internal.parameter_types(schema))
            AND value::numeric = trunc(value::numeric)
        )
    )
    AND (NOT coalesce(schema ? 'const', false) OR schema -> 'const' = value)
    AND (
        coalesce(jsonb_typeof(schema -> 'enum') <> 'array', true)
        OR EXISTS (SELECT FROM jsonb_array_elements(schema -> 'enum') AS allowed (value) WHERE allowed.value = $1)
    );

COMMENT ON FUNCTION internal.value_fits IS
'Whether a value has the type, const or enum of a schema. Other keywords are not checked.';
