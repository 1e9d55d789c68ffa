-- Drop days of logs older than runtime.settings.keep_logs, after their rollup, and after their export if export_before_drop demands it.
SELECT format('SELECT api.drop_partition(%L)', partition.day) AS statement
FROM api.log_partitions AS partition
CROSS JOIN runtime.settings AS settings
WHERE
    partition.is_expired
    -- A day without a file waits for export_partitions.
    AND (NOT settings.export_before_drop OR internal.is_exported(partition.day))
UNION ALL
-- Calls that arrived after their day had expired.
SELECT 'SELECT api.delete_expired_calls(10000)'
FROM (
    SELECT count(*) AS calls
    FROM runtime.invocation_logs_default AS log
    WHERE
        log.started_at < (SELECT internal.log_cutoff())
        AND pg_visible_in_snapshot(log.recorded_xid::text::xid8, (SELECT internal.counted_snapshot()))
        AND NOT (SELECT settings.export_before_drop FROM runtime.settings AS settings)
) AS expired
CROSS JOIN generate_series(1, ceil(expired.calls / 10000.0)::bigint) AS batch
ORDER BY statement DESC
\gexec
\echo 'drop_expired_partitions: done'
