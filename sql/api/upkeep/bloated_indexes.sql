-- Estimates the bloat of B-tree indexes, as far as the role may read their statistics.
CREATE VIEW api.bloated_indexes WITH (security_invoker = true) AS
WITH entries AS (
    -- The maximal size of an entry of a B-tree: header, line pointer, and the average width of each column.
    SELECT
        index.indexrelid,
        index.indrelid,
        8 + 4 + CASE WHEN bool_or(width.null_frac > 0) THEN 8 ELSE 0 END
        + sum(ceil(width.avg_width * (1 - width.null_frac) / 8) * 8) AS bytes
    FROM pg_catalog.pg_index AS index
    INNER JOIN pg_catalog.pg_class AS class ON class.oid = index.indexrelid
    INNER JOIN pg_catalog.pg_am AS method ON method.oid = class.relam
    INNER JOIN pg_catalog.pg_class AS owner ON owner.oid = index.indrelid
    INNER JOIN pg_catalog.pg_attribute AS entry ON entry.attrelid = index.indexrelid
    LEFT JOIN pg_catalog.pg_attribute AS attribute
        ON attribute.attrelid = index.indrelid AND attribute.attnum = index.indkey[entry.attnum - 1]
    -- For an expression, the index itself has the statistics.
    LEFT JOIN pg_catalog.pg_stats AS width
        ON
            width.schemaname IN ('registry', 'runtime')
            AND width.tablename = coalesce(CASE WHEN attribute.attnum IS NOT NULL THEN owner.relname END, class.relname)
            AND width.attname = coalesce(attribute.attname, entry.attname)
            AND NOT width.inherited
    WHERE
        class.relnamespace IN ('registry'::regnamespace, 'runtime'::regnamespace)
        AND class.relkind = 'i'
        AND method.amname = 'btree'
        AND index.indisvalid
        -- REINDEX CONCURRENTLY cannot build the index of an exclusion constraint.
        AND NOT index.indisexclusion
    GROUP BY index.indexrelid, index.indrelid
    HAVING count(width.avg_width) = count(*)
),

sizes AS (
    SELECT
        entries.indexrelid,
        pg_relation_size(entries.indexrelid) AS bytes,
        -- Counted by the last VACUUM or ANALYZE; the table may have grown since.
        class.reltuples * greatest(1, pg_relation_size(entries.indrelid) / page.bytes / greatest(owner.relpages, 1))
        * entries.bytes / ((page.bytes - 40) * 0.9) * 1.05 * page.bytes + 2 * page.bytes AS needed
    FROM entries
    INNER JOIN pg_catalog.pg_class AS class ON class.oid = entries.indexrelid
    INNER JOIN pg_catalog.pg_class AS owner ON owner.oid = entries.indrelid
    CROSS JOIN (SELECT current_setting('block_size')::double precision AS bytes) AS page
    WHERE class.reltuples >= 0
)

SELECT
    sizes.indexrelid::regclass::text AS name,
    sizes.bytes,
    sizes.needed::bigint AS needed_bytes,
    owner.relowner::regrole::text AS owner,
    -- The privilege MAINTAIN is new in PostgreSQL 17.
    CASE
        WHEN current_setting('server_version_num')::bigint >= 170000 THEN has_table_privilege(owner.oid, 'MAINTAIN')
        ELSE pg_has_role(owner.relowner, 'USAGE')
    END AS may_reindex
FROM sizes
INNER JOIN pg_catalog.pg_index AS index ON index.indexrelid = sizes.indexrelid
INNER JOIN pg_catalog.pg_class AS owner ON owner.oid = index.indrelid
WHERE sizes.bytes > 2 * sizes.needed AND sizes.bytes - sizes.needed > 1000000;

COMMENT ON VIEW api.bloated_indexes IS
'B-tree indexes over twice as large as their entries need, with over 1 MB to save: bytes, needed_bytes (estimated), the '
'owner of the table, and whether you may reindex them.';
