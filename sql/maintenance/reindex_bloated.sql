-- Rebuild indexes over twice as large as their entries need, as far as the role may.
WITH leftovers AS (
    -- Leftovers of an interrupted REINDEX CONCURRENTLY, unless one is still running.
    SELECT index.indexrelid
    FROM pg_catalog.pg_index AS index
    INNER JOIN pg_catalog.pg_class AS class ON class.oid = index.indexrelid
    WHERE
        class.relnamespace IN ('registry'::regnamespace, 'runtime'::regnamespace)
        AND class.relname ~ '_cc(new|old)[0-9]*$'
        AND NOT index.indisvalid
        AND pg_has_role(class.relowner, 'USAGE')
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
        format('REINDEX INDEX CONCURRENTLY %s', bloated.name),
        bloated.bytes - bloated.needed_bytes
    FROM api.bloated_indexes AS bloated
    WHERE bloated.may_reindex
)

SELECT statement
FROM statements
ORDER BY wasted DESC, statement
\gexec
\echo 'reindex_bloated: done'
