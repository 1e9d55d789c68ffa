-- Adds raw rows of a window to the rollups: rows whose transaction one snapshot sees and an earlier snapshot did not.
CREATE FUNCTION internal.roll_up(
    since timestamptz,
    until timestamptz,
    seen pg_snapshot,
    counted pg_snapshot,
    linked_after timestamptz
) RETURNS bigint
LANGUAGE plpgsql VOLATILE
-- A plan for these snapshots: the number of rows to add decides between index and scan.
SET plan_cache_mode = force_custom_plan
-- Enough for a day of calls without temporary files.
SET work_mem = '64MB'
-- Few series and many calls: a merge join would sort the calls.
SET enable_mergejoin = off AS $$
#variable_conflict use_variable
DECLARE
    -- Without an earlier snapshot, all transactions are new.
    running CONSTANT bigint[] := ARRAY(SELECT pg_snapshot_xip(seen)::text::bigint);
    next CONSTANT bigint := coalesce(pg_snapshot_xmax(seen)::text::bigint, 0);
    added bigint;
BEGIN
    INSERT INTO runtime.series (tool_id, tool, tool_version, agent, service_id, service, node_id, node)
    SELECT tool_id, tool, tool_version, agent, service_id, service, node_id, node
    FROM internal.calls_to_add(since, until, running, next, counted)
    EXCEPT
    SELECT tool_id, tool, tool_version, agent, service_id, service, node_id, node
    FROM runtime.series;

    WITH fresh AS MATERIALIZED (
        SELECT
            series.id AS series_id,
            coalesce(entity.name, call.tool) AS tool,
            call.id,
            call.started_at,
            call.recorded_at,
            call.duration_ms,
            call.request_bytes,
            call.response_bytes,
            call.agent,
            call.status,
            call.trace_id
        FROM internal.calls_to_add(since, until, running, next, counted) AS call
        -- Compared as one value, NULL equals NULL. The planner hashes a record only if told how.
        INNER JOIN (
            SELECT
                id,
                ROW(tool_id, tool, tool_version, agent, service_id, service, node_id, node) AS key
            FROM runtime.series
        ) AS series
            ON hash_record_extended(series.key, 0) = hash_record_extended(call.key, 0) AND series.key = call.key
        LEFT JOIN registry.entities AS entity ON entity.id = call.tool_id
    ),

    hourly AS (
        SELECT
            date_trunc('hour', fresh.started_at, 'UTC') AS hour,
            fresh.series_id,
            count(*) AS calls,
            count(*) FILTER (WHERE fresh.status = 'success') AS successes,
            count(*) FILTER (WHERE fresh.status = 'failure') AS failures,
            count(*) FILTER (WHERE fresh.status = 'timeout') AS timeouts,
            count(*) FILTER (WHERE fresh.status = 'cancelled') AS cancellations,
            sum(least(fresh.duration_ms, 3e16)) AS duration_ms_sum,
            max(fresh.duration_ms) AS duration_ms_max,
            -- One absurd size must not stop the counting.
            least(coalesce(sum(fresh.request_bytes), 0), 9223372036854775807)::bigint AS request_bytes,
            least(coalesce(sum(fresh.response_bytes), 0), 9223372036854775807)::bigint AS response_bytes,
            max(fresh.started_at) AS last_started_at
        FROM fresh
        GROUP BY 1, 2
    ),

    counting AS (
        INSERT INTO runtime.invocation_rollup AS rolled (
            hour, series_id, calls, successes, failures, timeouts, cancellations,
            duration_ms_sum, duration_ms_max, request_bytes, response_bytes, last_started_at
        )
        SELECT hourly.*
        FROM hourly
        ON CONFLICT (hour, series_id) DO UPDATE SET
            calls = rolled.calls + excluded.calls,
            successes = rolled.successes + excluded.successes,
            failures = rolled.failures + excluded.failures,
            timeouts = rolled.timeouts + excluded.timeouts,
            cancellations = rolled.cancellations + excluded.cancellations,
            duration_ms_sum = rolled.duration_ms_sum + excluded.duration_ms_sum,
            duration_ms_max = greatest(rolled.duration_ms_max, excluded.duration_ms_max),
            request_bytes
            = least(rolled.request_bytes + excluded.request_bytes::numeric, 9223372036854775807)::bigint,
            response_bytes
            = least(rolled.response_bytes + excluded.response_bytes::numeric, 9223372036854775807)::bigint,
            last_started_at = greatest(rolled.last_started_at, excluded.last_started_at)
    ),

    counting_days AS (
        INSERT INTO runtime.invocation_rollup_daily AS rolled (
            day, series_id, calls, successes, failures, timeouts, cancellations,
            duration_ms_sum, duration_ms_max, request_bytes, response_bytes, last_started_at
        )
        SELECT
            (hourly.hour AT TIME ZONE 'UTC')::date,
            hourly.series_id,
            sum(hourly.calls)::bigint,
            sum(hourly.successes)::bigint,
            sum(hourly.failures)::bigint,
            sum(hourly.timeouts)::bigint,
            sum(hourly.cancellations)::bigint,
            sum(hourly.duration_ms_sum),
            max(hourly.duration_ms_max),
            least(sum(hourly.request_bytes), 9223372036854775807)::bigint,
            least(sum(hourly.response_bytes), 9223372036854775807)::bigint,
            max(hourly.last_started_at)
        FROM hourly
        GROUP BY 1, 2
        ON CONFLICT (day, series_id) DO UPDATE SET
            calls = rolled.calls + excluded.calls,
            successes = rolled.successes + excluded.successes,
            failures = rolled.failures + excluded.failures,
            timeouts = rolled.timeouts + excluded.timeouts,
            cancellations = rolled.cancellations + excluded.cancellations,
            duration_ms_sum = rolled.duration_ms_sum + excluded.duration_ms_sum,
            duration_ms_max = greatest(rolled.duration_ms_max, excluded.duration_ms_max),
            request_bytes
            = least(rolled.request_bytes + excluded.request_bytes::numeric, 9223372036854775807)::bigint,
            response_bytes
            = least(rolled.response_bytes + excluded.response_bytes::numeric, 9223372036854775807)::bigint,
            last_started_at = greatest(rolled.last_started_at, excluded.last_started_at)
    ),

    histogram AS (
        SELECT
            (fresh.started_at AT TIME ZONE 'UTC')::date AS day,
            fresh.series_id,
            internal.duration_bucket(fresh.duration_ms) AS bucket,
            count(*) AS calls
        FROM fresh
        GROUP BY 1, 2, 3
    ),

    measuring AS (
        INSERT INTO runtime.duration_histogram AS measured (day, series_id, bucket, calls)
        SELECT histogram.*
        FROM histogram
        ON CONFLICT (day, series_id, bucket) DO UPDATE SET calls = measured.calls + excluded.calls
    ),

    measuring_all AS (
        INSERT INTO runtime.duration_histogram_total AS measured (day, bucket, calls)
        SELECT
            histogram.day,
            histogram.bucket,
            sum(histogram.calls)::bigint
        FROM histogram
        GROUP BY histogram.day, histogram.bucket
        ON CONFLICT (day, bucket) DO UPDATE SET calls = measured.calls + excluded.calls
    ),

    traced AS (
        SELECT
            fresh.*,
            lag(fresh.tool) OVER in_trace AS previous,
            lag(fresh.started_at) OVER in_trace AS previous_at
        FROM fresh
        WHERE fresh.trace_id IS NOT NULL AND fresh.recorded_at > linked_after
        WINDOW in_trace AS (PARTITION BY fresh.trace_id ORDER BY fresh.started_at, fresh.id)
    ),

    -- A call that is logged late is linked to its predecessor, but not to its successor.
    linking AS (
        INSERT INTO runtime.tool_successions AS linked (tool, next_tool, agent, calls, last_at)
        SELECT
            coalesce(traced.previous, earlier.tool),
            traced.tool,
            traced.agent,
            count(*),
            max(traced.started_at)
        FROM traced
        LEFT JOIN LATERAL (
            SELECT
                coalesce(entity.name, call.tool) AS tool,
                call.started_at
            FROM runtime.invocation_logs AS call
            LEFT JOIN registry.entities AS entity ON entity.id = call.tool_id
            WHERE
                traced.previous IS NULL
                AND call.trace_id = traced.trace_id
                -- This bound limits the search to the tables of a day or two.
                AND call.started_at > traced.started_at - interval '1 hour'
                AND call.started_at <= traced.started_at
                AND (call.started_at, call.id) < (traced.started_at, traced.id)
                AND (call.started_at < since OR pg_visible_in_snapshot(call.recorded_xid::text::xid8, seen))
            ORDER BY call.started_at DESC, call.id DESC
            LIMIT 1
        ) AS earlier ON true
        WHERE coalesce(traced.previous_at, earlier.started_at) > traced.started_at - interval '1 hour'
        GROUP BY 1, 2, 3
        ON CONFLICT (tool, next_tool, agent) DO UPDATE SET
            calls = linked.calls + excluded.calls,
            last_at = greatest(linked.last_at, excluded.last_at)
    )

    SELECT count(*)
    INTO added
    FROM fresh;
    RETURN added;
END
$$;

COMMENT ON FUNCTION internal.roll_up IS
'Adds to the rollups the calls of a window that one snapshot sees and an earlier one did not; returns their number.';
