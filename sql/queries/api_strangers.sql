-- What stands in the way of rebuilding api: objects of others that depend on it, or stand in it.
WITH ours AS (
    SELECT
        'pg_class'::regclass AS catalog,
        oid
    FROM pg_catalog.pg_class
    WHERE relnamespace = to_regnamespace('api')
    UNION ALL
    SELECT
        'pg_proc'::regclass,
        oid
    FROM pg_catalog.pg_proc
    WHERE pronamespace = to_regnamespace('api')
),

dependent AS (
    SELECT coalesce(rewrite.ev_class::regclass::text, pg_describe_object(depend.classid, depend.objid, 0)) AS name
    FROM ours
    INNER JOIN pg_catalog.pg_depend AS depend ON depend.refclassid = ours.catalog AND depend.refobjid = ours.oid
    LEFT JOIN pg_catalog.pg_rewrite AS rewrite
        ON depend.classid = 'pg_rewrite'::regclass AND rewrite.oid = depend.objid
    LEFT JOIN pg_catalog.pg_class AS class ON class.oid = rewrite.ev_class
    LEFT JOIN pg_catalog.pg_proc AS proc ON depend.classid = 'pg_proc'::regclass AND proc.oid = depend.objid
    LEFT JOIN pg_catalog.pg_type AS type ON depend.classid = 'pg_type'::regclass AND type.oid = depend.objid
    WHERE
        depend.deptype IN ('n', 'a')
        AND coalesce(class.relnamespace, proc.pronamespace, type.typnamespace, 0) <> to_regnamespace('api')
)

SELECT
    dependent.name,
    'depends on schema api' AS how
FROM dependent
UNION
SELECT
    format('api.%%I', class.relname),
    'stands in schema api'
FROM pg_catalog.pg_class AS class
WHERE
    class.relnamespace = to_regnamespace('api')
    AND class.relkind IN ('r', 'v', 'm', 'S', 'f', 'p')
    AND NOT class.relname::text = ANY (%(ours)s::text [])
UNION
SELECT
    format('api.%%I', proc.proname),
    'stands in schema api'
FROM pg_catalog.pg_proc AS proc
WHERE
    proc.pronamespace = to_regnamespace('api')
    AND NOT proc.proname::text = ANY (%(ours)s::text [])
ORDER BY 1
