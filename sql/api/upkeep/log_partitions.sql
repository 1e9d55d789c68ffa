-- Lists the tables of the logs: one per day, and the default partition.
CREATE VIEW api.log_partitions WITH (security_invoker = true) AS
WITH partitions AS (
    SELECT
        class.oid,
        class.relname::text AS name,
        CASE
            WHEN class.relname ~ '^invocation_logs_[0-9]{8}$' THEN to_date(right(class.relname, 8), 'YYYYMMDD')
        END AS day,
        nullif(class.reltuples, -1)::bigint AS estimated_calls
    FROM pg_catalog.pg_inherits AS inherits
    INNER JOIN pg_catalog.pg_class AS class ON class.oid = inherits.inhrelid
    WHERE inherits.inhparent = 'runtime.invocation_logs'::regclass
),

uncounted_in AS (
    SELECT
        partition.oid,
        sum(uncounted.calls) AS calls
    FROM internal.uncounted_calls() AS uncounted
    LEFT JOIN partitions AS own ON own.day = uncounted.day
    INNER JOIN partitions AS partition
        ON partition.oid = coalesce(own.oid, 'runtime.invocation_logs_default'::regclass)
    GROUP BY partition.oid
)

SELECT
    partition.name,
    partition.day,
    partition.day::timestamp AT TIME ZONE 'UTC' AS since,
    (partition.day + 1)::timestamp AT TIME ZONE 'UTC' AS until,
    partition.estimated_calls,
    pg_total_relation_size(partition.oid) AS bytes,
    coalesce(uncounted_in.calls, 0)::bigint AS uncounted_calls,
    coalesce((partition.day + 1)::timestamp AT TIME ZONE 'UTC' <= internal.log_cutoff(), false) AS is_expired
FROM partitions AS partition
LEFT JOIN uncounted_in ON uncounted_in.oid = partition.oid;

COMMENT ON VIEW api.log_partitions IS
'The tables of the logs: the day of each (NULL for the default partition), its estimated number of calls (NULL before the '
'first ANALYZE), bytes, calls not yet counted by a rollup, and whether it has expired.';
