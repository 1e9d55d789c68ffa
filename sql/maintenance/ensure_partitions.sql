-- Create tables of logs for today, for days to come, and for days with calls in the default partition.
SELECT format('SELECT api.create_partition(%L)', wanted.day) AS statement
FROM (
    SELECT (now() AT TIME ZONE 'UTC')::date + ahead.days::integer AS day
    FROM runtime.settings AS settings
    CROSS JOIN generate_series(0, settings.partitions_ahead) AS ahead (days)
    UNION
    SELECT (log.started_at AT TIME ZONE 'UTC')::date
    FROM runtime.invocation_logs_default AS log
    WHERE
        log.started_at >= (SELECT internal.log_cutoff())
        -- Late calls of an expired day are exported and dropped as a table, too.
        OR (SELECT settings.export_before_drop FROM runtime.settings AS settings)
) AS wanted
-- Not by api.log_partitions, which opens every table to measure it.
WHERE NOT EXISTS (
    SELECT FROM pg_catalog.pg_inherits AS inherits
    INNER JOIN pg_catalog.pg_class AS class ON class.oid = inherits.inhrelid
    WHERE
        inherits.inhparent = 'runtime.invocation_logs'::regclass
        AND class.relname = 'invocation_logs_' || to_char(wanted.day, 'YYYYMMDD')
)
-- The present and the future first, then the newest of the past.
ORDER BY
    wanted.day < (now() AT TIME ZONE 'UTC')::date,
    abs(wanted.day - (now() AT TIME ZONE 'UTC')::date)
\gexec
\echo 'ensure_partitions: done'
