-- Build indexes anew that take over twice the room that their entries need. Needs the owner of the tables.
WITH entries AS (
    -- What an entry of a B-tree takes at most: a header, a pointer to it, and each column as wide as it is on average.
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
    -- Of an expression, the index itself has the statistics.
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
        -- REINDEX CONCURRENTLY cannot build the index of an exclusion.
        AND NOT index.indisexclusion
    GROUP BY index.indexrelid, index.indrelid
    HAVING count(width.avg_width) = count(*)
),

sizes AS (
    SELECT
        entries.indexrelid,
        pg_relation_size(entries.indexrelid) AS bytes,
        -- The counts are those of the last VACUUM or ANALYZE, and the table may have grown since.
        class.reltuples * greatest(1, pg_relation_size(entries.indrelid) / page.bytes / greatest(owner.relpages, 1))
        * entries.bytes / ((page.bytes - 40) * 0.9) * 1.05 * page.bytes + 2 * page.bytes AS needed
    FROM entries
    INNER JOIN pg_catalog.pg_class AS class ON class.oid = entries.indexrelid
    INNER JOIN pg_catalog.pg_class AS owner ON owner.oid = entries.indrelid
    CROSS JOIN (SELECT current_setting('block_size')::double precision AS bytes) AS page
    WHERE class.reltuples >= 0
),

leftovers AS (
    -- What a REINDEX CONCURRENTLY left behind when it was interrupted, unless it runs still.
    SELECT index.indexrelid
    FROM pg_catalog.pg_index AS index
    INNER JOIN pg_catalog.pg_class AS class ON class.oid = index.indexrelid
    WHERE
        class.relnamespace IN ('registry'::regnamespace, 'runtime'::regnamespace)
        AND class.relname ~ '_cc(new|old)[0-9]*$'
        AND NOT index.indisvalid
        AND NOT EXISTS (
            SELECT FROM pg_catalog.pg_stat_progress_create_index AS progress
            WHERE progress.relid = index.indrelid
        )
),

statements AS (
    SELECT
        format('DROP INDEX CONCURRENTLY IF EXISTS %s', leftovers.indexrelid::regclass) AS statement,
        'infinity'::double precision AS wasted
    FROM leftovers
    UNION ALL
    SELECT
        format('REINDEX INDEX CONCURRENTLY %s', sizes.indexrelid::regclass),
        sizes.bytes - sizes.needed
    FROM sizes
    WHERE sizes.bytes > 2 * sizes.needed AND sizes.bytes - sizes.needed > 1000000
)

SELECT statement
FROM statements
ORDER BY wasted DESC, statement
\gexec
\echo 'reindex_bloated: done'
