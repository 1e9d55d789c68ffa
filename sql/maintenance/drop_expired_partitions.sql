-- Drop days of logs older than runtime.settings.keep_logs, after their rollup.
SELECT format('SELECT api.drop_partition(%L)', partition.day) AS statement
FROM api.log_partitions AS partition
WHERE partition.is_expired
UNION ALL
-- Calls that arrived after their day had expired.
SELECT 'SELECT api.delete_expired_calls(10000)'
FROM (
    SELECT count(*) AS calls
    FROM runtime.invocation_logs_default AS log
    WHERE
        log.started_at < (SELECT internal.log_cutoff())
        AND pg_visible_in_snapshot(log.recorded_xid::text::xid8, (SELECT internal.counted_snapshot()))
) AS expired
CROSS JOIN generate_series(1, ceil(expired.calls / 10000.0)::bigint) AS batch
ORDER BY statement DESC
\gexec
\echo 'drop_expired_partitions: done'
