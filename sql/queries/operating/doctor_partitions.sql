-- Read the end of the tables made ahead for calls, and whether today or tomorrow (UTC) has no table.
SELECT
    ARRAY(
        SELECT to_char(day.since AT TIME ZONE 'UTC', 'YYYY-MM-DD')
        FROM generate_series(
            date_trunc('day', now(), 'UTC'),
            date_trunc('day', now(), 'UTC') + interval '1 day',
            interval '1 day'
        ) AS day (since)
        WHERE NOT EXISTS (
            SELECT FROM api.log_partitions AS part
            WHERE part.since = day.since
        )
        ORDER BY day.since
    ) AS days_without_table,
    to_char(max(part.until) AT TIME ZONE 'UTC', 'YYYY-MM-DD') AS tables_until
FROM api.log_partitions AS part
