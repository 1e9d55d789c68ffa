-- Tells whether a file holds all calls that the logs have of a day (UTC). A day without calls needs no file.
CREATE FUNCTION internal.is_exported(day date) RETURNS boolean
LANGUAGE sql STABLE AS $$
SELECT held.calls = 0 OR EXISTS (
    SELECT FROM runtime.exported_days AS file
    WHERE file.day = is_exported.day AND file.dropped_at IS NULL AND file.calls = held.calls AND file.ids = held.ids
)
FROM (
    SELECT
        count(*) AS calls,
        sum(log.id) AS ids
    FROM runtime.invocation_logs AS log
    WHERE
        log.started_at >= is_exported.day::timestamp AT TIME ZONE 'UTC'
        AND log.started_at < (is_exported.day + 1)::timestamp AT TIME ZONE 'UTC'
) AS held
$$;

COMMENT ON FUNCTION internal.is_exported IS
'Whether a file of export_partitions holds all calls that the logs have of a day (UTC): the same number, the same sum of ids.';
