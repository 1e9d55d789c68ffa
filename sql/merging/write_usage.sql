-- Write the calls of each tool and day (UTC) of this database as lines for show_usage.sql: counts, and durations by bucket.
COPY (
    SELECT
        counts.tool_name AS tool,
        (counts.at AT TIME ZONE 'UTC')::date AS day,
        NULL::smallint AS bucket,
        sum(counts.calls)::bigint AS calls,
        sum(counts.successes)::bigint AS successes,
        sum(counts.duration_ms_sum) AS duration_ms,
        max(counts.last_started_at) AS last_used_at
    FROM internal.call_counts('-infinity', 'infinity', '1 day', NULL) AS counts
    GROUP BY counts.tool_name, counts.at
    UNION ALL
    SELECT
        durations.tool_name,
        (durations.at AT TIME ZONE 'UTC')::date,
        durations.duration_bucket,
        sum(durations.calls)::bigint,
        NULL,
        NULL,
        NULL
    FROM internal.call_durations('-infinity', 'infinity', '1 day', true, NULL) AS durations
    GROUP BY durations.tool_name, durations.at, durations.duration_bucket
) TO STDOUT
