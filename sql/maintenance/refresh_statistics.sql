-- Run ANALYZE on changed tables.
-- Autovacuum never analyzes parent tables together with their children.
SELECT format('SELECT api.refresh_statistics(%L)', changed.oid::regclass::text) AS statement
FROM (
    SELECT
        class.oid,
        coalesce(inherits.inhparent, class.oid) AS measured_with,
        class.relispartition,
        pg_stat_get_mod_since_analyze(class.oid) AS changes
    FROM pg_catalog.pg_class AS class
    LEFT JOIN pg_catalog.pg_inherits AS inherits ON inherits.inhrelid = class.oid
    WHERE class.relkind = 'r' AND class.relnamespace IN ('registry'::regnamespace, 'runtime'::regnamespace)
) AS one
CROSS JOIN LATERAL (
    -- Before PostgreSQL 18, ANALYZE of the logs always includes the partitions.
    SELECT one.oid
    WHERE NOT one.relispartition OR current_setting('server_version_num')::bigint >= 180000
    UNION
    SELECT one.measured_with
) AS changed
WHERE one.changes > 0
GROUP BY changed.oid
ORDER BY max(one.changes) DESC, changed.oid::regclass::text
\gexec
\echo 'refresh_statistics: done'
