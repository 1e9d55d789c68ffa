-- Lists tables, indexes and constraints that are missing or not in force.
CREATE VIEW internal.storage_problems WITH (security_invoker = true) AS
WITH day AS (
    SELECT
        date_trunc('day', now(), 'UTC') + step.day * interval '1 day' AS since,
        step.name
    FROM (VALUES (0, 'today'), (1, 'tomorrow')) AS step (day, name)
),

-- The times without a table, among those that should have one: from the first day kept to the last day made ahead. Roles may
-- read all of invocation_logs, but not the default partition itself; within a gap, both hold the same calls.
taken AS (
    SELECT
        part.since,
        part.until
    FROM api.log_partitions AS part
    WHERE part.day IS NOT NULL
    UNION ALL
    SELECT
        '-infinity',
        internal.log_cutoff()
    UNION ALL
    SELECT
        date_trunc('day', now(), 'UTC')
        + interval '1 day' * (coalesce((SELECT partitions_ahead FROM runtime.settings), 7) + 1),
        'infinity'
),

gap AS (
    SELECT
        max(taken.until) OVER (ORDER BY taken.since) AS since,
        lead(taken.since) OVER (ORDER BY taken.since) AS until
    FROM taken
),

astray AS (
    SELECT
        date_trunc('day', log.started_at, 'UTC') AS day,
        count(*) AS calls
    FROM gap
    INNER JOIN runtime.invocation_logs AS log ON log.started_at >= gap.since AND log.started_at < gap.until
    WHERE gap.since < gap.until
    GROUP BY day
)

SELECT
    'warning' AS severity,
    'partition_missing' AS check_name,
    to_char(day.since AT TIME ZONE 'UTC', 'YYYY-MM-DD') AS subject,
    format('there is no table for the calls of %s; they go to invocation_logs_default', day.name) AS problem,
    'toolreg maintain ensure_partitions' AS fix
FROM day
WHERE NOT EXISTS (
    SELECT FROM api.log_partitions AS part
    WHERE part.since = day.since
)
UNION ALL
SELECT
    'warning',
    'calls_in_default_partition',
    to_char(astray.day AT TIME ZONE 'UTC', 'YYYY-MM-DD'),
    format('%s calls stand in invocation_logs_default; the day has no table of its own', astray.calls),
    'toolreg maintain ensure_partitions'
FROM astray
UNION ALL
-- A day is dropped within a day of its expiry, if its calls are in a file.
SELECT
    'warning',
    'unexported_day',
    to_char(part.day, 'YYYY-MM-DD'),
    format('%s of expired logs stay until a file holds their calls', pg_size_pretty(part.bytes)),
    'toolreg maintain export_partitions --to FOLDER; or UPDATE runtime.settings SET export_before_drop = false'
FROM api.log_partitions AS part
CROSS JOIN runtime.settings AS settings
WHERE
    settings.export_before_drop
    AND part.until < internal.log_cutoff() - interval '1 day'
    AND NOT internal.is_exported(part.day)
UNION ALL
SELECT
    'error',
    'invalid_index',
    one.indexrelid::regclass::text,
    'the index is not valid: queries do not use it, writes still pay for it',
    format('REINDEX INDEX CONCURRENTLY %s', one.indexrelid::regclass)
FROM pg_catalog.pg_index AS one
INNER JOIN pg_catalog.pg_class AS class ON class.oid = one.indexrelid
WHERE
    class.relnamespace IN ('registry'::regnamespace, 'runtime'::regnamespace)
    AND NOT (one.indisvalid AND one.indisready)
UNION ALL
SELECT
    'warning',
    'constraint_not_valid',
    con.conrelid::regclass || '.' || con.conname,
    'the constraint is NOT VALID: rows that were there before it may break it',
    format('ALTER TABLE %s VALIDATE CONSTRAINT %I', con.conrelid::regclass, con.conname)
FROM pg_catalog.pg_constraint AS con
WHERE
    con.connamespace IN ('registry'::regnamespace, 'runtime'::regnamespace)
    AND con.contype IN ('c', 'f')
    AND NOT con.convalidated
UNION ALL
SELECT
    'notice',
    'bloated_index',
    bloated.name,
    format(
        'the index takes %s; %s would do', pg_size_pretty(bloated.bytes), pg_size_pretty(bloated.needed_bytes)
    ),
    CASE
        WHEN bloated.may_reindex THEN 'toolreg maintain reindex_bloated'
        ELSE format(
            'toolreg maintain reindex_bloated, as a member of %s%s',
            bloated.owner,
            CASE WHEN current_setting('server_version_num')::bigint >= 170000 THEN ' or pg_maintain' END
        )
    END
FROM api.bloated_indexes AS bloated;

COMMENT ON VIEW internal.storage_problems IS
'The part of data_integrity about tables, indexes and constraints. Reads the default partition once.';
