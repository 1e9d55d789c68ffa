-- Return the statement that reads a view or calls a function of api: the server quotes names, values are bound later.
WITH argument AS (
    SELECT string_agg(
        format('%%I => CAST(%%%%s AS %%s)', given.name, format_type(listed.type, NULL)),
        ', '
        ORDER BY given.place
    ) AS list
    FROM json_array_elements_text(%(given)s) WITH ORDINALITY AS given (name, place)
    INNER JOIN pg_catalog.pg_proc AS proc
        ON proc.pronamespace = to_regnamespace('api') AND proc.proname = %(name)s
    CROSS JOIN LATERAL unnest(
        coalesce(proc.proallargtypes, proc.proargtypes::oid []),
        proc.proargmodes,
        proc.proargnames
    ) AS listed (type, mode, name)
    WHERE listed.name = given.name AND coalesce(listed.mode, 'i') IN ('i', 'b', 'v')
)

SELECT
    format(
        CASE
            WHEN %(as_json)s
                THEN 'SELECT row_to_json(toolreg_row)::text FROM (SELECT * FROM %%s LIMIT %%%%s) AS toolreg_row'
            ELSE 'SELECT * FROM %%s LIMIT %%%%s'
        END,
        CASE
            WHEN %(is_function)s THEN format('api.%%I(%%s)', %(name)s::text, argument.list)
            ELSE format('api.%%I', %(name)s::text)
        END
    ) AS statement
FROM argument
