-- List the views and functions of schema api, with comment, parameters and the rights of this role.
SELECT
    class.relname::text AS name,
    'view' AS kind,
    obj_description(class.oid, 'pg_class') AS comment,
    false AS writes,
    has_table_privilege(class.oid, 'SELECT') AS allowed,
    '[]'::json AS parameters
FROM pg_catalog.pg_class AS class
WHERE class.relnamespace = to_regnamespace('api') AND class.relkind IN ('v', 'm')
UNION ALL
SELECT
    proc.proname::text,
    'function',
    obj_description(proc.oid, 'pg_proc'),
    proc.provolatile = 'v',
    has_function_privilege(proc.oid, 'EXECUTE'),
    (
        SELECT
            coalesce(
                json_agg(
                    json_build_object(
                        'name', argument.name,
                        'type', replace(format_type(argument.type, NULL), 'timestamp with time zone', 'timestamptz'),
                        'required', argument.place <= proc.pronargs - proc.pronargdefaults,
                        -- Without the cast that PostgreSQL writes behind a literal.
                        'default', regexp_replace(
                            pg_get_function_arg_default(proc.oid, argument.number::integer),
                            '^(''.*''|NULL)::[^'']+$',
                            '\1'
                        )
                    )
                    ORDER BY argument.place
                ),
                '[]'
            )
        FROM (
            SELECT
                listed.name,
                listed.type,
                listed.number,
                row_number() OVER (ORDER BY listed.number) AS place
            FROM unnest(
                coalesce(proc.proallargtypes, proc.proargtypes::oid []),
                proc.proargmodes,
                proc.proargnames
            ) WITH ORDINALITY AS listed (type, mode, name, number)
            WHERE coalesce(listed.mode, 'i') IN ('i', 'b', 'v')
        ) AS argument
    )
FROM pg_catalog.pg_proc AS proc
WHERE
    proc.pronamespace = to_regnamespace('api')
    AND proc.prokind = 'f'
    AND proc.prorettype NOT IN ('trigger'::regtype, 'event_trigger'::regtype)
ORDER BY name
