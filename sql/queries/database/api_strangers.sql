-- Find foreign objects that block a rebuild of api and internal: those that depend on the schemas, or are in them.
WITH standing AS (
    SELECT
        depend.classid,
        depend.objid,
        namespace.nspname,
        concat(namespace.nspname, '.', coalesce(class.relname, proc.proname, type.typname)) = ANY (%(ours)s::text []) AS is_ours
    FROM pg_catalog.pg_namespace AS namespace
    INNER JOIN pg_catalog.pg_depend AS depend
        ON depend.refclassid = 'pg_namespace'::regclass AND depend.refobjid = namespace.oid
    LEFT JOIN pg_catalog.pg_class AS class
        ON depend.classid = 'pg_class'::regclass AND class.oid = depend.objid
    LEFT JOIN pg_catalog.pg_proc AS proc ON depend.classid = 'pg_proc'::regclass AND proc.oid = depend.objid
    LEFT JOIN pg_catalog.pg_type AS type ON depend.classid = 'pg_type'::regclass AND type.oid = depend.objid
    WHERE namespace.nspname IN ('api', 'internal')
),

-- Including the objects that PostgreSQL creates for a view (its rule, its row type, the array type of the row type) and for
-- a type.
ours AS (
    SELECT
        standing.classid,
        standing.objid
    FROM standing
    WHERE standing.is_ours
    UNION ALL
    SELECT
        'pg_rewrite'::regclass,
        rewrite.oid
    FROM standing
    INNER JOIN pg_catalog.pg_rewrite AS rewrite ON rewrite.ev_class = standing.objid
    WHERE standing.is_ours
    UNION ALL
    SELECT
        'pg_type'::regclass,
        unnest(ARRAY[type.oid, type.typarray])
    FROM standing
    INNER JOIN pg_catalog.pg_type AS type ON type.typrelid = standing.objid
    WHERE standing.is_ours
    UNION ALL
    SELECT
        made.classid,
        made.objid
    FROM standing
    INNER JOIN pg_catalog.pg_type AS type ON type.oid = standing.objid
    CROSS JOIN LATERAL (VALUES ('pg_class'::regclass, type.typrelid), ('pg_type'::regclass, type.typarray)) AS made (classid, objid)
    WHERE standing.is_ours AND standing.classid = 'pg_type'::regclass
),

dependent AS (
    SELECT
        CASE WHEN rewrite.oid IS NULL THEN depend.classid ELSE 'pg_class'::regclass END AS classid,
        coalesce(rewrite.ev_class, depend.objid) AS objid
    FROM ours
    INNER JOIN pg_catalog.pg_depend AS depend ON depend.refclassid = ours.classid AND depend.refobjid = ours.objid
    LEFT JOIN pg_catalog.pg_rewrite AS rewrite
        ON depend.classid = 'pg_rewrite'::regclass AND rewrite.oid = depend.objid
    WHERE (depend.classid, depend.objid) NOT IN (SELECT ours.classid, ours.objid FROM ours)
)

SELECT
    (pg_identify_object(dependent.classid, dependent.objid, 0)).identity AS name,
    'depends on schema api or internal' AS how
FROM dependent
UNION
SELECT
    (pg_identify_object(standing.classid, standing.objid, 0)).identity,
    'stands in schema ' || standing.nspname
FROM standing
WHERE standing.is_ours IS NOT TRUE
ORDER BY 1
