-- Read the expired days of logs: the part of each that is exported next, whether a file holds all its calls, and that file.
SELECT
    to_char(expired.day, 'YYYY-MM-DD') AS day,
    coalesce(CASE WHEN latest.dropped_at IS NULL THEN latest.part ELSE latest.part + 1 END, 1) AS part,
    expired.uncounted_calls,
    internal.is_exported(expired.day) AS is_exported,
    CASE WHEN latest.dropped_at IS NULL THEN latest.bytes END AS bytes
FROM api.log_partitions AS expired
LEFT JOIN LATERAL (
    SELECT
        exported.part,
        exported.bytes,
        exported.dropped_at
    FROM runtime.exported_days AS exported
    WHERE exported.day = expired.day
    ORDER BY exported.part DESC
    LIMIT 1
) AS latest ON true
WHERE expired.is_expired
ORDER BY expired.day
