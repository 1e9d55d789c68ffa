-- Measures each table: size, dead rows, scans, and unused indexes.
CREATE VIEW api.table_health WITH (security_invoker = true) AS
SELECT
    namespace.nspname::text AS schema,
    class.relname::text AS name,
    parent.relname::text AS partition_of,
    pg_total_relation_size(class.oid) AS bytes,
    pg_table_size(class.oid) - toast.bytes AS table_bytes,
    pg_indexes_size(class.oid) AS index_bytes,
    toast.bytes AS toast_bytes,
    stat.n_live_tup AS live_rows,
    stat.n_dead_tup AS dead_rows,
    round(stat.n_dead_tup::numeric / nullif(stat.n_live_tup + stat.n_dead_tup, 0), 4) AS dead_ratio,
    greatest(stat.last_vacuum, stat.last_autovacuum) AS last_vacuum_at,
    greatest(stat.last_analyze, stat.last_autoanalyze) AS last_analyze_at,
    stat.seq_scan AS sequential_scans,
    stat.seq_tup_read AS rows_read_sequentially,
    coalesce(stat.idx_scan, 0) AS index_scans,
    round(stat.idx_scan::numeric / nullif(stat.seq_scan + stat.idx_scan, 0), 4) AS index_use_ratio,
    unused.names AS unused_indexes,
    coalesce(unused.bytes, 0) AS unused_index_bytes
FROM pg_catalog.pg_class AS class
INNER JOIN pg_catalog.pg_namespace AS namespace ON namespace.oid = class.relnamespace
LEFT JOIN pg_catalog.pg_stat_user_tables AS stat ON stat.relid = class.oid
LEFT JOIN pg_catalog.pg_inherits AS inherits ON inherits.inhrelid = class.oid AND class.relispartition
LEFT JOIN pg_catalog.pg_class AS parent ON parent.oid = inherits.inhparent
CROSS JOIN LATERAL (
    SELECT CASE WHEN class.reltoastrelid = 0 THEN 0 ELSE pg_total_relation_size(class.reltoastrelid) END AS bytes
) AS toast
LEFT JOIN LATERAL (
    SELECT
        array_agg(index_stat.indexrelname::text ORDER BY index_stat.indexrelname) AS names,
        sum(pg_relation_size(index_stat.indexrelid))::bigint AS bytes
    FROM pg_catalog.pg_stat_user_indexes AS index_stat
    INNER JOIN pg_catalog.pg_index AS one ON one.indexrelid = index_stat.indexrelid
    -- A unique or exclusion index enforces a constraint even if no query reads it.
    WHERE index_stat.relid = class.oid AND index_stat.idx_scan = 0 AND NOT (one.indisunique OR one.indisexclusion)
) AS unused ON true
WHERE namespace.nspname IN ('registry', 'runtime') AND class.relkind = 'r'
ORDER BY bytes DESC, schema, name;

COMMENT ON VIEW api.table_health IS
'Each table and partition of registry and runtime: bytes, live and dead rows, last vacuum and analyze (NULL: never), '
'sequential and index scans, and indexes that no query has read since statistics were reset. Ratios: 0 to 1, NULL without '
'rows or scans.';
