-- Write the calls of each tool and day (UTC) of this database as lines for show_usage.sql: counts, and durations by bucket.
COPY (
    WITH part AS (
        SELECT part.*
        FROM internal.rolled_part('-infinity', 'infinity', NULL, 'day') AS part
    ),

    fresh AS (
        SELECT
            coalesce(entity.name, call.tool) AS tool,
            (call.started_at AT TIME ZONE 'UTC')::date AS day,
            internal.duration_bucket(call.duration_ms) AS bucket,
            call.duration_ms,
            call.status,
            call.started_at
        FROM part
        CROSS JOIN LATERAL internal.unrolled_calls(
            '-infinity', 'infinity', part.first, part.beyond, part.running, part.next, NULL
        ) AS call
        LEFT JOIN registry.entities AS entity ON entity.id = call.tool_id
    ),

    named AS (
        SELECT
            series.id,
            coalesce(entity.name, series.tool) AS tool
        FROM runtime.series AS series
        LEFT JOIN registry.entities AS entity ON entity.id = series.tool_id
    )

    SELECT
        named.tool,
        daily.day,
        NULL::smallint AS bucket,
        sum(daily.calls)::bigint AS calls,
        sum(daily.successes)::bigint AS successes,
        sum(daily.duration_ms_sum) AS duration_ms,
        max(daily.last_started_at) AS last_used_at
    FROM runtime.invocation_rollup_daily AS daily
    INNER JOIN named ON named.id = daily.series_id
    GROUP BY named.tool, daily.day
    UNION ALL
    SELECT
        fresh.tool,
        fresh.day,
        NULL,
        count(*),
        count(*) FILTER (WHERE fresh.status = 'success'),
        sum(least(fresh.duration_ms, 3e16)),
        max(fresh.started_at)
    FROM fresh
    GROUP BY fresh.tool, fresh.day
    UNION ALL
    SELECT
        named.tool,
        histogram.day,
        histogram.bucket,
        sum(histogram.calls)::bigint,
        NULL,
        NULL,
        NULL
    FROM runtime.duration_histogram AS histogram
    INNER JOIN named ON named.id = histogram.series_id
    GROUP BY named.tool, histogram.day, histogram.bucket
    UNION ALL
    SELECT
        fresh.tool,
        fresh.day,
        fresh.bucket,
        count(*),
        NULL,
        NULL,
        NULL
    FROM fresh
    GROUP BY fresh.tool, fresh.day, fresh.bucket
) TO STDOUT
