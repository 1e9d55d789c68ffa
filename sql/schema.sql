-- The whole database, as pg_dump writes it after all migrations and with schema api. Generated: do not edit.
-- To bring it up to date: pytest tests/test_schema_sql.py --write-golden

-- Name: api; Type: SCHEMA (-)

CREATE SCHEMA api;

-- Name: SCHEMA api; Type: COMMENT (-)

COMMENT ON SCHEMA api IS '{"digest": "ca4f5b0be95e0f36e1f889825b2d615ce75d8bdabf10cdbee9c459e47f3670d5", "objects": ["active_nodes", "active_tools", "active_tools_with_nodes", "analytics_by", "analytics_over_time", "applied_revision", "artifacts", "bloated_indexes", "bucket_duration", "call_counts", "call_durations", "calls_to_add", "counted_snapshot", "create_partition", "data_integrity", "declaration_problems", "delete_artifact", "delete_expired_calls", "drop_partition", "duration_bucket", "error_breakdown", "hand_changes", "heartbeat", "histogram_percentile", "history", "identities", "integrity_problems", "interval_of", "invocation_payload", "invocation_problem", "invocations", "is_time", "large_artifacts_by_tool", "latest_invocations", "log_cutoff", "log_invocation", "log_invocations", "log_partitions", "maintenance_tasks", "matching_calls", "matching_series", "measured_calls", "node_health_status", "nodes", "objectives", "orchestration_analytics", "orphaned_artifacts", "parameter_types", "plain_blanks", "problem_of_types", "purge_history", "rank_tools", "rebuild_rollup", "recommend_tools", "record_maintenance", "recount_days", "refresh_statistics", "register_artifact", "registry_at", "remove_expired_artifacts", "remove_orphaned_artifacts", "remove_tool_override", "replaced_versions", "require_read_committed", "require_rolled_up", "revisions", "roll_up", "rolled_part", "rollup_invocations", "runtime_problems", "search_tools", "search_tools_by_schema", "search_words", "services", "set_tool_override", "settled_hand_changes", "slow_tools", "snapshot_of_others", "storage_problems", "storage_usage_by_category", "suspensions", "system_summary", "table_health", "times", "tool_auth", "tool_availability", "tool_of_other_name", "tool_overrides", "tool_status_changes", "tool_usage_statistics", "tools", "tools_accepting", "tools_by_category_with_tags", "tools_fed_by", "tools_with_parameter", "tools_without_nodes", "uncounted_calls", "unrolled_calls", "update_tool_status", "value_fits", "wanted_identities", "week_over_week"]}';

-- Name: registry; Type: SCHEMA (-)

CREATE SCHEMA registry;

-- Name: SCHEMA registry; Type: COMMENT (-)

COMMENT ON SCHEMA registry IS 'Declared state, revisions and history. Written by the reconciler alone.';

-- Name: runtime; Type: SCHEMA (-)

CREATE SCHEMA runtime;

-- Name: SCHEMA runtime; Type: COMMENT (-)

COMMENT ON SCHEMA runtime IS 'What happens: invocations, artifacts, health, rollups. Written by the functions of api alone.';

-- Name: analytics_by(text, timestamp with time zone, timestamp with time zone, text, text, text, text, text); Type: FUNCTION (api)

CREATE FUNCTION api.analytics_by(dimension text, since timestamp with time zone DEFAULT '-infinity'::timestamp with time zone, until timestamp with time zone DEFAULT 'infinity'::timestamp with time zone, tool text DEFAULT NULL::text, agent text DEFAULT NULL::text, service text DEFAULT NULL::text, node text DEFAULT NULL::text, category text DEFAULT NULL::text) RETURNS TABLE(name text, total bigint, successful bigint, failed bigint, timed_out bigint, cancelled bigint, success_percent numeric, failure_percent numeric, mean_ms numeric, p50_ms numeric, p95_ms numeric, p99_ms numeric, max_ms numeric, last_call_at timestamp with time zone)
    LANGUAGE plpgsql STABLE
    AS $$
#variable_conflict use_column
BEGIN
    IF dimension IS NULL OR dimension NOT IN ('tool', 'version', 'agent', 'service', 'node', 'category') THEN
        RAISE EXCEPTION 'dimension is %; expected tool, version, agent, service, node or category',
            coalesce('"' || left(dimension, 100) || '"', 'NULL')
        USING ERRCODE = 'invalid_parameter_value';
    END IF;
    RETURN QUERY
    SELECT
        measured.name,
        measured.total,
        measured.successful,
        measured.failed,
        measured.timed_out,
        measured.cancelled,
        measured.success_percent,
        measured.failure_percent,
        measured.mean_ms,
        measured.p50_ms,
        measured.p95_ms,
        measured.p99_ms,
        measured.max_ms,
        measured.last_call_at
    FROM api.measured_calls(dimension, since, until, NULL, tool, agent, service, node, category) AS measured
    ORDER BY measured.total DESC, measured.name;
END
$$;

-- Name: FUNCTION analytics_by(dimension text, since timestamp with time zone, until timestamp with time zone, tool text, agent text, service text, node text, category text); Type: COMMENT (api)

COMMENT ON FUNCTION api.analytics_by(dimension text, since timestamp with time zone, until timestamp with time zone, tool text, agent text, service text, node text, category text) IS 'The calls of a window by dimension (tool, version, agent, service, node or category), the most called first, with the measures of api.orchestration_analytics. A percentile is the smallest duration that at least that share of calls did not exceed, within 5 %.';

-- Name: analytics_over_time(interval, timestamp with time zone, timestamp with time zone, text, text, text, text, text); Type: FUNCTION (api)

CREATE FUNCTION api.analytics_over_time(bucket interval DEFAULT '01:00:00'::interval, since timestamp with time zone DEFAULT (now() - '1 day'::interval), until timestamp with time zone DEFAULT now(), tool text DEFAULT NULL::text, agent text DEFAULT NULL::text, service text DEFAULT NULL::text, node text DEFAULT NULL::text, category text DEFAULT NULL::text) RETURNS TABLE(bucket_start timestamp with time zone, total bigint, successful bigint, failed bigint, timed_out bigint, cancelled bigint, success_percent numeric, failure_percent numeric, mean_ms numeric, p50_ms numeric, p95_ms numeric, p99_ms numeric, max_ms numeric)
    LANGUAGE plpgsql STABLE
    AS $$
#variable_conflict use_column
DECLARE
    most CONSTANT bigint := 10000;
    -- The Monday that weeks are counted from.
    origin CONSTANT timestamptz := '2001-01-01 00:00:00+00';
    first_bucket timestamptz;
BEGIN
    IF bucket IS NULL OR bucket <= interval '0' OR extract(year FROM bucket) <> 0 OR extract(month FROM bucket) <> 0 THEN
        RAISE EXCEPTION 'bucket is %; expected a time without months, such as 1 hour, 1 day or 7 days',
            coalesce('"' || bucket || '"', 'NULL')
        USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF since IS NULL OR NOT isfinite(since) THEN
        RAISE EXCEPTION 'since is %; expected a time at which the series begins', coalesce('"' || since || '"', 'NULL')
        USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF until IS NULL OR NOT isfinite(until) THEN
        RAISE EXCEPTION 'until is %; expected a time at which the series ends', coalesce('"' || until || '"', 'NULL')
        USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF extract(epoch FROM until - since) / extract(epoch FROM bucket) > most THEN
        RAISE EXCEPTION 'bucket is "%", which makes more than % of this window; expected a longer one', bucket, most
        USING ERRCODE = 'invalid_parameter_value';
    END IF;
    first_bucket := date_bin(bucket, since, origin);
    RETURN QUERY
    SELECT
        series.at,
        coalesce(measured.total, 0),
        coalesce(measured.successful, 0),
        coalesce(measured.failed, 0),
        coalesce(measured.timed_out, 0),
        coalesce(measured.cancelled, 0),
        measured.success_percent,
        measured.failure_percent,
        measured.mean_ms,
        measured.p50_ms,
        measured.p95_ms,
        measured.p99_ms,
        measured.max_ms
    FROM (
        -- Multiples of its length, since a day that is added lasts 23 hours where the clocks of the session's zone change.
        SELECT first_bucket + make_interval(secs => number * extract(epoch FROM bucket)::double precision) AS at
        -- No more than begin before the end: beyond it there may be no time any more.
        FROM generate_series(
            0, ceil(extract(epoch FROM until - first_bucket) / extract(epoch FROM bucket))::bigint - 1
        ) AS number
    ) AS series
    LEFT JOIN api.measured_calls('all', since, until, bucket, tool, agent, service, node, category) AS measured
        ON measured.at = series.at
    WHERE series.at < until
    ORDER BY series.at;
END
$$;

-- Name: FUNCTION analytics_over_time(bucket interval, since timestamp with time zone, until timestamp with time zone, tool text, agent text, service text, node text, category text); Type: COMMENT (api)

COMMENT ON FUNCTION api.analytics_over_time(bucket interval, since timestamp with time zone, until timestamp with time zone, tool text, agent text, service text, node text, category text) IS 'The calls of a window as a time series, with zeros where nothing was called. Buckets are counted in UTC, weeks from Monday. A percentile is the smallest duration that at least that share of calls did not exceed, within 5 %; in buckets shorter than a day it is read from raw rows, and NULL where those were dropped.';

-- Name: applied_revision(bigint, timestamp with time zone); Type: FUNCTION (api)

CREATE FUNCTION api.applied_revision(number bigint, at timestamp with time zone) RETURNS bigint
    LANGUAGE plpgsql STABLE
    AS $$
#variable_conflict use_column
DECLARE
    asked_number CONSTANT bigint := number;
    known_from CONSTANT bigint := coalesce((SELECT horizon.revision FROM registry.horizon AS horizon), 0);
    last_applied CONSTANT bigint := (
        SELECT max(revision.number) FROM registry.revisions AS revision WHERE revision.outcome = 'applied'
    );
    attempt record;
BEGIN
    IF (asked_number IS NULL) = (at IS NULL) THEN
        RAISE EXCEPTION 'expected either a revision or a time, such as api.registry_at(3) or api.registry_at(at => now())'
        USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF last_applied IS NULL THEN
        RAISE EXCEPTION 'nothing was applied yet'
        USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF at IS NOT NULL THEN
        SELECT
            revision.number,
            revision.outcome
        INTO attempt
        FROM registry.revisions AS revision
        WHERE revision.outcome = 'applied' AND revision.finished_at <= at
        ORDER BY revision.number DESC
        LIMIT 1;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'nothing was applied yet at %', at
            USING ERRCODE = 'invalid_parameter_value';
        END IF;
    ELSE
        SELECT
            revision.number,
            revision.outcome
        INTO attempt
        FROM registry.revisions AS revision
        WHERE revision.number = asked_number;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'there is no revision %; the last one that was applied is %', asked_number, last_applied
            USING ERRCODE = 'invalid_parameter_value';
        END IF;
    END IF;
    IF attempt.outcome <> 'applied' THEN
        RAISE EXCEPTION 'revision % %, and changed nothing; the last one that was applied is %',
            attempt.number,
            CASE attempt.outcome WHEN 'refused' THEN 'was refused' ELSE attempt.outcome END,
            last_applied
        USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF attempt.number < known_from THEN
        RAISE EXCEPTION
            'what was declared at revision % is not wholly known any more, since old versions were removed; it is from % on',
            attempt.number, known_from
        USING ERRCODE = 'invalid_parameter_value';
    END IF;
    RETURN attempt.number;
END
$$;

-- Name: FUNCTION applied_revision(number bigint, at timestamp with time zone); Type: COMMENT (api)

COMMENT ON FUNCTION api.applied_revision(number bigint, at timestamp with time zone) IS 'Internal: the applied revision with this number, or the newest one at a time. Raises an error where there is none, or where it is not wholly known any more what was declared then.';

-- Name: bucket_duration(smallint); Type: FUNCTION (api)

CREATE FUNCTION api.bucket_duration(bucket smallint) RETURNS double precision
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN power((1.1)::double precision, ((bucket)::double precision + (0.5)::double precision));

-- Name: FUNCTION bucket_duration(bucket smallint); Type: COMMENT (api)

COMMENT ON FUNCTION api.bucket_duration(bucket smallint) IS 'Internal: the duration in ms that stands for a bucket of runtime.duration_histogram, 4.9 % off at most.';

-- Name: call_counts(timestamp with time zone, timestamp with time zone, interval, text, text, text, text, text); Type: FUNCTION (api)

CREATE FUNCTION api.call_counts(since timestamp with time zone, until timestamp with time zone, bucket interval, tool text, agent text, service text, node text, category text) RETURNS TABLE(at timestamp with time zone, tool_name text, version_name text, agent_name text, service_name text, node_name text, category_name text, calls bigint, successes bigint, timeouts bigint, cancellations bigint, duration_ms_sum double precision, duration_ms_max double precision, last_started_at timestamp with time zone)
    LANGUAGE plpgsql STABLE
    SET plan_cache_mode TO 'force_custom_plan'
    SET jit TO 'off'
    AS $$
#variable_conflict use_column
DECLARE
    -- The Monday that weeks are counted from.
    origin CONSTANT timestamptz := '2001-01-01 00:00:00+00';
    part CONSTANT record := api.rolled_part(since, until, bucket, 'hour');
    -- Its whole days.
    days CONSTANT record := api.rolled_part(part.first, part.beyond, bucket, 'day');
    first_day CONSTANT date := days.first AT TIME ZONE 'UTC';
    beyond_day CONSTANT date := days.beyond AT TIME ZONE 'UTC';
    -- NULL lets all through.
    series_ids CONSTANT bigint[] := api.matching_series(tool, agent, service, node, category);
    wanted CONSTANT record := api.wanted_identities(tool, service, node, category);
BEGIN
    RETURN QUERY
    WITH counted AS (
        SELECT
            hourly.hour AS at,
            hourly.series_id,
            hourly.calls,
            hourly.successes,
            hourly.timeouts,
            hourly.cancellations,
            hourly.duration_ms_sum,
            hourly.duration_ms_max,
            hourly.last_started_at
        FROM runtime.invocation_rollup AS hourly
        WHERE
            (
                (hourly.hour >= part.first AND hourly.hour < days.first)
                OR (hourly.hour >= days.beyond AND hourly.hour < part.beyond)
            )
            AND (series_ids IS NULL OR hourly.series_id = ANY (series_ids))
        UNION ALL
        SELECT
            daily.day::timestamp AT TIME ZONE 'UTC',
            daily.series_id,
            daily.calls,
            daily.successes,
            daily.timeouts,
            daily.cancellations,
            daily.duration_ms_sum,
            daily.duration_ms_max,
            daily.last_started_at
        FROM runtime.invocation_rollup_daily AS daily
        WHERE
            daily.day >= first_day
            AND daily.day < beyond_day
            AND (series_ids IS NULL OR daily.series_id = ANY (series_ids))
    ),

    rolled AS (
        SELECT
            CASE WHEN call_counts.bucket IS NOT NULL THEN date_bin(call_counts.bucket, counted.at, origin) END AS at,
            counted.series_id,
            sum(counted.calls)::bigint AS calls,
            sum(counted.successes)::bigint AS successes,
            sum(counted.timeouts)::bigint AS timeouts,
            sum(counted.cancellations)::bigint AS cancellations,
            sum(counted.duration_ms_sum) AS duration_ms_sum,
            max(counted.duration_ms_max) AS duration_ms_max,
            max(counted.last_started_at) AS last_started_at
        FROM counted
        GROUP BY 1, 2
    ),

    raw AS (
        SELECT call.*
        FROM api.unrolled_calls(
            call_counts.since, call_counts.until, part.first, part.beyond, part.running, part.next,
            call_counts.tool, wanted.tool_ids, call_counts.agent, call_counts.service, wanted.service_ids,
            call_counts.node, wanted.node_ids, wanted.category_ids, wanted.nameless_ids
        ) AS call
    ),

    part_of_series AS (
        SELECT
            rolled.at,
            series.tool_id,
            series.tool,
            series.tool_version,
            series.agent,
            series.service_id,
            series.service,
            series.node_id,
            series.node,
            rolled.calls,
            rolled.successes,
            rolled.timeouts,
            rolled.cancellations,
            rolled.duration_ms_sum,
            rolled.duration_ms_max,
            rolled.last_started_at
        FROM rolled
        INNER JOIN runtime.series AS series ON series.id = rolled.series_id
        UNION ALL
        SELECT
            CASE WHEN call_counts.bucket IS NOT NULL THEN date_bin(call_counts.bucket, raw.started_at, origin) END AS at,
            raw.tool_id,
            raw.tool,
            raw.tool_version,
            raw.agent,
            raw.service_id,
            raw.service,
            raw.node_id,
            raw.node,
            count(*) AS calls,
            count(*) FILTER (WHERE raw.status = 'success') AS successes,
            count(*) FILTER (WHERE raw.status = 'timeout') AS timeouts,
            count(*) FILTER (WHERE raw.status = 'cancelled') AS cancellations,
            sum(least(raw.duration_ms, 3e16)) AS duration_ms_sum,
            max(raw.duration_ms) AS duration_ms_max,
            max(raw.started_at) AS last_started_at
        FROM raw
        GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9
    )

    SELECT
        found.at,
        coalesce(called.name, found.tool),
        found.tool_version,
        found.agent,
        coalesce(serving.name, found.service),
        coalesce(running.name, found.node),
        declared.category,
        found.calls,
        found.successes,
        found.timeouts,
        found.cancellations,
        found.duration_ms_sum,
        found.duration_ms_max,
        found.last_started_at
    FROM part_of_series AS found
    LEFT JOIN registry.entities AS called ON called.id = found.tool_id
    LEFT JOIN registry.entities AS serving ON serving.id = found.service_id
    LEFT JOIN registry.entities AS running ON running.id = found.node_id
    LEFT JOIN registry.tools AS declared ON declared.id = found.tool_id;
END
$$;

-- Name: FUNCTION call_counts(since timestamp with time zone, until timestamp with time zone, bucket interval, tool text, agent text, service text, node text, category text); Type: COMMENT (api)

COMMENT ON FUNCTION api.call_counts(since timestamp with time zone, until timestamp with time zone, bucket interval, tool text, agent text, service text, node text, category text) IS 'Internal: calls of any window, by series and bucket of time, from the rollup and from raw rows. A series may come twice.';

-- Name: call_durations(timestamp with time zone, timestamp with time zone, interval, boolean, text, text, text, text, text); Type: FUNCTION (api)

CREATE FUNCTION api.call_durations(since timestamp with time zone, until timestamp with time zone, bucket interval, by_series boolean, tool text, agent text, service text, node text, category text) RETURNS TABLE(at timestamp with time zone, tool_name text, version_name text, agent_name text, service_name text, node_name text, category_name text, duration_bucket smallint, calls bigint)
    LANGUAGE plpgsql STABLE
    SET plan_cache_mode TO 'force_custom_plan'
    SET jit TO 'off'
    AS $$
#variable_conflict use_column
DECLARE
    -- The Monday that weeks are counted from.
    origin CONSTANT timestamptz := '2001-01-01 00:00:00+00';
    part CONSTANT record := api.rolled_part(since, until, bucket, 'day');
    first_day CONSTANT date := part.first AT TIME ZONE 'UTC';
    beyond_day CONSTANT date := part.beyond AT TIME ZONE 'UTC';
    -- NULL lets all through.
    series_ids CONSTANT bigint[] := api.matching_series(tool, agent, service, node, category);
    wanted CONSTANT record := api.wanted_identities(tool, service, node, category);
BEGIN
    RETURN QUERY
    WITH counted AS (
        SELECT
            total.day,
            NULL::bigint AS series_id,
            total.bucket,
            total.calls
        FROM runtime.duration_histogram_total AS total
        WHERE
            NOT by_series
            AND series_ids IS NULL
            AND total.day >= first_day
            AND total.day < beyond_day
        UNION ALL
        SELECT
            histogram.day,
            CASE WHEN by_series THEN histogram.series_id END AS series_id,
            histogram.bucket,
            histogram.calls
        FROM runtime.duration_histogram AS histogram
        WHERE
            (by_series OR series_ids IS NOT NULL)
            AND histogram.day >= first_day
            AND histogram.day < beyond_day
            AND (series_ids IS NULL OR histogram.series_id = ANY (series_ids))
    ),

    rolled AS (
        SELECT
            CASE
                WHEN call_durations.bucket IS NOT NULL
                    THEN date_bin(call_durations.bucket, counted.day::timestamp AT TIME ZONE 'UTC', origin)
            END AS at,
            counted.series_id,
            counted.bucket AS duration_bucket,
            sum(counted.calls)::bigint AS calls
        FROM counted
        GROUP BY 1, 2, 3
    ),

    raw AS (
        SELECT call.*
        FROM api.unrolled_calls(
            call_durations.since, call_durations.until, part.first, part.beyond, part.running, part.next,
            call_durations.tool, wanted.tool_ids, call_durations.agent, call_durations.service, wanted.service_ids,
            call_durations.node, wanted.node_ids, wanted.category_ids, wanted.nameless_ids
        ) AS call
    ),

    part_of_series AS (
        SELECT
            rolled.at,
            series.tool_id,
            series.tool,
            series.tool_version,
            series.agent,
            series.service_id,
            series.service,
            series.node_id,
            series.node,
            rolled.duration_bucket,
            rolled.calls
        FROM rolled
        LEFT JOIN runtime.series AS series ON series.id = rolled.series_id
        UNION ALL
        SELECT
            CASE
                WHEN call_durations.bucket IS NOT NULL
                    THEN date_bin(call_durations.bucket, raw.started_at, origin)
            END AS at,
            CASE WHEN by_series THEN raw.tool_id END AS tool_id,
            CASE WHEN by_series THEN raw.tool END AS tool,
            CASE WHEN by_series THEN raw.tool_version END AS tool_version,
            CASE WHEN by_series THEN raw.agent END AS agent,
            CASE WHEN by_series THEN raw.service_id END AS service_id,
            CASE WHEN by_series THEN raw.service END AS service,
            CASE WHEN by_series THEN raw.node_id END AS node_id,
            CASE WHEN by_series THEN raw.node END AS node,
            api.duration_bucket(raw.duration_ms) AS duration_bucket,
            count(*) AS calls
        FROM raw
        GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10
    )

    SELECT
        found.at,
        coalesce(called.name, found.tool),
        found.tool_version,
        found.agent,
        coalesce(serving.name, found.service),
        coalesce(running.name, found.node),
        declared.category,
        found.duration_bucket,
        found.calls
    FROM part_of_series AS found
    LEFT JOIN registry.entities AS called ON called.id = found.tool_id
    LEFT JOIN registry.entities AS serving ON serving.id = found.service_id
    LEFT JOIN registry.entities AS running ON running.id = found.node_id
    LEFT JOIN registry.tools AS declared ON declared.id = found.tool_id;
END
$$;

-- Name: FUNCTION call_durations(since timestamp with time zone, until timestamp with time zone, bucket interval, by_series boolean, tool text, agent text, service text, node text, category text); Type: COMMENT (api)

COMMENT ON FUNCTION api.call_durations(since timestamp with time zone, until timestamp with time zone, bucket interval, by_series boolean, tool text, agent text, service text, node text, category text) IS 'Internal: histograms of the durations of any window, from the rollup and from raw rows. A bucket may come twice.';

-- Name: calls_to_add(timestamp with time zone, timestamp with time zone, bigint[], bigint, pg_snapshot); Type: FUNCTION (api)

CREATE FUNCTION api.calls_to_add(since timestamp with time zone, until timestamp with time zone, running bigint[], next bigint, counted pg_snapshot) RETURNS TABLE(id bigint, started_at timestamp with time zone, recorded_at timestamp with time zone, duration_ms double precision, request_bytes bigint, response_bytes bigint, tool_id uuid, tool text, tool_version text, agent text, service_id uuid, service text, node_id uuid, node text, status text, trace_id text, key record)
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$
SELECT
    call.id,
    call.started_at,
    call.recorded_at,
    call.duration_ms,
    call.request_bytes,
    call.response_bytes,
    call.tool_id,
    call.tool,
    call.tool_version,
    call.agent,
    call.service_id,
    call.service,
    call.node_id,
    call.node,
    call.status,
    call.trace_id,
    ROW(
        call.tool_id, call.tool, call.tool_version, call.agent,
        call.service_id, call.service, call.node_id, call.node
    ) AS key
FROM runtime.invocation_logs AS call
WHERE
    call.started_at >= since
    AND call.started_at < until
    AND (call.recorded_xid >= next OR call.recorded_xid = ANY (running))
    AND pg_visible_in_snapshot(call.recorded_xid::text::xid8, counted)
$$;

-- Name: FUNCTION calls_to_add(since timestamp with time zone, until timestamp with time zone, running bigint[], next bigint, counted pg_snapshot); Type: COMMENT (api)

COMMENT ON FUNCTION api.calls_to_add(since timestamp with time zone, until timestamp with time zone, running bigint[], next bigint, counted pg_snapshot) IS 'Internal: calls of a window whose transaction one snapshot sees and an earlier one did not.';

-- Name: rollup_state; Type: TABLE (runtime)

CREATE TABLE runtime.rollup_state (
    only_row boolean DEFAULT true NOT NULL,
    counted pg_snapshot NOT NULL,
    cluster text NOT NULL,
    rolled_at timestamp with time zone NOT NULL,
    CONSTRAINT state_is_the_only_one CHECK (only_row)
);

-- Name: TABLE rollup_state; Type: COMMENT (runtime)

COMMENT ON TABLE runtime.rollup_state IS 'How far the rollups are: a call is in them if this snapshot saw its transaction.';

-- Name: COLUMN rollup_state.cluster; Type: COMMENT (runtime)

COMMENT ON COLUMN runtime.rollup_state.cluster IS 'The server that counts these transactions: a dump that was restored elsewhere is counted anew.';

-- Name: counted_snapshot(); Type: FUNCTION (api)

CREATE FUNCTION api.counted_snapshot() RETURNS pg_snapshot
    LANGUAGE sql STABLE
    RETURN (SELECT state.counted FROM runtime.rollup_state state WHERE (state.cluster = (SELECT (control.system_identifier)::text AS system_identifier FROM pg_control_system() control(pg_control_version, catalog_version_no, system_identifier, pg_control_last_modified))));

-- Name: FUNCTION counted_snapshot(); Type: COMMENT (api)

COMMENT ON FUNCTION api.counted_snapshot() IS 'Internal: the calls of the transactions that this snapshot saw are in the rollups. NULL where there is no rollup of this server.';

-- Name: create_partition(date); Type: FUNCTION (api)

CREATE FUNCTION api.create_partition(day date) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET "TimeZone" TO 'UTC'
    SET lock_timeout TO '2s'
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
DECLARE
    since timestamptz;
    until timestamptz;
    table_name text;
    move_calls text;
    is_attached boolean;
    calls_may_come boolean;
    moved bigint := 0;
    calls bigint;
BEGIN
    IF day IS NULL OR day NOT BETWEEN DATE '0001-01-01' AND DATE '9999-12-31' THEN
        RAISE EXCEPTION 'day is "%"; expected a date from 0001-01-01 to 9999-12-31', coalesce(day::text, 'NULL')
        USING ERRCODE = 'invalid_parameter_value';
    END IF;
    PERFORM api.require_read_committed();
    since := day::timestamp AT TIME ZONE 'UTC';
    until := (day + 1)::timestamp AT TIME ZONE 'UTC';
    table_name := 'invocation_logs_' || to_char(day, 'YYYYMMDD');

    -- One at a time; and who waited sees below what the other has made.
    LOCK TABLE ONLY runtime.dropped_days IN SHARE ROW EXCLUSIVE MODE;
    SELECT class.relispartition INTO is_attached
    FROM pg_class AS class
    WHERE class.relnamespace = 'runtime'::regnamespace AND class.relname = table_name;
    IF is_attached THEN
        RETURN format('runtime.%s exists already', table_name);
    ELSIF FOUND THEN
        RAISE EXCEPTION 'runtime.% exists, but is no partition of runtime.invocation_logs; attach, rename or drop it',
        table_name USING ERRCODE = 'duplicate_table';
    END IF;

    -- Apart from the logs, so that nobody waits while rows are moved. Until all of this is committed, others see them in
    -- the default partition. The foreign keys come with ATTACH: if they were here before, it would lock every identity.
    EXECUTE format(
        'CREATE TABLE runtime.%I (
            LIKE runtime.invocation_logs INCLUDING ALL EXCLUDING IDENTITY,
            CONSTRAINT calls_are_of_this_day CHECK (started_at >= %L AND started_at < %L)
        )',
        table_name, since, until
    );
    -- Whatever ALTER DEFAULT PRIVILEGES gives to whom: rights are those of the parent.
    EXECUTE format('REVOKE ALL ON runtime.%I FROM PUBLIC, toolreg_reader, toolreg_agent, toolreg_reconciler', table_name);
    EXECUTE format('COMMENT ON TABLE runtime.%I IS %L', table_name, format('Calls that began on %s (UTC).', day));
    move_calls := format(
        'WITH moved AS (
            DELETE FROM runtime.invocation_logs_default WHERE started_at >= %L AND started_at < %L RETURNING *
        )
        INSERT INTO runtime.%I TABLE moved',
        since, until, table_name
    );
    -- Again, as long as many have come meanwhile: the last ones are moved while others wait.
    LOOP
        EXECUTE move_calls;
        GET DIAGNOSTICS calls = ROW_COUNT;
        moved := moved + calls;
        EXIT WHEN calls < 1000;
    END LOOP;

    -- Who waits for the default partition has already read which partitions there are: a reader would miss the calls that
    -- were moved, a writer's call of this day would be refused. So where there are such calls, or may be, everybody
    -- waits for the moment at the parent. No call begins tomorrow, so the days to come keep nobody waiting.
    calls_may_come := moved > 0 OR since < now() + interval '1 hour';

    -- Nobody stands in line behind us for longer than 10 ms: we give up and come back.
    FOR attempt IN 1 .. 50 LOOP
        BEGIN
            PERFORM set_config('lock_timeout', '10ms', true);
            -- Conflicts with an apply, not with those who log: ATTACH needs it for the foreign keys.
            LOCK TABLE ONLY registry.entities IN SHARE ROW EXCLUSIVE MODE;
            IF calls_may_come THEN
                LOCK TABLE ONLY runtime.invocation_logs IN ACCESS EXCLUSIVE MODE;
            END IF;
            LOCK TABLE ONLY runtime.invocation_logs_default IN ACCESS EXCLUSIVE MODE;
            EXECUTE move_calls;
            GET DIAGNOSTICS calls = ROW_COUNT;
            IF calls > 0 AND NOT calls_may_come THEN
                calls_may_come := true;
                RAISE lock_not_available;
            END IF;
            EXECUTE format(
                'ALTER TABLE runtime.invocation_logs ATTACH PARTITION runtime.%I FOR VALUES FROM (%L) TO (%L)',
                table_name, since, until
            );
            -- It spared ATTACH a scan. From now on the bounds say the same, without being checked for each call.
            EXECUTE format('ALTER TABLE runtime.%I DROP CONSTRAINT calls_are_of_this_day', table_name);
            RETURN format('created runtime.%s', table_name) || CASE
                WHEN moved + calls > 0
                THEN format(', moved %s calls into it from the default partition', moved + calls)
                ELSE ''
            END;
        EXCEPTION WHEN lock_not_available THEN
            PERFORM pg_sleep(0.04);
        END;
    END LOOP;
    RAISE EXCEPTION 'runtime.% is left for the next run: a transaction that logged or applied did not end', table_name
    USING ERRCODE = 'lock_not_available', HINT = 'Nothing was changed. Run it again later.';
END
$$;

-- Name: FUNCTION create_partition(day date); Type: COMMENT (api)

COMMENT ON FUNCTION api.create_partition(day date) IS 'Makes the table of one day (UTC) of logs, and moves the calls of that day there from the default partition. Says what it did. Blocks nobody for longer than a moment; raises lock_not_available, and changes nothing, where it found no such moment.';

-- Name: delete_artifact(uuid); Type: FUNCTION (api)

CREATE FUNCTION api.delete_artifact(id uuid) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
DECLARE
    maker text;
BEGIN
    SELECT artifact.created_by INTO maker FROM runtime.artifacts AS artifact WHERE artifact.id = delete_artifact.id;
    IF maker <> registry.caller() AND NOT pg_has_role(registry.acting_role(), 'toolreg_reconciler', 'USAGE') THEN
        RAISE EXCEPTION 'id is that of an artifact of "%"; expected one that "%" registered', maker, registry.caller()
        USING
            ERRCODE = 'insufficient_privilege',
            HINT = 'A member of toolreg_reconciler may delete any.';
    END IF;
    DELETE FROM runtime.artifacts AS artifact WHERE artifact.id = delete_artifact.id;
    RETURN FOUND;
END
$$;

-- Name: FUNCTION delete_artifact(id uuid); Type: COMMENT (api)

COMMENT ON FUNCTION api.delete_artifact(id uuid) IS 'Forget an artifact; false where there is none of this id. An agent may delete what it registered itself, a reconciler any. What lies at its uri stays there.';

-- Name: delete_expired_calls(bigint); Type: FUNCTION (api)

CREATE FUNCTION api.delete_expired_calls(most bigint DEFAULT 10000) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
DECLARE
    deleted bigint;
BEGIN
    IF most IS NULL OR most < 1 THEN
        RAISE EXCEPTION 'most is %; expected how many calls to delete, at least 1', coalesce(most::text, 'NULL')
        USING ERRCODE = 'invalid_parameter_value';
    END IF;
    PERFORM api.require_read_committed();
    -- No table is made for a day that would be dropped at once. Locked ones are those that somebody else deletes.
    WITH gone AS (
        DELETE FROM runtime.invocation_logs_default AS call
        WHERE call.ctid = ANY (
            ARRAY(
                SELECT log.ctid
                FROM runtime.invocation_logs_default AS log
                WHERE
                    log.started_at < (SELECT api.log_cutoff())
                    AND pg_visible_in_snapshot(log.recorded_xid::text::xid8, (SELECT api.counted_snapshot()))
                LIMIT most
                FOR UPDATE SKIP LOCKED
            )
        )
        RETURNING (call.started_at AT TIME ZONE 'UTC')::date AS day
    ),

    remembered AS (
        INSERT INTO runtime.dropped_days AS dropped (day, calls)
        SELECT
            gone.day,
            count(*)
        FROM gone
        GROUP BY gone.day
        -- Two at once take the days in the same order.
        ORDER BY gone.day
        ON CONFLICT (day) DO UPDATE SET
            dropped_at = excluded.dropped_at,
            calls = dropped.calls + excluded.calls
    )

    SELECT count(*)
    INTO deleted
    FROM gone;
    RETURN format('deleted %s expired calls from the default partition', deleted);
END
$$;

-- Name: FUNCTION delete_expired_calls(most bigint); Type: COMMENT (api)

COMMENT ON FUNCTION api.delete_expired_calls(most bigint) IS 'Deletes at most so many calls from the default partition whose day has expired, and that are in the rollups. Says how many.';

-- Name: drop_partition(date); Type: FUNCTION (api)

CREATE FUNCTION api.drop_partition(day date) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET "TimeZone" TO 'UTC'
    SET lock_timeout TO '2s'
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
DECLARE
    since timestamptz;
    until timestamptz;
    table_name text;
    bytes bigint;
BEGIN
    IF day IS NULL OR day NOT BETWEEN DATE '0001-01-01' AND DATE '9999-12-31' THEN
        RAISE EXCEPTION 'day is "%"; expected a date from 0001-01-01 to 9999-12-31', coalesce(day::text, 'NULL')
        USING ERRCODE = 'invalid_parameter_value';
    END IF;
    PERFORM api.require_read_committed();
    since := day::timestamp AT TIME ZONE 'UTC';
    until := (day + 1)::timestamp AT TIME ZONE 'UTC';
    IF until > api.log_cutoff() THEN
        RAISE EXCEPTION 'day is %, which has not expired; runtime.settings.keep_logs keeps logs since %',
        day, to_char(api.log_cutoff(), 'YYYY-MM-DD') USING ERRCODE = 'object_not_in_prerequisite_state';
    END IF;

    -- The same as create_partition takes.
    LOCK TABLE ONLY runtime.dropped_days IN SHARE ROW EXCLUSIVE MODE;
    -- By what it holds, whatever its name says.
    SELECT
        class.relname,
        pg_total_relation_size(class.oid)
    INTO table_name, bytes
    FROM pg_class AS class
    INNER JOIN pg_inherits AS inherits ON inherits.inhrelid = class.oid
    WHERE
        class.relnamespace = 'runtime'::regnamespace
        AND inherits.inhparent = 'runtime.invocation_logs'::regclass
        AND pg_get_expr(class.relpartbound, class.oid) = format('FOR VALUES FROM (%L) TO (%L)', since, until);
    IF NOT FOUND THEN
        RETURN format('no table holds the calls of %s alone', to_char(day, 'YYYY-MM-DD'));
    END IF;

    -- Once before anybody is kept waiting, which may take long, and once more when no call can come any more.
    PERFORM api.require_rolled_up(since, until);
    FOR attempt IN 1 .. 50 LOOP
        BEGIN
            PERFORM set_config('lock_timeout', '10ms', true);
            LOCK TABLE ONLY runtime.invocation_logs IN ACCESS EXCLUSIVE MODE;
            PERFORM api.require_rolled_up(since, until);
            EXECUTE format('DROP TABLE runtime.%I', table_name);
            -- All that were ever logged, also before it was dropped an earlier time.
            INSERT INTO runtime.dropped_days AS dropped (day, calls)
            SELECT
                drop_partition.day,
                coalesce(sum(rolled.calls), 0)
            FROM runtime.invocation_rollup_daily AS rolled
            WHERE rolled.day = drop_partition.day
            ON CONFLICT ON CONSTRAINT day_is_dropped_once DO UPDATE SET
                dropped_at = excluded.dropped_at,
                calls = excluded.calls;
            RETURN format('dropped runtime.%s, %s', table_name, pg_size_pretty(bytes));
        EXCEPTION WHEN lock_not_available THEN
            PERFORM pg_sleep(0.04);
        END;
    END LOOP;
    RAISE EXCEPTION 'runtime.% is left for the next run: a transaction that uses the logs did not end', table_name
    USING ERRCODE = 'lock_not_available', HINT = 'Nothing was changed. Run it again later.';
END
$$;

-- Name: FUNCTION drop_partition(day date); Type: COMMENT (api)

COMMENT ON FUNCTION api.drop_partition(day date) IS 'Drops the table of one day (UTC) of logs, if it has expired and each of its calls is in the rollups. Says what it did. Blocks nobody for longer than a moment; raises lock_not_available, and changes nothing, where it found no such moment.';

-- Name: duration_bucket(double precision); Type: FUNCTION (api)

CREATE FUNCTION api.duration_bucket(duration_ms double precision) RETURNS smallint
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (floor((ln(LEAST(GREATEST(duration_ms, (0.001)::double precision), ('30000000000000000'::numeric)::double precision)) / ln((1.1)::double precision))))::smallint;

-- Name: FUNCTION duration_bucket(duration_ms double precision); Type: COMMENT (api)

COMMENT ON FUNCTION api.duration_bucket(duration_ms double precision) IS 'Internal: the bucket of runtime.duration_histogram that a duration falls into.';

-- Name: error_breakdown(timestamp with time zone, timestamp with time zone, text, text, text, text, text); Type: FUNCTION (api)

CREATE FUNCTION api.error_breakdown(since timestamp with time zone DEFAULT (now() - '1 day'::interval), until timestamp with time zone DEFAULT 'infinity'::timestamp with time zone, tool text DEFAULT NULL::text, agent text DEFAULT NULL::text, service text DEFAULT NULL::text, node text DEFAULT NULL::text, category text DEFAULT NULL::text) RETURNS TABLE(tool_name text, status text, error_code text, calls bigint, share_percent numeric, last_message text, last_call_at timestamp with time zone)
    LANGUAGE plpgsql STABLE
    SET plan_cache_mode TO 'force_custom_plan'
    SET jit TO 'off'
    AS $$
#variable_conflict use_column
DECLARE
    wanted CONSTANT record := api.wanted_identities(tool, service, node, category);
BEGIN
    RETURN QUERY
    WITH failed AS (
        SELECT
            call.tool_id,
            call.tool,
            call.status,
            call.error_code,
            count(*) AS calls,
            max(call.started_at) AS last_at,
            max(call.started_at) FILTER (WHERE call.error_message IS NOT NULL) AS said_at,
            -- The newest call with a message, and of one instant the last one: compared as microseconds and id, so that
            -- the key finds it. A search by instant reads all calls of that instant for each group.
            (
                max(ARRAY[(extract(epoch FROM call.started_at) * 1000000)::bigint, call.id])
                FILTER (WHERE call.error_message IS NOT NULL)
            )[2] AS said_id
        FROM api.matching_calls(
            error_breakdown.since, error_breakdown.until, error_breakdown.tool, wanted.tool_ids, error_breakdown.agent,
            error_breakdown.service, wanted.service_ids, error_breakdown.node, wanted.node_ids, wanted.category_ids, wanted.nameless_ids
        ) AS call
        WHERE call.status <> 'success'
        GROUP BY call.tool_id, call.tool, call.status, call.error_code
    ),

    named AS (
        SELECT
            coalesce(entity.name, failed.tool) AS tool,
            failed.status,
            failed.error_code,
            sum(failed.calls)::bigint AS calls,
            max(failed.last_at) AS last_at,
            (array_agg(said.error_message ORDER BY failed.said_at DESC NULLS LAST))[1] AS message
        FROM failed
        LEFT JOIN registry.entities AS entity ON entity.id = failed.tool_id
        LEFT JOIN runtime.invocation_logs AS said ON said.id = failed.said_id AND said.started_at = failed.said_at
        GROUP BY 1, 2, 3
    )

    SELECT
        named.tool,
        named.status,
        named.error_code,
        named.calls,
        round(100.0 * named.calls / sum(named.calls) OVER (), 2),
        named.message,
        named.last_at
    FROM named
    ORDER BY named.calls DESC, named.tool, named.status, named.error_code;
END
$$;

-- Name: FUNCTION error_breakdown(since timestamp with time zone, until timestamp with time zone, tool text, agent text, service text, node text, category text); Type: COMMENT (api)

COMMENT ON FUNCTION api.error_breakdown(since timestamp with time zone, until timestamp with time zone, tool text, agent text, service text, node text, category text) IS 'What went wrong in a window, by tool, status and error code, the most frequent first: how often, its share of all errors in percent, its last message that is not empty, and when it last happened. Reads raw rows.';

-- Name: heartbeat(text, double precision, bigint, jsonb); Type: FUNCTION (api)

CREATE FUNCTION api.heartbeat(node text, load double precision DEFAULT NULL::double precision, running bigint DEFAULT NULL::bigint, details jsonb DEFAULT NULL::jsonb) RETURNS timestamp with time zone
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
DECLARE
    reporting uuid;
    largest bigint;
    seen timestamptz;
BEGIN
    IF NOT (heartbeat.load >= 0 AND heartbeat.load < 'infinity') THEN
        RAISE EXCEPTION 'load is %; expected a number from 0, where 1 is all that the node can do', heartbeat.load
        USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF heartbeat.running < 0 THEN
        RAISE EXCEPTION 'running is %; expected how many calls the node runs, from 0', heartbeat.running
        USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF heartbeat.details IS NOT NULL THEN
        IF jsonb_typeof(heartbeat.details) <> 'object' THEN
            RAISE EXCEPTION 'details is of type %; expected a JSON object', jsonb_typeof(heartbeat.details)
            USING ERRCODE = 'invalid_parameter_value';
        END IF;
        SELECT settings.largest_payload INTO largest FROM runtime.settings AS settings;
        IF octet_length(heartbeat.details::text) > largest THEN
            RAISE EXCEPTION 'details has % bytes; expected at most % (runtime.settings.largest_payload)',
            octet_length(heartbeat.details::text), largest
            USING ERRCODE = 'invalid_parameter_value';
        END IF;
    END IF;

    SELECT declared.id INTO reporting FROM registry.nodes AS declared WHERE declared.name = lower(heartbeat.node);
    IF NOT FOUND THEN
        RAISE EXCEPTION 'node is "%"; expected the name of a node that is declared', left(heartbeat.node, 100)
        USING ERRCODE = 'invalid_parameter_value', HINT = 'SELECT name FROM api.nodes lists them.';
    END IF;

    -- Only the row of this node is locked, and no key changes: nodes never wait for each other, nor for an apply.
    INSERT INTO runtime.node_heartbeats AS known (node_id, seen_at, load, running, details, reported_by)
    VALUES (reporting, clock_timestamp(), heartbeat.load, heartbeat.running, heartbeat.details, registry.caller())
    ON CONFLICT (node_id) DO UPDATE SET
        -- Read again, since this one may have waited for another of the same node.
        seen_at = clock_timestamp(),
        load = excluded.load,
        running = excluded.running,
        details = excluded.details,
        reported_by = excluded.reported_by
    RETURNING known.seen_at INTO seen;
    RETURN seen;
END
$$;

-- Name: FUNCTION heartbeat(node text, load double precision, running bigint, details jsonb); Type: COMMENT (api)

COMMENT ON FUNCTION api.heartbeat(node text, load double precision, running bigint, details jsonb) IS 'A node says that it is alive: its load (1 is all it can do), the calls it runs, and details, a JSON object. Returns the recorded time, by the clock of the database. A node that is not declared is refused.';

-- Name: histogram_percentile(double precision, smallint[], bigint[]); Type: FUNCTION (api)

CREATE FUNCTION api.histogram_percentile(share double precision, buckets smallint[], calls bigint[]) RETURNS double precision
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
SELECT min(api.bucket_duration(counted.bucket))
FROM (
    SELECT
        found.bucket,
        sum(found.calls) OVER (ORDER BY found.bucket) AS calls_up_to,
        sum(found.calls) OVER () AS calls
    FROM unnest(buckets, calls) AS found (bucket, calls)
) AS counted
WHERE counted.calls_up_to >= ceil(share * counted.calls::double precision)
$$;

-- Name: FUNCTION histogram_percentile(share double precision, buckets smallint[], calls bigint[]); Type: COMMENT (api)

COMMENT ON FUNCTION api.histogram_percentile(share double precision, buckets smallint[], calls bigint[]) IS 'Internal: the duration at or below which a share of calls lies, as percentile_disc would find it, 4.9 % off at most.';

-- Name: identities(text, text); Type: FUNCTION (api)

CREATE FUNCTION api.identities(kind text, name text) RETURNS uuid[]
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    AS $$
BEGIN
    IF name IS NULL THEN
        RETURN ARRAY(
            SELECT entity.id
            FROM registry.entities AS entity
            WHERE entity.kind = identities.kind AND entity.name IS NULL
        );
    END IF;
    RETURN ARRAY(
        SELECT entity.id
        FROM registry.entities AS entity
        WHERE entity.kind = identities.kind AND entity.name = identities.name
    );
END
$$;

-- Name: FUNCTION identities(kind text, name text); Type: COMMENT (api)

COMMENT ON FUNCTION api.identities(kind text, name text) IS 'Internal: the identities of a kind that are shown under a name; for NULL, those whose name was given to another one.';

-- Name: integrity_problems(); Type: FUNCTION (api)

CREATE FUNCTION api.integrity_problems() RETURNS TABLE(severity text, check_name text, subject text, problem text, fix text)
    LANGUAGE sql STABLE
    SET jit TO 'off'
    AS $$
SELECT * FROM api.declaration_problems
UNION ALL
SELECT * FROM api.runtime_problems
UNION ALL
SELECT * FROM api.storage_problems
$$;

-- Name: FUNCTION integrity_problems(); Type: COMMENT (api)

COMMENT ON FUNCTION api.integrity_problems() IS 'Internal: the rows of data_integrity. A view cannot turn off JIT compilation, a function can.';

-- Name: interval_of(text); Type: FUNCTION (api)

CREATE FUNCTION api.interval_of(duration text) RETURNS interval
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN make_interval(secs => (("substring"(duration, '^([1-9][0-9]{0,5})(?:ms|s|m|h|d)$'::text))::double precision * (CASE "substring"(duration, '[a-z]+$'::text) WHEN 'ms'::text THEN 0.001 WHEN 's'::text THEN (1)::numeric WHEN 'm'::text THEN (60)::numeric WHEN 'h'::text THEN (3600)::numeric ELSE (86400)::numeric END)::double precision));

-- Name: FUNCTION interval_of(duration text); Type: COMMENT (api)

COMMENT ON FUNCTION api.interval_of(duration text) IS 'Internal: the interval that a duration of a manifest means, such as 30s; NULL for what is no duration.';

-- Name: invocation_payload(bigint); Type: FUNCTION (api)

CREATE FUNCTION api.invocation_payload(invocation bigint) RETURNS TABLE(arguments jsonb, result jsonb, attributes jsonb)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
    SELECT
        log.arguments,
        log.result,
        log.attributes
    FROM runtime.invocation_logs AS log
    WHERE
        log.id = invocation_payload.invocation
        AND (
            log.recorded_by = registry.caller()
            OR has_column_privilege(registry.acting_role(), 'runtime.invocation_logs', 'arguments', 'SELECT')
        )
$$;

-- Name: FUNCTION invocation_payload(invocation bigint); Type: COMMENT (api)

COMMENT ON FUNCTION api.invocation_payload(invocation bigint) IS 'Arguments, result and attributes of a call, for the caller that logged it and for whoever may read the column arguments. Nothing where the call is unknown or somebody else''s.';

-- Name: invocation_problem(text, text, double precision, text, timestamp with time zone, text, text, text, text, text, text, text, bigint, bigint, bigint, jsonb, jsonb, jsonb, bigint, timestamp with time zone); Type: FUNCTION (api)

CREATE FUNCTION api.invocation_problem(tool text, status text, duration_ms double precision, agent text, started_at timestamp with time zone, trace_id text, span_id text, parent_span_id text, error_code text, node text, service text, tool_version text, attempt bigint, request_bytes bigint, response_bytes bigint, attributes jsonb, arguments jsonb, result jsonb, largest_payload bigint, clock timestamp with time zone) RETURNS text
    LANGUAGE sql STABLE
    RETURN CASE WHEN ((tool IS NULL) OR (tool = ''::text)) THEN 'tool is missing; expected the name that was called'::text WHEN ((octet_length(tool) > 256) AND (char_length(tool) > 128)) THEN (((('tool is "'::text || "left"(tool, 100)) || '", of '::text) || octet_length(tool)) || ' bytes; expected at most 256'::text) WHEN (status IS NULL) THEN 'status is missing; expected success, failure, timeout or cancelled'::text WHEN (status <> ALL (ARRAY['success'::text, 'failure'::text, 'timeout'::text, 'cancelled'::text])) THEN (('status is "'::text || "left"(status, 100)) || '"; expected success, failure, timeout or cancelled'::text) WHEN ((duration_ms IS NULL) OR (NOT ((duration_ms >= (0)::double precision) AND (duration_ms <= ('3155760000000'::bigint)::double precision)))) THEN (('duration_ms is '::text || COALESCE((duration_ms)::text, 'missing'::text)) || '; expected milliseconds from 0 to 3155760000000, a hundred years'::text) WHEN (started_at > (clock + '00:01:00'::interval)) THEN (((('started_at is '::text || started_at) || '; expected at most one minute after '::text) || clock) || ', the time of the database'::text) WHEN (started_at < '1900-01-01 00:00:00+00'::timestamp with time zone) THEN (('started_at is '::text || started_at) || '; expected a time since 1900'::text) WHEN ((agent = ''::text) OR (octet_length(agent) > 256)) THEN (('agent is "'::text || "left"(agent, 100)) || '"; expected 1 to 256 bytes'::text) WHEN ((service = ''::text) OR (octet_length(service) > 256)) THEN (('service is "'::text || "left"(service, 100)) || '"; expected 1 to 256 bytes'::text) WHEN ((node = ''::text) OR (octet_length(node) > 256)) THEN (('node is "'::text || "left"(node, 100)) || '"; expected 1 to 256 bytes'::text) WHEN ((tool_version = ''::text) OR (octet_length(tool_version) > 256)) THEN (('tool_version is "'::text || "left"(tool_version, 100)) || '"; expected 1 to 256 bytes'::text) WHEN ((error_code = ''::text) OR (octet_length(error_code) > 256)) THEN (('error_code is "'::text || "left"(error_code, 100)) || '"; expected 1 to 256 bytes'::text) WHEN ((octet_length(trace_id) <> 32) OR (trace_id !~ '^[0-9a-f]+$'::text) OR (trace_id = '00000000000000000000000000000000'::text)) THEN (('trace_id is "'::text || "left"(trace_id, 100)) || '"; expected 32 lower-case hexadecimal digits, not all zero (W3C Trace Context)'::text) WHEN ((octet_length(span_id) <> 16) OR (span_id !~ '^[0-9a-f]+$'::text) OR (span_id = '0000000000000000'::text)) THEN (('span_id is "'::text || "left"(span_id, 100)) || '"; expected 16 lower-case hexadecimal digits, not all zero (W3C Trace Context)'::text) WHEN ((octet_length(parent_span_id) <> 16) OR (parent_span_id !~ '^[0-9a-f]+$'::text) OR (parent_span_id = '0000000000000000'::text)) THEN (('parent_span_id is "'::text || "left"(parent_span_id, 100)) || '"; expected 16 lower-case hexadecimal digits, not all zero (W3C Trace Context)'::text) WHEN (attempt < 1) THEN (('attempt is '::text || attempt) || '; expected 1 for the first try, 2 for the next'::text) WHEN (request_bytes < 0) THEN (('request_bytes is '::text || request_bytes) || '; expected 0 or more'::text) WHEN (response_bytes < 0) THEN (('response_bytes is '::text || response_bytes) || '; expected 0 or more'::text) WHEN (octet_length((attributes)::text) > largest_payload) THEN (((('attributes is JSON of '::text || octet_length((attributes)::text)) || ' bytes; expected at most '::text) || largest_payload) || ' (runtime.settings.largest_payload)'::text) WHEN (octet_length((arguments)::text) > largest_payload) THEN (((('arguments is JSON of '::text || octet_length((arguments)::text)) || ' bytes; expected at most '::text) || largest_payload) || ' (runtime.settings.largest_payload)'::text) WHEN (octet_length((result)::text) > largest_payload) THEN (((('result is JSON of '::text || octet_length((result)::text)) || ' bytes; expected at most '::text) || largest_payload) || ' (runtime.settings.largest_payload)'::text) ELSE NULL::text END;

-- Name: FUNCTION invocation_problem(tool text, status text, duration_ms double precision, agent text, started_at timestamp with time zone, trace_id text, span_id text, parent_span_id text, error_code text, node text, service text, tool_version text, attempt bigint, request_bytes bigint, response_bytes bigint, attributes jsonb, arguments jsonb, result jsonb, largest_payload bigint, clock timestamp with time zone); Type: COMMENT (api)

COMMENT ON FUNCTION api.invocation_problem(tool text, status text, duration_ms double precision, agent text, started_at timestamp with time zone, trace_id text, span_id text, parent_span_id text, error_code text, node text, service text, tool_version text, attempt bigint, request_bytes bigint, response_bytes bigint, attributes jsonb, arguments jsonb, result jsonb, largest_payload bigint, clock timestamp with time zone) IS 'Internal: what is wrong with a call that is to be logged, in words; NULL where nothing is. Nobody calls it directly.';

-- Name: is_time(text); Type: FUNCTION (api)

CREATE FUNCTION api.is_time(value text) RETURNS boolean
    LANGUAGE sql IMMUTABLE STRICT
    RETURN CASE WHEN (value ~ '^(19|[2-9][0-9])[0-9][0-9]-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])[Tt ]([01][0-9]|2[0-3]):[0-5][0-9](:([0-5][0-9]([.][0-9]{1,9})?|60))?([Zz]|[+-](0[0-9]|1[0-4])(:?[0-5][0-9])?)$'::text) THEN (((substr(value, 9, 2))::integer)::numeric <= EXTRACT(day FROM (make_date((substr(value, 1, 4))::integer, (substr(value, 6, 2))::integer, 1) + '1 mon -1 days'::interval))) ELSE false END;

-- Name: FUNCTION is_time(value text); Type: COMMENT (api)

COMMENT ON FUNCTION api.is_time(value text) IS 'Internal: whether a text is a time with its zone, such as 2026-11-22T10:00:00Z, which a cast takes without an error.';

-- Name: large_artifacts_by_tool(bigint); Type: FUNCTION (api)

CREATE FUNCTION api.large_artifacts_by_tool(min_bytes bigint) RETURNS TABLE(tool text, artifacts bigint, bytes numeric, largest_bytes bigint, largest_uri text, orphaned boolean)
    LANGUAGE sql STABLE
    AS $$
    SELECT
        entity.name AS tool,
        large.artifacts,
        large.bytes,
        large.largest_bytes,
        (
            SELECT artifact.uri
            FROM runtime.artifacts AS artifact
            WHERE artifact.tool_id = large.tool_id AND artifact.size_bytes = large.largest_bytes
            ORDER BY artifact.created_at, artifact.id
            LIMIT 1
        ) AS largest_uri,
        NOT entity.present AS orphaned
    FROM (
        SELECT
            artifact.tool_id,
            count(*) AS artifacts,
            sum(artifact.size_bytes) AS bytes,
            max(artifact.size_bytes) AS largest_bytes
        FROM runtime.artifacts AS artifact
        WHERE artifact.size_bytes >= large_artifacts_by_tool.min_bytes
        GROUP BY artifact.tool_id
    ) AS large
    INNER JOIN registry.entities AS entity ON entity.id = large.tool_id
    ORDER BY large.bytes DESC, entity.name, large.tool_id
$$;

-- Name: FUNCTION large_artifacts_by_tool(min_bytes bigint); Type: COMMENT (api)

COMMENT ON FUNCTION api.large_artifacts_by_tool(min_bytes bigint) IS 'Artifacts of at least so many bytes by tool: how many, how large together, and which is the largest. Most bytes first.';

-- Name: acting_role(); Type: FUNCTION (registry)

CREATE FUNCTION registry.acting_role() RETURNS text
    LANGUAGE sql STABLE
    RETURN COALESCE(NULLIF(current_setting('role'::text), 'none'::text), (SESSION_USER)::text);

-- Name: FUNCTION acting_role(); Type: COMMENT (registry)

COMMENT ON FUNCTION registry.acting_role() IS 'The role whose rights the caller has: that of SET ROLE, else the login. Also within functions with the rights of others.';

-- Name: claimed_caller(); Type: FUNCTION (registry)

CREATE FUNCTION registry.claimed_caller() RETURNS text
    LANGUAGE plpgsql STABLE
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
DECLARE
    claimed text;
BEGIN
    IF pg_has_role(session_user, to_regrole('toolreg_gateway')::oid, 'MEMBER') THEN
        SELECT current_setting('request.jwt.claims', true)::jsonb ->> settings.caller_claim
        INTO claimed
        FROM runtime.settings AS settings;
    END IF;
    -- As long as the name of an agent may be, and nothing that drives a terminal.
    IF octet_length(claimed) BETWEEN 1 AND 256 AND claimed !~ '[\u0001-\u001F\u007F-\u009F]' THEN
        RETURN claimed;
    END IF;
    RETURN registry.acting_role();
EXCEPTION
    WHEN data_exception OR program_limit_exceeded THEN
        -- No JSON, or none that fits: the same as no claim.
        RETURN registry.acting_role();
END
$$;

-- Name: FUNCTION claimed_caller(); Type: COMMENT (registry)

COMMENT ON FUNCTION registry.claimed_caller() IS 'Whom the claims of a request name, if the login is a member of toolreg_gateway; else the role that acts.';

-- Name: caller(); Type: FUNCTION (registry)

CREATE FUNCTION registry.caller() RETURNS text
    LANGUAGE sql STABLE
    RETURN CASE WHEN (current_setting('request.jwt.claims'::text, true) <> ''::text) THEN registry.claimed_caller() ELSE registry.acting_role() END;

-- Name: FUNCTION caller(); Type: COMMENT (registry)

COMMENT ON FUNCTION registry.caller() IS 'Who calls: the claim of a trusted login, else the role that acts. Everything that is recorded or owned is under this name.';

-- Name: digest(json); Type: FUNCTION (registry)

CREATE FUNCTION registry.digest(manifest json) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN encode(sha256(convert_to((manifest)::text, 'UTF8'::name)), 'hex'::text);

-- Name: FUNCTION digest(manifest json); Type: COMMENT (registry)

COMMENT ON FUNCTION registry.digest(manifest json) IS 'SHA-256 of a manifest as it is stored, in hexadecimal.';

-- Name: search_text(json); Type: FUNCTION (registry)

CREATE FUNCTION registry.search_text(manifest json) RETURNS tsvector
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
    AS $_$
DECLARE
    -- In characters, each of up to four bytes. A name that capitals part counts twice: as its parts, and as a whole.
    most_of_names CONSTANT integer := 4000;
    most_of_tags CONSTANT integer := 4000;
    most_of_description CONSTANT integer := 40000;
    most_of_parameters CONSTANT integer := 40000;
    most_of_texts CONSTANT integer := 100000;
    metadata CONSTANT jsonb := manifest #> '{metadata}';
    spec CONSTANT json := manifest #> '{spec}';
    schema CONSTANT jsonb := spec -> 'inputSchema';
    name CONSTANT text := metadata ->> 'name';
    name_of_provider CONSTANT text := spec ->> 'toolName';
BEGIN
    RETURN
        setweight(
            registry.name_words(
                left(
                    concat_ws(
                        ' ',
                        CASE WHEN name = lower(name_of_provider) THEN name_of_provider ELSE name END,
                        CASE WHEN name <> lower(name_of_provider) THEN name_of_provider END,
                        metadata ->> 'title'
                    ),
                    most_of_names
                )
            ),
            'A'
        )
        || setweight(registry.described_words(left(metadata ->> 'tags', most_of_tags)), 'B')
        || setweight(registry.described_words(left(metadata ->> 'description', most_of_description)), 'C')
        || setweight(
            registry.name_words(
                left(
                    jsonb_path_query_array(
                        schema,
                        'strict $.**{0 to 12}.properties ? (@.type() == "object").keyvalue().key',
                        silent => true
                    )::text,
                    most_of_parameters
                )
            )
            || registry.described_words(
                left(
                    -- The text of an array writes the end of a line as \n, which would be a word.
                    replace(
                        concat_ws(
                            ' ',
                            jsonb_path_query_array(
                                schema, 'strict $.**{0 to 12}.description ? (@.type() == "string")', silent => true
                            ),
                            jsonb_path_query_array(
                                (spec -> 'examples')::jsonb,
                                'strict $[*].description ? (@.type() == "string")',
                                silent => true
                            )
                        ),
                        '\n', ' '
                    ),
                    most_of_texts
                )
            ),
            'D'
        );
END
$_$;

-- Name: FUNCTION search_text(manifest json); Type: COMMENT (registry)

COMMENT ON FUNCTION registry.search_text(manifest json) IS 'Words of a manifest in English stems, by weight: A its names and title, B tags, C description, D parameters and examples.';

-- Name: entities; Type: TABLE (registry)

CREATE TABLE registry.entities (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    kind text NOT NULL,
    name text,
    present boolean DEFAULT true NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT present_entity_has_a_name CHECK (((name IS NOT NULL) OR (NOT present)))
);

-- Name: TABLE entities; Type: COMMENT (registry)

COMMENT ON TABLE registry.entities IS 'Every identity there ever was. It outlives its resource, so that logs and history always point somewhere.';

-- Name: COLUMN entities.name; Type: COMMENT (registry)

COMMENT ON COLUMN registry.entities.name IS 'NULL only for a removed resource whose name was given to another by a rename; history still has it.';

-- Name: COLUMN entities.present; Type: COMMENT (registry)

COMMENT ON COLUMN registry.entities.present IS 'Whether the last applied revision declares it.';

-- Name: COLUMN entities.created_at; Type: COMMENT (registry)

COMMENT ON COLUMN registry.entities.created_at IS 'When the resource was first declared; a restored one keeps it.';

-- Name: resources; Type: TABLE (registry)

CREATE TABLE registry.resources (
    id uuid NOT NULL,
    manifest json NOT NULL,
    path text,
    blob text,
    revision bigint,
    applied_digest text,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    kind text GENERATED ALWAYS AS ((manifest #>> '{kind}'::text[])) STORED NOT NULL,
    name text GENERATED ALWAYS AS ((manifest #>> '{metadata,name}'::text[])) STORED NOT NULL,
    owner text GENERATED ALWAYS AS ((manifest #>> '{metadata,owner}'::text[])) STORED,
    digest text GENERATED ALWAYS AS (registry.digest(manifest)) STORED NOT NULL,
    CONSTRAINT resource_stands_in_the_table_of_its_kind CHECK (false) NO INHERIT
);

-- Name: TABLE resources; Type: COMMENT (registry)

COMMENT ON TABLE registry.resources IS 'What is declared now, of every kind. Empty itself: the table of each kind inherits.';

-- Name: COLUMN resources.manifest; Type: COMMENT (registry)

COMMENT ON COLUMN registry.resources.manifest IS 'The manifest in the order of its file; json, since jsonb forgets the order.';

-- Name: COLUMN resources.path; Type: COMMENT (registry)

COMMENT ON COLUMN registry.resources.path IS 'The file it was read from, relative to the top of its repository.';

-- Name: COLUMN resources.blob; Type: COMMENT (registry)

COMMENT ON COLUMN registry.resources.blob IS 'The git blob of that file: the same blob need not be read again.';

-- Name: COLUMN resources.revision; Type: COMMENT (registry)

COMMENT ON COLUMN registry.resources.revision IS 'The revision that last changed the manifest.';

-- Name: COLUMN resources.applied_digest; Type: COMMENT (registry)

COMMENT ON COLUMN registry.resources.applied_digest IS 'The digest when it was applied. Another one in digest means that somebody else changed the row.';

-- Name: COLUMN resources.digest; Type: COMMENT (registry)

COMMENT ON COLUMN registry.resources.digest IS 'SHA-256 of the manifest that is there, computed by the database.';

-- Name: tools; Type: TABLE (registry)

CREATE TABLE registry.tools (
    NOT NULL id,
    version text GENERATED ALWAYS AS ((manifest #>> '{spec,version}'::text[])) STORED NOT NULL,
    category text GENERATED ALWAYS AS ((manifest #>> '{spec,category}'::text[])) STORED NOT NULL,
    lifecycle text GENERATED ALWAYS AS ((manifest #>> '{spec,lifecycle}'::text[])) STORED NOT NULL,
    service text GENERATED ALWAYS AS ((manifest #>> '{spec,service}'::text[])) STORED NOT NULL,
    node text GENERATED ALWAYS AS ((manifest #>> '{spec,node}'::text[])) STORED,
    input_schema jsonb GENERATED ALWAYS AS (((manifest #> '{spec,inputSchema}'::text[]))::jsonb) STORED NOT NULL,
    output_schema jsonb GENERATED ALWAYS AS (((manifest #> '{spec,outputSchema}'::text[]))::jsonb) STORED,
    search tsvector GENERATED ALWAYS AS (registry.search_text(manifest)) STORED NOT NULL,
    tool_name text GENERATED ALWAYS AS (COALESCE((manifest #>> '{spec,toolName}'::text[]), (manifest #>> '{metadata,name}'::text[]))) STORED NOT NULL,
    CONSTRAINT tool_input_is_an_object CHECK (((input_schema ->> 'type'::text) = 'object'::text)),
    CONSTRAINT tool_is_a_tool CHECK ((kind = 'Tool'::text)),
    CONSTRAINT tool_lifecycle_is_known CHECK ((lifecycle = ANY (ARRAY['experimental'::text, 'active'::text, 'deprecated'::text, 'retired'::text])))
)
INHERITS (registry.resources);
ALTER TABLE ONLY registry.tools ALTER COLUMN search SET STORAGE MAIN;

-- Name: TABLE tools; Type: COMMENT (registry)

COMMENT ON TABLE registry.tools IS 'Tools that are declared now. Every typed column is derived from the manifest.';

-- Name: COLUMN tools.input_schema; Type: COMMENT (registry)

COMMENT ON COLUMN registry.tools.input_schema IS 'To be searched. To be shown, read it from the manifest, which keeps its order.';

-- Name: COLUMN tools.search; Type: COMMENT (registry)

COMMENT ON COLUMN registry.tools.search IS 'What api.search_tools looks through: the words of the manifest, by weight.';

-- Name: COLUMN tools.tool_name; Type: COMMENT (registry)

COMMENT ON COLUMN registry.tools.tool_name IS 'The exact name by which the provider calls the tool: spec.toolName, else the name. Not unique: two providers may use one.';

-- Name: invocation_logs; Type: TABLE (runtime)

CREATE TABLE runtime.invocation_logs (
    id bigint NOT NULL,
    started_at timestamp with time zone NOT NULL,
    duration_ms double precision NOT NULL,
    recorded_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    recorded_xid bigint DEFAULT ((pg_current_xact_id())::text)::bigint NOT NULL,
    request_bytes bigint,
    response_bytes bigint,
    tool_id uuid,
    service_id uuid,
    node_id uuid,
    attempt bigint DEFAULT 1 NOT NULL,
    tool text NOT NULL,
    tool_version text,
    agent text NOT NULL,
    service text,
    node text,
    status text NOT NULL,
    error_code text,
    error_message text,
    trace_id text,
    span_id text,
    parent_span_id text,
    recorded_by text DEFAULT registry.caller() NOT NULL,
    attributes jsonb,
    arguments jsonb,
    result jsonb,
    CONSTRAINT attempts_are_counted_from_one CHECK ((attempt >= 1)),
    CONSTRAINT duration_is_a_time CHECK (((duration_ms >= (0)::double precision) AND (duration_ms < 'Infinity'::double precision))),
    CONSTRAINT invocation_status_is_known CHECK ((status = ANY (ARRAY['success'::text, 'failure'::text, 'timeout'::text, 'cancelled'::text]))),
    CONSTRAINT names_are_short CHECK (((tool <> ''::text) AND (agent <> ''::text) AND ((octet_length(tool) <= 256) OR (char_length(tool) <= 128)) AND (GREATEST(octet_length(agent), octet_length(tool_version), octet_length(service), octet_length(node), octet_length(error_code)) <= 256))),
    CONSTRAINT parent_span_id_is_of_w3c CHECK (((octet_length(parent_span_id) = 16) AND (parent_span_id ~ '^[0-9a-f]+$'::text) AND (parent_span_id <> '0000000000000000'::text))),
    CONSTRAINT sizes_are_not_negative CHECK (((request_bytes >= 0) AND (response_bytes >= 0))),
    CONSTRAINT span_id_is_of_w3c CHECK (((octet_length(span_id) = 16) AND (span_id ~ '^[0-9a-f]+$'::text) AND (span_id <> '0000000000000000'::text))),
    CONSTRAINT start_is_finite CHECK (isfinite(started_at)),
    CONSTRAINT trace_id_is_of_w3c CHECK (((octet_length(trace_id) = 32) AND (trace_id ~ '^[0-9a-f]+$'::text) AND (trace_id <> '00000000000000000000000000000000'::text)))
)
PARTITION BY RANGE (started_at);

-- Name: TABLE invocation_logs; Type: COMMENT (runtime)

COMMENT ON TABLE runtime.invocation_logs IS 'Every call of a tool that was logged, one table per day (UTC).';

-- Name: COLUMN invocation_logs.recorded_xid; Type: COMMENT (runtime)

COMMENT ON COLUMN runtime.invocation_logs.recorded_xid IS 'The transaction that logged the call: what a rollup has counted is what its snapshot saw.';

-- Name: COLUMN invocation_logs.attempt; Type: COMMENT (runtime)

COMMENT ON COLUMN runtime.invocation_logs.attempt IS 'One for the first try of a call, two for its first repetition.';

-- Name: COLUMN invocation_logs.tool; Type: COMMENT (runtime)

COMMENT ON COLUMN runtime.invocation_logs.tool IS 'The name as it was called; tool_id is NULL where nothing of that name was ever declared.';

-- Name: COLUMN invocation_logs.tool_version; Type: COMMENT (runtime)

COMMENT ON COLUMN runtime.invocation_logs.tool_version IS 'As logged, else the version that was declared when it was logged.';

-- Name: COLUMN invocation_logs.agent; Type: COMMENT (runtime)

COMMENT ON COLUMN runtime.invocation_logs.agent IS 'Who called, as it names itself.';

-- Name: COLUMN invocation_logs.service; Type: COMMENT (runtime)

COMMENT ON COLUMN runtime.invocation_logs.service IS 'The service that serves the tool, where it is not declared; else NULL, see service_id.';

-- Name: COLUMN invocation_logs.node; Type: COMMENT (runtime)

COMMENT ON COLUMN runtime.invocation_logs.node IS 'The node that ran the call, where it is not declared; else NULL, see node_id.';

-- Name: COLUMN invocation_logs.recorded_by; Type: COMMENT (runtime)

COMMENT ON COLUMN runtime.invocation_logs.recorded_by IS 'Who logged the call, as registry.caller says; only that caller may read arguments and result.';

-- Name: invocations; Type: VIEW (api)

CREATE VIEW api.invocations WITH (security_invoker='true') AS
 SELECT log.id,
    log.started_at,
    log.duration_ms,
    log.status,
    log.shown_tool AS tool,
    log.tool AS tool_as_called,
    log.tool_version,
    tool.category,
    tool.owner,
    log.agent,
    COALESCE(service.name, log.service) AS service,
    COALESCE(node.name, log.node) AS node,
    log.error_code,
    log.error_message,
    log.attempt,
    log.trace_id,
    log.span_id,
    log.parent_span_id,
    log.request_bytes,
    log.response_bytes,
    log.recorded_by,
    log.recorded_at,
    log.tool_id
   FROM (((( SELECT log_1.id,
            entity.name AS shown_tool,
            log_1.started_at,
            log_1.duration_ms,
            log_1.status,
            log_1.tool_id,
            log_1.tool,
            log_1.tool_version,
            log_1.agent,
            log_1.service_id,
            log_1.service,
            log_1.node_id,
            log_1.node,
            log_1.error_code,
            log_1.error_message,
            log_1.attempt,
            log_1.trace_id,
            log_1.span_id,
            log_1.parent_span_id,
            log_1.request_bytes,
            log_1.response_bytes,
            log_1.recorded_by,
            log_1.recorded_at
           FROM (runtime.invocation_logs log_1
             JOIN registry.entities entity ON (((entity.id = log_1.tool_id) AND (entity.kind = 'Tool'::text))))
          WHERE (entity.name IS NOT NULL)
        UNION ALL
         SELECT log_1.id,
            log_1.tool AS shown_tool,
            log_1.started_at,
            log_1.duration_ms,
            log_1.status,
            log_1.tool_id,
            log_1.tool,
            log_1.tool_version,
            log_1.agent,
            log_1.service_id,
            log_1.service,
            log_1.node_id,
            log_1.node,
            log_1.error_code,
            log_1.error_message,
            log_1.attempt,
            log_1.trace_id,
            log_1.span_id,
            log_1.parent_span_id,
            log_1.request_bytes,
            log_1.response_bytes,
            log_1.recorded_by,
            log_1.recorded_at
           FROM runtime.invocation_logs log_1
          WHERE (log_1.tool_id IS NULL)
        UNION ALL
         SELECT log_1.id,
            log_1.tool AS shown_tool,
            log_1.started_at,
            log_1.duration_ms,
            log_1.status,
            log_1.tool_id,
            log_1.tool,
            log_1.tool_version,
            log_1.agent,
            log_1.service_id,
            log_1.service,
            log_1.node_id,
            log_1.node,
            log_1.error_code,
            log_1.error_message,
            log_1.attempt,
            log_1.trace_id,
            log_1.span_id,
            log_1.parent_span_id,
            log_1.request_bytes,
            log_1.response_bytes,
            log_1.recorded_by,
            log_1.recorded_at
           FROM (runtime.invocation_logs log_1
             JOIN registry.entities entity ON (((entity.id = log_1.tool_id) AND (entity.kind = 'Tool'::text))))
          WHERE (entity.name IS NULL)) log
     LEFT JOIN registry.tools tool ON ((tool.id = log.tool_id)))
     LEFT JOIN registry.entities service ON ((service.id = log.service_id)))
     LEFT JOIN registry.entities node ON ((node.id = log.node_id)));

-- Name: VIEW invocations; Type: COMMENT (api)

COMMENT ON VIEW api.invocations IS 'Calls that were logged: which tool by its present name and as called, who, where, when, how it went. Payloads: api.invocation_payload.';

-- Name: latest_invocations(text, text, text, integer, timestamp with time zone); Type: FUNCTION (api)

CREATE FUNCTION api.latest_invocations(tool text DEFAULT NULL::text, agent text DEFAULT NULL::text, status text DEFAULT NULL::text, max_results integer DEFAULT 20, before timestamp with time zone DEFAULT 'infinity'::timestamp with time zone) RETURNS SETOF api.invocations
    LANGUAGE plpgsql STABLE
    SET plan_cache_mode TO 'force_custom_plan'
    SET jit TO 'off'
    AS $$
DECLARE
    -- Beyond these there may be no time to go back to, and hardly a call: what is left is read at once.
    first_time CONSTANT timestamptz := '1900-01-01 00:00:00+00';
    longest CONSTANT interval := '10 years';
    width interval := '1 minute';
    beyond timestamptz := before;
    since timestamptz := least(before, now());
    -- The identities that are shown under the name, and those that are if they were called by it.
    tool_ids CONSTANT uuid[] := api.identities('Tool', tool);
    nameless_ids CONSTANT uuid[] := api.identities('Tool', NULL);
    wanted bigint := max_results;
    ids bigint[];
BEGIN
    IF status NOT IN ('success', 'failure', 'timeout', 'cancelled') THEN
        RAISE EXCEPTION 'status is "%"; expected success, failure, timeout or cancelled', left(status, 100)
        USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF max_results IS NULL OR max_results NOT BETWEEN 1 AND 1000 THEN
        RAISE EXCEPTION 'max_results is %; expected a number from 1 to 1000', coalesce(max_results::text, 'NULL')
        USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF before IS NULL THEN
        RAISE EXCEPTION 'before is NULL; expected a time, or infinity'
        USING ERRCODE = 'invalid_parameter_value';
    END IF;

    LOOP
        since := CASE WHEN since < first_time OR width > longest THEN '-infinity' ELSE since - width END;
        IF tool IS NULL THEN
            ids := ARRAY(
                SELECT log.id
                FROM runtime.invocation_logs AS log
                WHERE
                    log.started_at >= since
                    AND log.started_at < beyond
                    AND (latest_invocations.agent IS NULL OR log.agent = latest_invocations.agent)
                    AND (latest_invocations.status IS NULL OR log.status = latest_invocations.status)
                ORDER BY log.started_at DESC, log.id DESC
                LIMIT wanted
            );
        ELSE
            ids := ARRAY(
                SELECT found.id
                FROM (
                    SELECT
                        shown.id,
                        NULL AS called
                    FROM unnest(tool_ids) AS shown (id)
                    UNION ALL
                    SELECT
                        nameless.id,
                        latest_invocations.tool
                    FROM unnest(nameless_ids) AS nameless (id)
                ) AS identity
                -- One by one, since the index has the calls of one identity in the order of time.
                CROSS JOIN LATERAL (
                    SELECT
                        log.id,
                        log.started_at
                    FROM runtime.invocation_logs AS log
                    WHERE
                        log.tool_id = identity.id
                        AND (identity.called IS NULL OR log.tool = identity.called)
                        AND log.started_at >= since
                        AND log.started_at < beyond
                        AND (latest_invocations.agent IS NULL OR log.agent = latest_invocations.agent)
                        AND (latest_invocations.status IS NULL OR log.status = latest_invocations.status)
                    ORDER BY log.started_at DESC, log.id DESC
                    LIMIT wanted
                ) AS found
                UNION ALL
                SELECT log.id
                FROM runtime.invocation_logs AS log
                WHERE
                    log.tool_id IS NULL
                    AND log.tool = latest_invocations.tool
                    AND log.started_at >= since
                    AND log.started_at < beyond
                    AND (latest_invocations.agent IS NULL OR log.agent = latest_invocations.agent)
                    AND (latest_invocations.status IS NULL OR log.status = latest_invocations.status)
            );
        END IF;
        IF cardinality(ids) > 0 THEN
            RETURN QUERY
            SELECT shown.*
            FROM api.invocations AS shown
            WHERE shown.id = ANY (ids) AND shown.started_at >= since AND shown.started_at < beyond
            ORDER BY shown.started_at DESC, shown.id DESC
            LIMIT wanted;
            wanted := wanted - least(cardinality(ids), wanted);
        END IF;
        EXIT WHEN wanted = 0 OR since = '-infinity';
        beyond := since;
        width := width * 4;
    END LOOP;
END
$$;

-- Name: FUNCTION latest_invocations(tool text, agent text, status text, max_results integer, before timestamp with time zone); Type: COMMENT (api)

COMMENT ON FUNCTION api.latest_invocations(tool text, agent text, status text, max_results integer, before timestamp with time zone) IS 'The newest calls that started before a time, newest first, as api.invocations shows them: of a tool by its present name, of an agent, with a status. Fast for what happened lately and for a tool; an agent that called long ago is searched for in all logs since.';

-- Name: settings; Type: TABLE (runtime)

CREATE TABLE runtime.settings (
    only_row boolean DEFAULT true NOT NULL,
    keep_logs interval DEFAULT '90 days'::interval NOT NULL,
    keep_history interval,
    partitions_ahead bigint DEFAULT 7 NOT NULL,
    largest_payload bigint DEFAULT 65536 NOT NULL,
    orphan_grace interval DEFAULT '7 days'::interval NOT NULL,
    late_after interval DEFAULT '00:01:00'::interval NOT NULL,
    silent_after interval DEFAULT '00:05:00'::interval NOT NULL,
    caller_claim text DEFAULT 'sub'::text NOT NULL,
    CONSTRAINT a_node_is_late_before_it_is_silent CHECK (((late_after > '00:00:00'::interval) AND ((silent_after >= late_after) AND (silent_after <= '100 years'::interval)))),
    CONSTRAINT grace_is_not_negative CHECK (((orphan_grace >= '00:00:00'::interval) AND (orphan_grace <= '100 years'::interval))),
    CONSTRAINT history_is_kept_for_a_day_at_least CHECK (((keep_history >= '1 day'::interval) AND (keep_history <= '100 years'::interval))),
    CONSTRAINT logs_are_kept_for_a_day_at_least CHECK (((keep_logs >= '1 day'::interval) AND (keep_logs <= '100 years'::interval))),
    CONSTRAINT partitions_ahead_are_few CHECK (((partitions_ahead >= 1) AND (partitions_ahead <= 60))),
    CONSTRAINT payload_fits_a_row CHECK (((largest_payload >= 0) AND (largest_payload <= 16777216))),
    CONSTRAINT the_row_is_the_only_one CHECK (only_row)
);

-- Name: TABLE settings; Type: COMMENT (runtime)

COMMENT ON TABLE runtime.settings IS 'One row: how long things are kept, and how large they may be. An operator updates it.';

-- Name: COLUMN settings.keep_logs; Type: COMMENT (runtime)

COMMENT ON COLUMN runtime.settings.keep_logs IS 'Days of logs older than this are dropped by drop_expired_partitions.';

-- Name: COLUMN settings.keep_history; Type: COMMENT (runtime)

COMMENT ON COLUMN runtime.settings.keep_history IS 'Versions replaced longer ago than this are removed by purge_history; NULL, the default, keeps all.';

-- Name: COLUMN settings.partitions_ahead; Type: COMMENT (runtime)

COMMENT ON COLUMN runtime.settings.partitions_ahead IS 'For how many days to come ensure_partitions makes a table.';

-- Name: COLUMN settings.largest_payload; Type: COMMENT (runtime)

COMMENT ON COLUMN runtime.settings.largest_payload IS 'Bytes that the arguments, the result, the attributes or the metadata of one call or artifact may take as JSON text.';

-- Name: COLUMN settings.orphan_grace; Type: COMMENT (runtime)

COMMENT ON COLUMN runtime.settings.orphan_grace IS 'For how long an artifact stays after its tool was removed.';

-- Name: COLUMN settings.late_after; Type: COMMENT (runtime)

COMMENT ON COLUMN runtime.settings.late_after IS 'Age of the last heartbeat, for nodes whose manifest has no lateAfter.';

-- Name: COLUMN settings.silent_after; Type: COMMENT (runtime)

COMMENT ON COLUMN runtime.settings.silent_after IS 'Age of the last heartbeat, for nodes whose manifest has no silentAfter.';

-- Name: COLUMN settings.caller_claim; Type: COMMENT (runtime)

COMMENT ON COLUMN runtime.settings.caller_claim IS 'The claim in request.jwt.claims that names the caller, where the login is a member of toolreg_gateway.';

-- Name: log_cutoff(); Type: FUNCTION (api)

CREATE FUNCTION api.log_cutoff() RETURNS timestamp with time zone
    LANGUAGE sql STABLE
    RETURN (SELECT date_trunc('day'::text, (now() - settings.keep_logs), 'UTC'::text) AS date_trunc FROM runtime.settings settings);

-- Name: FUNCTION log_cutoff(); Type: COMMENT (api)

COMMENT ON FUNCTION api.log_cutoff() IS 'Internal: when the first day (UTC) began whose logs are kept. What began before has expired.';

-- Name: log_invocation(text, text, double precision, text, timestamp with time zone, text, text, text, text, text, text, text, text, bigint, bigint, bigint, jsonb, jsonb, jsonb); Type: FUNCTION (api)

CREATE FUNCTION api.log_invocation(tool text, status text, duration_ms double precision, agent text DEFAULT NULL::text, started_at timestamp with time zone DEFAULT NULL::timestamp with time zone, trace_id text DEFAULT NULL::text, span_id text DEFAULT NULL::text, parent_span_id text DEFAULT NULL::text, error_code text DEFAULT NULL::text, error_message text DEFAULT NULL::text, node text DEFAULT NULL::text, service text DEFAULT NULL::text, tool_version text DEFAULT NULL::text, attempt bigint DEFAULT 1, request_bytes bigint DEFAULT NULL::bigint, response_bytes bigint DEFAULT NULL::bigint, attributes jsonb DEFAULT NULL::jsonb, arguments jsonb DEFAULT NULL::jsonb, result jsonb DEFAULT NULL::jsonb) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
DECLARE
    clock timestamptz := clock_timestamp();
    largest bigint;
    problem text;
    given_service_id uuid;
    given_node_id uuid;
    logged bigint;
BEGIN
    IF num_nonnulls(attributes, arguments, result) > 0 THEN
        SELECT settings.largest_payload INTO largest FROM runtime.settings AS settings;
    END IF;
    problem := api.invocation_problem(
        tool, status, duration_ms, agent, started_at, trace_id, span_id, parent_span_id, error_code, node, service,
        tool_version, attempt, request_bytes, response_bytes, attributes, arguments, result, largest, clock
    );
    IF problem IS NOT NULL THEN
        RAISE EXCEPTION '%', problem USING ERRCODE = 'invalid_parameter_value';
    END IF;

    IF service IS NOT NULL THEN
        SELECT entity.id INTO given_service_id
        FROM registry.entities AS entity
        WHERE entity.kind = 'Service' AND entity.name = lower(log_invocation.service);
    END IF;
    IF node IS NOT NULL THEN
        SELECT entity.id INTO given_node_id
        FROM registry.entities AS entity
        WHERE entity.kind = 'Node' AND entity.name = lower(log_invocation.node);
    END IF;
    -- One statement and no join: each statement and each join more costs microseconds that are counted here.
    INSERT INTO runtime.invocation_logs (
        tool_id, tool, tool_version, agent, service_id, service, node_id, node, status, started_at, duration_ms,
        attempt, error_code, error_message, trace_id, span_id, parent_span_id, request_bytes, response_bytes,
        attributes, arguments, result
    )
    SELECT
        called.id,
        log_invocation.tool,
        coalesce(log_invocation.tool_version, called.version),
        coalesce(log_invocation.agent, registry.caller()),
        CASE
            WHEN log_invocation.service IS NOT NULL THEN given_service_id
            ELSE (
                SELECT entity.id
                FROM registry.entities AS entity
                WHERE entity.kind = 'Service' AND entity.name = called.service
            )
        END,
        CASE WHEN given_service_id IS NULL THEN log_invocation.service END,
        CASE
            WHEN log_invocation.node IS NOT NULL THEN given_node_id
            ELSE (
                SELECT entity.id
                FROM registry.entities AS entity
                WHERE entity.kind = 'Node' AND entity.name = called.node
            )
        END,
        CASE WHEN given_node_id IS NULL THEN log_invocation.node END,
        log_invocation.status,
        coalesce(log_invocation.started_at, clock - log_invocation.duration_ms * interval '1 millisecond'),
        log_invocation.duration_ms,
        coalesce(log_invocation.attempt, 1),
        log_invocation.error_code,
        left(log_invocation.error_message, 2000),
        log_invocation.trace_id,
        log_invocation.span_id,
        log_invocation.parent_span_id,
        log_invocation.request_bytes,
        log_invocation.response_bytes,
        log_invocation.attributes,
        log_invocation.arguments,
        log_invocation.result
    FROM registry.tools AS called
    WHERE called.name = lower(log_invocation.tool)
    RETURNING id INTO logged;
    IF FOUND THEN
        RETURN logged;
    END IF;

    -- No declared tool has this name. A batch of one looks further, and logs the call in any case.
    RETURN (api.log_invocations(jsonb_build_array(jsonb_build_object(
        'tool', tool, 'status', status, 'duration_ms', duration_ms, 'agent', agent, 'started_at', started_at,
        'trace_id', trace_id, 'span_id', span_id, 'parent_span_id', parent_span_id, 'error_code', error_code,
        'error_message', error_message, 'node', node, 'service', service, 'tool_version', tool_version,
        'attempt', attempt, 'request_bytes', request_bytes, 'response_bytes', response_bytes,
        'attributes', attributes, 'arguments', arguments, 'result', result
    ))))[1];
END
$$;

-- Name: FUNCTION log_invocation(tool text, status text, duration_ms double precision, agent text, started_at timestamp with time zone, trace_id text, span_id text, parent_span_id text, error_code text, error_message text, node text, service text, tool_version text, attempt bigint, request_bytes bigint, response_bytes bigint, attributes jsonb, arguments jsonb, result jsonb); Type: COMMENT (api)

COMMENT ON FUNCTION api.log_invocation(tool text, status text, duration_ms double precision, agent text, started_at timestamp with time zone, trace_id text, span_id text, parent_span_id text, error_code text, error_message text, node text, service text, tool_version text, attempt bigint, request_bytes bigint, response_bytes bigint, attributes jsonb, arguments jsonb, result jsonb) IS 'Log one call of a tool; returns its id. Version, service and node are those that the tool declares where none is given; a name that is not declared is kept as it is, and a start that is not given is now less the duration.';

-- Name: log_invocations(jsonb); Type: FUNCTION (api)

CREATE FUNCTION api.log_invocations(calls jsonb) RETURNS bigint[]
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
DECLARE
    clock timestamptz := clock_timestamp();
    -- 64 MiB: room for the three payloads of a call, each of the largest size that can be set.
    most CONSTANT bigint := 67108864;
    amount bigint;
    size bigint;
    largest bigint;
    problem text;
    ids bigint [];
BEGIN
    IF calls IS NULL OR jsonb_typeof(calls) <> 'array' THEN
        RAISE EXCEPTION 'calls is %; expected an array of objects', coalesce(left(calls::text, 100), 'missing')
        USING ERRCODE = 'invalid_parameter_value';
    END IF;
    amount := jsonb_array_length(calls);
    IF amount > 10000 THEN
        RAISE EXCEPTION 'calls is an array of %; expected at most 10000', amount
        USING ERRCODE = 'invalid_parameter_value';
    END IF;
    size := octet_length(calls::text);
    IF size > most THEN
        RAISE EXCEPTION 'calls is JSON of % bytes; expected at most %', size, most
        USING ERRCODE = 'invalid_parameter_value';
    END IF;

    -- What is no value of its type would be refused by a cast, which knows neither the index nor the argument.
    SELECT found.problem INTO problem FROM api.problem_of_types(calls) AS found;
    IF problem IS NOT NULL THEN
        RAISE EXCEPTION '%', problem USING ERRCODE = 'invalid_parameter_value';
    END IF;

    -- Arguments have the names and types of the columns; a key that is none of them was refused above.
    SELECT settings.largest_payload INTO largest FROM runtime.settings AS settings;
    SELECT format('calls[%s].%s', call.ordinality - 1, found.problem)
    INTO problem
    FROM jsonb_populate_recordset(NULL::runtime.invocation_logs, calls) WITH ORDINALITY AS call
    CROSS JOIN LATERAL (
        SELECT api.invocation_problem(
            call.tool, call.status, call.duration_ms, call.agent, call.started_at, call.trace_id, call.span_id,
            call.parent_span_id, call.error_code, call.node, call.service, call.tool_version, call.attempt,
            call.request_bytes, call.response_bytes, call.attributes, call.arguments, call.result, largest, clock
        ) AS problem
        -- Found before what was found is sorted, so that no payload is carried through the sort.
        OFFSET 0
    ) AS found
    WHERE found.problem IS NOT NULL
    ORDER BY call.ordinality
    LIMIT 1;
    IF problem IS NOT NULL THEN
        RAISE EXCEPTION '%', problem USING ERRCODE = 'invalid_parameter_value';
    END IF;

    -- Taken beforehand, since rows need not be inserted in the order in which they came.
    ids := ARRAY(SELECT nextval('runtime.invocation_logs_id_seq') FROM generate_series(1, amount));
    INSERT INTO runtime.invocation_logs (
        id, tool_id, tool, tool_version, agent, service_id, service, node_id, node, status, started_at, duration_ms,
        attempt, error_code, error_message, trace_id, span_id, parent_span_id, request_bytes, response_bytes,
        attributes, arguments, result
    )
    SELECT
        ids[call.ordinality],
        coalesce(declared.id, other.id),
        call.tool,
        coalesce(call.tool_version, declared.version, other.version),
        coalesce(call.agent, registry.caller()),
        service_entity.id,
        CASE WHEN service_entity.id IS NULL THEN call.service END,
        node_entity.id,
        CASE WHEN node_entity.id IS NULL THEN call.node END,
        call.status,
        coalesce(call.started_at, clock - call.duration_ms * interval '1 millisecond'),
        call.duration_ms,
        coalesce(call.attempt, 1),
        call.error_code,
        left(call.error_message, 2000),
        call.trace_id,
        call.span_id,
        call.parent_span_id,
        call.request_bytes,
        call.response_bytes,
        call.attributes,
        call.arguments,
        call.result
    FROM jsonb_populate_recordset(NULL::runtime.invocation_logs, calls) WITH ORDINALITY AS call
    LEFT JOIN registry.tools AS declared ON declared.name = lower(call.tool)
    -- Nothing is looked up where the name was found.
    LEFT JOIN LATERAL api.tool_of_other_name(
        CASE WHEN declared.id IS NULL THEN call.tool END, call.service
    ) AS other ON true
    LEFT JOIN registry.entities AS service_entity
        ON service_entity.kind = 'Service'
        AND service_entity.name = lower(coalesce(call.service, declared.service, other.service))
    LEFT JOIN registry.entities AS node_entity
        ON node_entity.kind = 'Node'
        AND node_entity.name = lower(coalesce(call.node, declared.node, other.node));
    RETURN ids;
END
$$;

-- Name: FUNCTION log_invocations(calls jsonb); Type: COMMENT (api)

COMMENT ON FUNCTION api.log_invocations(calls jsonb) IS 'Log up to 10,000 calls, together at most 64 MiB of JSON, in one statement, all or none; returns their ids in the same order. Each is an object whose keys are the arguments of log_invocation; an error names the first wrong one, counted from zero: calls[3].status.';

-- Name: matching_calls(timestamp with time zone, timestamp with time zone, text, uuid[], text, text, uuid[], text, uuid[], uuid[], uuid[]); Type: FUNCTION (api)

CREATE FUNCTION api.matching_calls(since timestamp with time zone, until timestamp with time zone, of_tool text, tool_ids uuid[], of_agent text, of_service text, service_ids uuid[], of_node text, node_ids uuid[], category_ids uuid[], nameless_ids uuid[]) RETURNS TABLE(started_at timestamp with time zone, duration_ms double precision, recorded_xid bigint, tool_id uuid, service_id uuid, node_id uuid, tool text, tool_version text, agent text, service text, node text, status text, error_code text, error_message text, id bigint)
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$
SELECT
    call.started_at,
    call.duration_ms,
    call.recorded_xid,
    call.tool_id,
    call.service_id,
    call.node_id,
    call.tool,
    call.tool_version,
    call.agent,
    call.service,
    call.node,
    call.status,
    call.error_code,
    call.error_message,
    call.id
FROM runtime.invocation_logs AS call
WHERE
    since < until
    AND call.started_at >= since
    AND call.started_at < until
    AND (of_tool IS NULL OR call.tool_id = ANY (tool_ids))
    AND (of_agent IS NULL OR call.agent = of_agent)
    AND (
        of_service IS NULL
        OR call.service_id = ANY (service_ids)
        OR (call.service = of_service AND (call.service_id IS NULL OR call.service_id = ANY (nameless_ids)))
    )
    AND (
        of_node IS NULL
        OR call.node_id = ANY (node_ids)
        OR (call.node = of_node AND (call.node_id IS NULL OR call.node_id = ANY (nameless_ids)))
    )
    AND (category_ids IS NULL OR call.tool_id = ANY (category_ids))
UNION ALL
-- Apart from the others, which are then read from the index alone.
SELECT
    call.started_at,
    call.duration_ms,
    call.recorded_xid,
    call.tool_id,
    call.service_id,
    call.node_id,
    call.tool,
    call.tool_version,
    call.agent,
    call.service,
    call.node,
    call.status,
    call.error_code,
    call.error_message,
    call.id
FROM runtime.invocation_logs AS call
WHERE
    since < until
    AND call.started_at >= since
    AND call.started_at < until
    AND call.tool = of_tool
    AND (call.tool_id IS NULL OR call.tool_id = ANY (nameless_ids))
    AND (of_agent IS NULL OR call.agent = of_agent)
    AND (
        of_service IS NULL
        OR call.service_id = ANY (service_ids)
        OR (call.service = of_service AND (call.service_id IS NULL OR call.service_id = ANY (nameless_ids)))
    )
    AND (
        of_node IS NULL
        OR call.node_id = ANY (node_ids)
        OR (call.node = of_node AND (call.node_id IS NULL OR call.node_id = ANY (nameless_ids)))
    )
    AND (category_ids IS NULL OR call.tool_id = ANY (category_ids))
$$;

-- Name: FUNCTION matching_calls(since timestamp with time zone, until timestamp with time zone, of_tool text, tool_ids uuid[], of_agent text, of_service text, service_ids uuid[], of_node text, node_ids uuid[], category_ids uuid[], nameless_ids uuid[]); Type: COMMENT (api)

COMMENT ON FUNCTION api.matching_calls(since timestamp with time zone, until timestamp with time zone, of_tool text, tool_ids uuid[], of_agent text, of_service text, service_ids uuid[], of_node text, node_ids uuid[], category_ids uuid[], nameless_ids uuid[]) IS 'Internal: raw calls of a window that filters let through.';

-- Name: matching_series(text, text, text, text, text); Type: FUNCTION (api)

CREATE FUNCTION api.matching_series(tool text, agent text, service text, node text, category text) RETURNS bigint[]
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    AS $$
BEGIN
    IF num_nonnulls(tool, agent, service, node, category) = 0 THEN
        RETURN NULL;
    END IF;
    RETURN ARRAY(
        SELECT series.id
        FROM runtime.series AS series
        LEFT JOIN registry.entities AS called ON called.id = series.tool_id
        LEFT JOIN registry.entities AS serving ON serving.id = series.service_id
        LEFT JOIN registry.entities AS running ON running.id = series.node_id
        LEFT JOIN registry.tools AS declared ON declared.id = series.tool_id
        WHERE
            (matching_series.tool IS NULL OR coalesce(called.name, series.tool) = matching_series.tool)
            AND (matching_series.agent IS NULL OR series.agent = matching_series.agent)
            AND (matching_series.service IS NULL OR coalesce(serving.name, series.service) = matching_series.service)
            AND (matching_series.node IS NULL OR coalesce(running.name, series.node) = matching_series.node)
            AND (matching_series.category IS NULL OR declared.category = matching_series.category)
    );
END
$$;

-- Name: FUNCTION matching_series(tool text, agent text, service text, node text, category text); Type: COMMENT (api)

COMMENT ON FUNCTION api.matching_series(tool text, agent text, service text, node text, category text) IS 'Internal: the series of the rollups that filters let through; NULL, for all, where there is no filter.';

-- Name: measured_calls(text, timestamp with time zone, timestamp with time zone, interval, text, text, text, text, text); Type: FUNCTION (api)

CREATE FUNCTION api.measured_calls(dimension text, since timestamp with time zone, until timestamp with time zone, bucket interval, tool text, agent text, service text, node text, category text) RETURNS TABLE(at timestamp with time zone, name text, total bigint, successful bigint, failed bigint, timed_out bigint, cancelled bigint, success_percent numeric, failure_percent numeric, mean_ms numeric, p50_ms numeric, p95_ms numeric, p99_ms numeric, max_ms numeric, last_call_at timestamp with time zone)
    LANGUAGE sql STABLE
    AS $$
WITH found AS (
    SELECT
        counts.at,
        counts.tool_name,
        counts.version_name,
        counts.agent_name,
        counts.service_name,
        counts.node_name,
        counts.category_name,
        counts.calls,
        counts.successes,
        counts.timeouts,
        counts.cancellations,
        counts.duration_ms_sum,
        counts.duration_ms_max,
        counts.last_started_at,
        NULL::smallint AS duration_bucket,
        NULL::bigint AS bucket_calls
    FROM api.call_counts(since, until, bucket, tool, agent, service, node, category) AS counts
    UNION ALL
    SELECT
        durations.at,
        durations.tool_name,
        durations.version_name,
        durations.agent_name,
        durations.service_name,
        durations.node_name,
        durations.category_name,
        NULL,
        NULL,
        NULL,
        NULL,
        NULL,
        NULL,
        NULL,
        durations.duration_bucket,
        durations.calls
    FROM api.call_durations(
        since, until, bucket, dimension <> 'all', tool, agent, service, node, category
    ) AS durations
),

measured AS (
    SELECT
        found.at,
        CASE dimension
            WHEN 'tool' THEN found.tool_name
            WHEN 'version' THEN concat_ws(' ', found.tool_name, found.version_name)
            WHEN 'agent' THEN found.agent_name
            WHEN 'service' THEN found.service_name
            WHEN 'node' THEN found.node_name
            WHEN 'category' THEN found.category_name
        END AS name,
        sum(found.calls)::bigint AS calls,
        sum(found.successes)::bigint AS successes,
        sum(found.timeouts)::bigint AS timeouts,
        sum(found.cancellations)::bigint AS cancellations,
        sum(found.duration_ms_sum) AS duration_ms_sum,
        max(found.duration_ms_max) AS duration_ms_max,
        max(found.last_started_at) AS last_started_at,
        array_agg(found.duration_bucket) FILTER (WHERE found.duration_bucket IS NOT NULL) AS buckets,
        array_agg(found.bucket_calls) FILTER (WHERE found.duration_bucket IS NOT NULL) AS bucket_calls
    FROM found
    GROUP BY 1, 2
)

SELECT
    measured.at,
    measured.name,
    measured.calls,
    measured.successes,
    measured.calls - measured.successes,
    measured.timeouts,
    measured.cancellations,
    round(100.0 * measured.successes / measured.calls, 2),
    round(100.0 * (measured.calls - measured.successes) / measured.calls, 2),
    round((measured.duration_ms_sum / measured.calls)::numeric, 3),
    round(least(latency.p50, measured.duration_ms_max)::numeric, 3),
    round(least(latency.p95, measured.duration_ms_max)::numeric, 3),
    round(least(latency.p99, measured.duration_ms_max)::numeric, 3),
    round(measured.duration_ms_max::numeric, 3),
    measured.last_started_at
FROM measured
CROSS JOIN LATERAL (
    SELECT
        api.histogram_percentile(0.50, measured.buckets, measured.bucket_calls) AS p50,
        api.histogram_percentile(0.95, measured.buckets, measured.bucket_calls) AS p95,
        api.histogram_percentile(0.99, measured.buckets, measured.bucket_calls) AS p99
) AS latency
WHERE measured.calls IS NOT NULL
$$;

-- Name: FUNCTION measured_calls(dimension text, since timestamp with time zone, until timestamp with time zone, bucket interval, tool text, agent text, service text, node text, category text); Type: COMMENT (api)

COMMENT ON FUNCTION api.measured_calls(dimension text, since timestamp with time zone, until timestamp with time zone, bucket interval, tool text, agent text, service text, node text, category text) IS 'Internal: the measures of analytics for each group (tool, version, agent, service, node, category, or all) and bucket of time.';

-- Name: objectives(timestamp with time zone, timestamp with time zone); Type: FUNCTION (api)

CREATE FUNCTION api.objectives(since timestamp with time zone DEFAULT (now() - '30 days'::interval), until timestamp with time zone DEFAULT 'infinity'::timestamp with time zone) RETURNS TABLE(tool text, owner text, calls bigint, declared_success_rate numeric, success_rate numeric, success_rate_holds boolean, error_budget_left numeric, declared_p95_ms numeric, p95_ms numeric, p95_holds boolean)
    LANGUAGE sql STABLE
    AS $_$
SELECT
    declared.name,
    declared.owner,
    coalesce(measured.total, 0),
    objective.success_rate,
    round(measured.successful::numeric / measured.total, 6),
    measured.successful >= objective.success_rate * measured.total,
    CASE
        WHEN objective.success_rate < 1
            THEN round(1 - measured.failed / ((1 - objective.success_rate) * measured.total), 4)
        -- Where nothing may fail, there is no part of it to be left.
        WHEN objective.success_rate = 1 AND measured.failed = 0 THEN 1
        WHEN objective.success_rate = 1 AND measured.failed > 0 THEN 0
    END,
    objective.p95_ms,
    measured.p95_ms,
    measured.p95_ms <= objective.p95_ms
FROM registry.tools AS declared
CROSS JOIN LATERAL (
    SELECT
        substring(declared.manifest #>> '{spec,objectives,successRate}' FROM said.number)::numeric AS success_rate,
        substring(declared.manifest #>> '{spec,objectives,p95LatencyMs}' FROM said.number)::numeric AS p95_ms
    -- A manifest that was changed by hand may say anything.
    FROM (VALUES ('^[0-9]{1,9}(?:[.][0-9]{1,18})?(?:[eE][-+]?[0-9]{1,2})?$')) AS said (number)
) AS objective
LEFT JOIN api.measured_calls('tool', since, until, NULL, NULL, NULL, NULL, NULL, NULL) AS measured
    ON measured.name = declared.name
ORDER BY declared.name
$_$;

-- Name: FUNCTION objectives(since timestamp with time zone, until timestamp with time zone); Type: COMMENT (api)

COMMENT ON FUNCTION api.objectives(since timestamp with time zone, until timestamp with time zone) IS 'What each declared tool promises beside what it did: success rate (0 to 1), p95 in ms (the smallest duration that at least 95 % of calls did not exceed, within 5 %), whether each holds, and the fraction of the error budget that is left, below 0 where more failed than was allowed. NULL where nothing is declared or nothing was called.';

-- Name: orchestration_analytics(timestamp with time zone, timestamp with time zone, text, text, text, text, text); Type: FUNCTION (api)

CREATE FUNCTION api.orchestration_analytics(since timestamp with time zone DEFAULT '-infinity'::timestamp with time zone, until timestamp with time zone DEFAULT 'infinity'::timestamp with time zone, tool text DEFAULT NULL::text, agent text DEFAULT NULL::text, service text DEFAULT NULL::text, node text DEFAULT NULL::text, category text DEFAULT NULL::text) RETURNS TABLE(total bigint, successful bigint, failed bigint, timed_out bigint, cancelled bigint, success_percent numeric, failure_percent numeric, mean_ms numeric, p50_ms numeric, p95_ms numeric, p99_ms numeric, max_ms numeric, most_active_agent text, most_active_agent_calls bigint, most_used_tool text, most_used_tool_calls bigint, last_call_at timestamp with time zone)
    LANGUAGE sql STABLE
    AS $$
WITH counts AS MATERIALIZED (
    SELECT found.*
    FROM api.call_counts(since, until, NULL, tool, agent, service, node, category) AS found
),

totals AS (
    SELECT
        coalesce(sum(counts.calls), 0)::bigint AS calls,
        coalesce(sum(counts.successes), 0)::bigint AS successes,
        coalesce(sum(counts.timeouts), 0)::bigint AS timeouts,
        coalesce(sum(counts.cancellations), 0)::bigint AS cancellations,
        sum(counts.duration_ms_sum) AS duration_ms_sum,
        max(counts.duration_ms_max) AS duration_ms_max,
        max(counts.last_started_at) AS last_started_at
    FROM counts
),

latencies AS (
    SELECT
        api.histogram_percentile(0.50, histogram.buckets, histogram.calls) AS p50_ms,
        api.histogram_percentile(0.95, histogram.buckets, histogram.calls) AS p95_ms,
        api.histogram_percentile(0.99, histogram.buckets, histogram.calls) AS p99_ms
    FROM (
        SELECT
            array_agg(found.duration_bucket) AS buckets,
            array_agg(found.calls) AS calls
        FROM api.call_durations(since, until, NULL, false, tool, agent, service, node, category) AS found
    ) AS histogram
),

agents AS (
    SELECT
        counts.agent_name AS name,
        sum(counts.calls)::bigint AS calls
    FROM counts
    GROUP BY counts.agent_name
    ORDER BY 2 DESC, 1
    LIMIT 1
),

tools AS (
    SELECT
        counts.tool_name AS name,
        sum(counts.calls)::bigint AS calls
    FROM counts
    GROUP BY counts.tool_name
    ORDER BY 2 DESC, 1
    LIMIT 1
)

SELECT
    totals.calls,
    totals.successes,
    totals.calls - totals.successes,
    totals.timeouts,
    totals.cancellations,
    round(100.0 * totals.successes / nullif(totals.calls, 0), 2),
    round(100.0 * (totals.calls - totals.successes) / nullif(totals.calls, 0), 2),
    round((totals.duration_ms_sum / nullif(totals.calls, 0))::numeric, 3),
    round(least(latencies.p50_ms, totals.duration_ms_max)::numeric, 3),
    round(least(latencies.p95_ms, totals.duration_ms_max)::numeric, 3),
    round(least(latencies.p99_ms, totals.duration_ms_max)::numeric, 3),
    round(totals.duration_ms_max::numeric, 3),
    agents.name,
    agents.calls,
    tools.name,
    tools.calls,
    totals.last_started_at
FROM totals
CROSS JOIN latencies
LEFT JOIN agents ON true
LEFT JOIN tools ON true
$$;

-- Name: FUNCTION orchestration_analytics(since timestamp with time zone, until timestamp with time zone, tool text, agent text, service text, node text, category text); Type: COMMENT (api)

COMMENT ON FUNCTION api.orchestration_analytics(since timestamp with time zone, until timestamp with time zone, tool text, agent text, service text, node text, category text) IS 'Everything that was called in a window: totals, shares in percent, mean and percentiles in ms, the most active agent and the most used tool. Failed is what did not succeed, timeouts and cancellations included. A percentile is the smallest duration that at least that share of calls did not exceed, within 5 %.';

-- Name: parameter_types(jsonb); Type: FUNCTION (api)

CREATE FUNCTION api.parameter_types(schema jsonb) RETURNS text[]
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN (schema = 'false'::jsonb) THEN ARRAY[]::text[] WHEN (jsonb_typeof((schema -> 'type'::text)) = 'string'::text) THEN ARRAY[(schema ->> 'type'::text)] WHEN (jsonb_typeof((schema -> 'type'::text)) = 'array'::text) THEN ARRAY(SELECT kind.value FROM jsonb_array_elements_text((parameter_types.schema -> 'type'::text)) kind(value)) WHEN (schema ? 'const'::text) THEN ARRAY[jsonb_typeof((schema -> 'const'::text))] WHEN (jsonb_typeof((schema -> 'enum'::text)) = 'array'::text) THEN ARRAY(SELECT DISTINCT jsonb_typeof(allowed.value) AS jsonb_typeof FROM jsonb_array_elements((parameter_types.schema -> 'enum'::text)) allowed(value)) ELSE ARRAY['array'::text, 'boolean'::text, 'integer'::text, 'null'::text, 'number'::text, 'object'::text, 'string'::text] END;

-- Name: FUNCTION parameter_types(schema jsonb); Type: COMMENT (api)

COMMENT ON FUNCTION api.parameter_types(schema jsonb) IS 'Internal to the searches by schema: the JSON types that a schema allows by its type, const or enum; all, where it says nothing.';

-- Name: plain_blanks(text); Type: FUNCTION (api)

CREATE FUNCTION api.plain_blanks(query text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN translate(query, '	

                 　'::text, repeat(' '::text, 24));

-- Name: FUNCTION plain_blanks(query text); Type: COMMENT (api)

COMMENT ON FUNCTION api.plain_blanks(query text) IS 'Internal to search_words: a text with a space for each blank of Unicode.';

-- Name: problem_of_types(jsonb); Type: FUNCTION (api)

CREATE FUNCTION api.problem_of_types(calls jsonb) RETURNS TABLE(problem text)
    LANGUAGE sql STABLE
    AS $$
    SELECT format('calls[%s]%s', call.position - 1, found.problem) AS problem
    FROM jsonb_array_elements(problem_of_types.calls) WITH ORDINALITY AS call (content, position)
    CROSS JOIN LATERAL (
        SELECT CASE
            WHEN jsonb_typeof(call.content) <> 'object'
                THEN format(' is %s; expected an object', left(call.content::text, 100))
            -- Before its values are looked at: then there are no more of them than there are arguments.
            WHEN call.content - known.arguments <> '{}'
                THEN format(
                    ' has the key "%s"; expected the arguments of log_invocation',
                    left((SELECT min(key.name) FROM jsonb_object_keys(call.content - known.arguments) AS key (name)), 100)
                )
            ELSE (
                SELECT wrong.problem
                FROM jsonb_each(call.content) AS argument (name, value)
                CROSS JOIN LATERAL (
                    SELECT CASE
                    WHEN argument.name IN (
                        'tool', 'status', 'agent', 'trace_id', 'span_id', 'parent_span_id', 'error_code', 'error_message',
                        'node', 'service', 'tool_version'
                    ) THEN CASE WHEN jsonb_typeof(argument.value) NOT IN ('string', 'null')
                        THEN format('.%s is %s; expected a string', argument.name, left(argument.value::text, 100))
                    END
                    WHEN argument.name = 'duration_ms' THEN CASE
                        WHEN jsonb_typeof(argument.value) = 'null' THEN NULL
                        -- Beyond these a double precision has no number, or only zero.
                        WHEN jsonb_typeof(argument.value) = 'number' THEN CASE
                            WHEN argument.value::numeric <> 0 AND abs(argument.value::numeric) NOT BETWEEN 1e-300 AND 1e300
                                THEN format(
                                    '.duration_ms is %s; expected milliseconds from 0 to 3155760000000, a hundred years',
                                    left(argument.value::text, 100)
                                )
                        END
                        ELSE format('.duration_ms is %s; expected a number', left(argument.value::text, 100))
                    END
                    WHEN argument.name IN ('attempt', 'request_bytes', 'response_bytes') THEN CASE
                        WHEN jsonb_typeof(argument.value) = 'null' THEN NULL
                        WHEN jsonb_typeof(argument.value) = 'number' THEN CASE
                            WHEN abs(argument.value::numeric) > 9223372036854775807
                                OR argument.value::numeric <> trunc(argument.value::numeric)
                                THEN format(
                                    '.%s is %s; expected a whole number', argument.name, left(argument.value::text, 100)
                                )
                        END
                        ELSE format('.%s is %s; expected a whole number', argument.name, left(argument.value::text, 100))
                    END
                    WHEN argument.name = 'started_at' THEN CASE
                        WHEN jsonb_typeof(argument.value) = 'null' THEN NULL
                        WHEN jsonb_typeof(argument.value) = 'string' AND api.is_time(argument.value #>> '{}') THEN NULL
                        ELSE format(
                            '.started_at is %s; expected a time since 1900 with its zone, such as 2026-11-22T10:00:00Z',
                            left(argument.value::text, 100)
                        )
                    END
                    END AS problem
                ) AS wrong
                WHERE wrong.problem IS NOT NULL
                ORDER BY argument.name
                LIMIT 1
            )
        END AS problem
        FROM (
            VALUES (
                ARRAY[
                    'tool', 'status', 'duration_ms', 'agent', 'started_at', 'trace_id', 'span_id', 'parent_span_id',
                    'error_code', 'error_message', 'node', 'service', 'tool_version', 'attempt', 'request_bytes',
                    'response_bytes', 'attributes', 'arguments', 'result'
                ]
            )
        ) AS known (arguments)
        -- Found before what was found is sorted, so that no call is carried through the sort.
        OFFSET 0
    ) AS found
    WHERE found.problem IS NOT NULL
    ORDER BY call.position
    LIMIT 1
$$;

-- Name: FUNCTION problem_of_types(calls jsonb); Type: COMMENT (api)

COMMENT ON FUNCTION api.problem_of_types(calls jsonb) IS 'Internal: the first thing in a batch of calls that is no value of the type of its argument, or no argument at all.';

-- Name: purge_history(uuid, uuid); Type: FUNCTION (api)

CREATE FUNCTION api.purge_history(first uuid, last uuid) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
DECLARE
    removed bigint;
    known_from bigint;
    settled bigint;
BEGIN
    -- Not in the header of the function: to set an unknown setting there, PostgreSQL asks for a superuser. An error takes the
    -- setting back with everything else that was done since.
    PERFORM set_config('toolreg.purging', 'on', true);
    WITH gone AS (
        DELETE FROM registry.history AS version
        USING api.replaced_versions AS replaced
        WHERE
            version.entity_id = replaced.entity_id
            AND version.revision = replaced.revision
            AND replaced.entity_id BETWEEN first AND last
        RETURNING replaced.replaced_by
    )

    SELECT
        count(*),
        max(gone.replaced_by)
    INTO removed, known_from
    FROM gone;
    -- Before a version was replaced, it was declared.
    IF known_from IS NOT NULL THEN
        INSERT INTO registry.horizon AS horizon (revision)
        VALUES (known_from)
        ON CONFLICT (only_row) DO UPDATE SET revision = greatest(horizon.revision, excluded.revision);
    END IF;
    DELETE FROM registry.relocations AS relocation
    USING registry.horizon AS horizon
    WHERE
        relocation.entity_id BETWEEN first AND last
        AND relocation.revision < horizon.revision
        AND (
            EXISTS (
                SELECT FROM registry.history AS later
                WHERE
                    later.entity_id = relocation.entity_id
                    AND later.revision > relocation.revision
                    AND later.revision <= horizon.revision
            )
            OR EXISTS (
                SELECT FROM registry.relocations AS later
                WHERE
                    later.entity_id = relocation.entity_id
                    AND later.revision > relocation.revision
                    AND later.revision <= horizon.revision
            )
        );
    DELETE FROM registry.hand_changes AS change
    USING api.settled_hand_changes AS old
    WHERE change.id = old.id AND old.entity_id BETWEEN first AND last;
    GET DIAGNOSTICS settled = ROW_COUNT;
    PERFORM set_config('toolreg.purging', '', true);
    RETURN format('removed %s versions', removed)
        || CASE WHEN settled > 0 THEN format(' and %s records of changes by hand', settled) ELSE '' END;
END
$$;

-- Name: FUNCTION purge_history(first uuid, last uuid); Type: COMMENT (api)

COMMENT ON FUNCTION api.purge_history(first uuid, last uuid) IS 'Removes those of api.replaced_versions and api.settled_hand_changes whose identity is in this range, both ends included. Says how many. What was declared before one of these versions was replaced is not known any more then: api.registry_at says so.';

-- Name: rank_tools(text, text, text, text, text, integer); Type: FUNCTION (api)

CREATE FUNCTION api.rank_tools(query text, category text, tag text, owner text, lifecycle text, max_results integer) RETURNS TABLE(id uuid, score double precision)
    LANGUAGE plpgsql STABLE ROWS 10
    SET jit TO 'off'
    AS $$
#variable_conflict use_column
DECLARE
    -- What a word counts in a parameter or example, in the description, in a tag, in the name or title. ts_rank adds
    -- repetitions with 1/n^2, so that a word repeated for ever counts 1.64 times: what BM25 calls saturation.
    weights CONSTANT real[] := '{0.4, 0.6, 0.8, 1}';
    -- What a word counts that only begins with the same four letters: payable and payment, analyst and analyze.
    alike CONSTANT double precision := 0.5;
    -- By how much a long text counts less: each word of it is less of a choice. Names are no text.
    length_matters CONSTANT double precision := 0.15;
    -- So few tools are all looked at, and counted exactly for each word. Among more, rare words choose which.
    few CONSTANT bigint := 1000;
    words CONSTANT tsvector := api.search_words(query);
    total double precision;
    room double precision;
    wholes tsquery[];
    beginnings tsquery[];
    whole_weights double precision[];
    beginning_weights double precision[];
    choices text[];
    costs double precision[];
    chosen tsquery;
    left_out bigint;
    ids uuid[];
    scores double precision[];
BEGIN
    IF max_results IS NULL OR max_results NOT BETWEEN 1 AND 1000 THEN
        RAISE EXCEPTION 'max_results is %; expected a number from 1 to 1000', coalesce(max_results::text, 'NULL')
        USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF lifecycle NOT IN ('experimental', 'active', 'deprecated', 'retired') THEN
        RAISE EXCEPTION 'lifecycle is "%"; expected experimental, active, deprecated or retired', left(lifecycle, 100)
        USING ERRCODE = 'invalid_parameter_value';
    END IF;

    -- No text: the filters alone choose.
    IF query IS NULL OR btrim(api.plain_blanks(query)) = '' THEN
        RETURN QUERY
        SELECT
            tool.id,
            0::double precision
        FROM registry.tools AS tool
        WHERE
            (rank_tools.category IS NULL OR tool.category = rank_tools.category)
            AND (rank_tools.owner IS NULL OR tool.owner = rank_tools.owner)
            AND CASE
                WHEN rank_tools.lifecycle IS NULL THEN tool.lifecycle <> 'retired'
                ELSE tool.lifecycle = rank_tools.lifecycle
            END
            AND (
                rank_tools.tag IS NULL
                OR tool.id IN (SELECT tagged.tool_id FROM registry.tool_tags AS tagged WHERE tagged.tag = rank_tools.tag)
            )
        ORDER BY tool.name
        LIMIT max_results;
        RETURN;
    END IF;
    IF length(words) = 0 THEN
        RETURN;
    END IF;

    SELECT count(*) INTO total FROM (SELECT FROM registry.tools LIMIT few + 1) AS tool;
    IF total > few THEN
        SELECT greatest(total, class.reltuples) INTO total
        FROM pg_catalog.pg_class AS class
        WHERE class.oid = 'registry.tools'::regclass;
    END IF;
    -- One in a hundred: a search of all 100,000 tools of the benchmark gives the same ten.
    room := few + total / 100;

    WITH asked AS (
        SELECT
            word.lexeme,
            '''' || replace(replace(word.lexeme, E'\\', E'\\\\'), '''', '''''') || '''' AS whole,
            CASE
                WHEN length(word.lexeme) >= 4 THEN left(word.lexeme, 4)
            END AS beginning,
            -- A word that is repeated is meant more, but not as often as it is repeated.
            sqrt(cardinality(word.positions)) AS times
        FROM unnest(words) AS word
        ORDER BY word.positions[1]
        LIMIT 100
    ),
    -- Among many tools, what ANALYZE saw of the commonest thousand words. The others are counted, since they are rare.
    common AS MATERIALIZED (
        SELECT
            word.lexeme,
            word.frequency * total AS tools
        FROM pg_catalog.pg_stats AS stats
        CROSS JOIN LATERAL unnest(stats.most_common_elems::text::text[], stats.most_common_elem_freqs)
        AS word (lexeme, frequency)
        WHERE
            total > few
            AND stats.schemaname = 'registry'
            AND stats.tablename = 'tools'
            AND stats.attname = 'search'
            AND word.lexeme IS NOT NULL
    ),
    quoted AS (
        SELECT
            asked.*,
            '''' || replace(replace(asked.beginning, E'\\', E'\\\\'), '''', '''''') || ''':*' AS start
        FROM asked
    ),
    counted AS MATERIALIZED (
        SELECT
            quoted.whole,
            quoted.start,
            quoted.times,
            coalesce(
                (SELECT common.tools FROM common WHERE common.lexeme = quoted.lexeme),
                (SELECT count(*) FROM registry.tools AS tool WHERE tool.search @@ quoted.whole::tsquery)
            ) AS whole_tools,
            coalesce(
                -- No more than all: a tool may have several words that begin alike.
                (
                    SELECT CASE WHEN sum(common.tools) > total THEN total ELSE sum(common.tools) END
                    FROM common
                    WHERE left(common.lexeme, 4) = quoted.beginning
                ),
                (SELECT count(*) FROM registry.tools AS tool WHERE tool.search @@ quoted.start::tsquery)
            ) AS start_tools
        FROM quoted
    ),
    term AS MATERIALIZED (
        SELECT
            counted.*,
            -- How rare it is, as BM25 has it.
            counted.times * ln(1 + (total - counted.whole_tools + 0.5) / (counted.whole_tools + 0.5)) AS whole_weight,
            counted.times * alike * ln(1 + (total - counted.start_tools + 0.5) / (counted.start_tools + 0.5))
            AS start_weight
        FROM counted
        WHERE counted.whole_tools > 0 OR counted.start_tools > 0
        ORDER BY counted.whole_tools
        LIMIT 32
    ),
    -- What may choose the tools to look at: a word, a beginning, or two common words together.
    choice AS (
        SELECT
            term.whole AS words,
            term.whole_tools AS tools,
            term.whole_tools AS more
        FROM term
        UNION ALL
        SELECT
            term.start,
            term.start_tools,
            greatest(term.start_tools - term.whole_tools, 0)
        FROM term
        WHERE term.start_tools > 0
        UNION ALL
        SELECT
            term.whole || '&' || other.whole,
            term.whole_tools * other.whole_tools / total,
            term.whole_tools * other.whole_tools / total
        FROM term
        INNER JOIN term AS other ON other.whole > term.whole
        WHERE term.whole_tools > room / 8 AND other.whole_tools > room / 8
    )
    SELECT
        (SELECT array_agg(term.whole::tsquery) FROM term),
        (SELECT array_agg(term.start::tsquery) FROM term),
        (SELECT array_agg(term.whole_weight) FROM term),
        (SELECT array_agg(term.start_weight) FROM term),
        array_agg(choice.words ORDER BY choice.tools, choice.words),
        array_agg(choice.more ORDER BY choice.tools, choice.words)
    INTO wholes, beginnings, whole_weights, beginning_weights, choices, costs
    FROM choice;

    LOOP
        SELECT
            string_agg(choice.words, '|') FILTER (WHERE choice.cost <= room OR choice.number = 1),
            count(*) FILTER (WHERE choice.cost > room AND choice.number > 1)
        INTO chosen, left_out
        FROM (
            SELECT
                choice.words,
                choice.number,
                sum(choice.cost) OVER (ORDER BY choice.number) AS cost
            FROM unnest(choices, costs) WITH ORDINALITY AS choice (words, cost, number)
        ) AS choice;

        SELECT
            array_agg(best.id ORDER BY best.score DESC, best.name),
            array_agg(best.score ORDER BY best.score DESC, best.name)
        INTO ids, scores
        FROM (
            SELECT
                tool.id,
                tool.name,
                matched.score / (1 + length_matters * ln(greatest(length(ts_filter(tool.search, '{b,c,d}')), 1))) AS score
            FROM registry.tools AS tool
            CROSS JOIN LATERAL (
                SELECT
                    sum(
                        CASE
                            WHEN word.rank > 0 THEN word.rank * term.whole_weight
                            -- Several words that begin alike count as one in the name would.
                            WHEN term.start IS NOT NULL
                                THEN least(ts_rank(weights, tool.search, term.start), 0.6) * term.start_weight
                        END
                    ) AS score
                FROM unnest(wholes, beginnings, whole_weights, beginning_weights)
                AS term (whole, start, whole_weight, start_weight)
                CROSS JOIN LATERAL (SELECT ts_rank(weights, tool.search, term.whole) AS rank) AS word
            ) AS matched
            WHERE
                tool.search @@ chosen
                AND (rank_tools.category IS NULL OR tool.category = rank_tools.category)
                AND (rank_tools.owner IS NULL OR tool.owner = rank_tools.owner)
                AND CASE
                    WHEN rank_tools.lifecycle IS NULL THEN tool.lifecycle <> 'retired'
                    ELSE tool.lifecycle = rank_tools.lifecycle
                END
                AND (
                    rank_tools.tag IS NULL
                    OR EXISTS (
                        SELECT FROM registry.tool_tags AS tagged
                        WHERE tagged.tool_id = tool.id AND tagged.tag = rank_tools.tag
                    )
                )
            ORDER BY score DESC, tool.name
            LIMIT max_results
        ) AS best;
        -- A filter, or words that hardly any tool has, may leave too few: then look at more.
        EXIT WHEN left_out = 0 OR cardinality(ids) >= max_results;
        room := room * 10;
    END LOOP;

    RETURN QUERY
    SELECT
        best.id,
        best.score
    FROM unnest(ids, scores) AS best (id, score);
END
$$;

-- Name: FUNCTION rank_tools(query text, category text, tag text, owner text, lifecycle text, max_results integer); Type: COMMENT (api)

COMMENT ON FUNCTION api.rank_tools(query text, category text, tag text, owner text, lifecycle text, max_results integer) IS 'Internal to search_tools and recommend_tools: the tools that a text matches best, with their scores.';

-- Name: rebuild_rollup(date, date); Type: FUNCTION (api)

CREATE FUNCTION api.rebuild_rollup(since date DEFAULT '-infinity'::date, until date DEFAULT 'infinity'::date) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET lock_timeout TO '30s'
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
DECLARE
    day date;
BEGIN
    FOREACH day IN ARRAY ARRAY[since, until] LOOP
        IF day IS NULL OR (isfinite(day) AND day NOT BETWEEN DATE '0001-01-01' AND DATE '9999-12-31') THEN
            RAISE EXCEPTION 'a day is "%"; expected since and until from 0001-01-01 to 9999-12-31, or infinite',
            coalesce(day::text, 'NULL') USING ERRCODE = 'invalid_parameter_value';
        END IF;
    END LOOP;
    PERFORM api.rollup_invocations();
    -- The lock of the rollup is held until the end of the transaction, and with it what it has counted.
    RETURN api.recount_days(since, until, api.counted_snapshot(), api.counted_snapshot(), 'infinity');
END
$$;

-- Name: FUNCTION rebuild_rollup(since date, until date); Type: COMMENT (api)

COMMENT ON FUNCTION api.rebuild_rollup(since date, until date) IS 'Count the days from since to before until (UTC) anew from their raw rows, for when somebody changed those by hand. Days whose logs were dropped keep what they have.';

-- Name: recommend_tools(text, text, integer); Type: FUNCTION (api)

CREATE FUNCTION api.recommend_tools(task text, agent text DEFAULT NULL::text, max_results integer DEFAULT 5) RETURNS TABLE(name text, score double precision, reasons text[], tool_name text)
    LANGUAGE plpgsql STABLE
    SET jit TO 'off'
    AS $_$
#variable_conflict use_column
DECLARE
    -- The four parts of a score, together 1. What is asked for counts most, since a tool that everybody uses for another
    -- task is of no use here. The others decide among tools that match about as well, and alone where nothing was asked.
    relevance_counts CONSTANT double precision := 0.6;
    company_counts CONSTANT double precision := 0.15;
    declaration_counts CONSTANT double precision := 0.15;
    use_counts CONSTANT double precision := 0.1;
    -- What the sum is multiplied with. A tool that never succeeds is worth half, a slow one a tenth less than a fast one.
    failing CONSTANT double precision := 0.5;
    slow CONSTANT double precision := 0.1;
    slow_ms CONSTANT double precision := 5000;
    -- So many calls are thought to have succeeded before the first one: a single failure condemns nobody.
    benefit_of_doubt CONSTANT double precision := 10;
    deprecated CONSTANT double precision := 0.5;
    experimental CONSTANT double precision := 0.9;
    -- Below each that can be called and matches half as well.
    unavailable CONSTANT double precision := 0.2;
    since CONSTANT timestamptz := now() - interval '30 days';
    asks CONSTANT boolean := length(coalesce(api.search_words(task), '')) > 0;
    -- Said something, but no word that tools are searched by.
    mute CONSTANT boolean := NOT asks AND coalesce(btrim(api.plain_blanks(task)) <> '', false);
    -- An agent is the service of its name: PersonalAssistant_001 is an instance of personal-assistant.
    agent_name CONSTANT text := lower(agent);
    agent_letters CONSTANT text
    := regexp_replace(regexp_replace(left(agent_name, 256), '[-_. ]?[0-9]+$', ''), '[-_. ]', '', 'g');
BEGIN
    IF max_results IS NULL OR max_results NOT BETWEEN 1 AND 100 THEN
        RAISE EXCEPTION 'max_results is %; expected a number from 1 to 100', coalesce(max_results::text, 'NULL')
        USING ERRCODE = 'invalid_parameter_value';
    END IF;

    RETURN QUERY
    WITH matched AS MATERIALIZED (
        SELECT
            ranked.id,
            ranked.score,
            row_number() OVER (ORDER BY ranked.score DESC, ranked.id) AS rank
        FROM api.rank_tools(task, NULL, NULL, NULL, NULL, 50) AS ranked
        WHERE asks
    ),
    declared AS MATERIALIZED (
        SELECT
            tool.id,
            service.name AS service,
            bool_or(named.recommended) AS recommended
        FROM registry.services AS service
        CROSS JOIN LATERAL (
            SELECT
                listed.value,
                true
            FROM jsonb_array_elements_text(
                jsonb_path_query_array((service.manifest #> '{spec}')::jsonb, '$.recommendedTools[*]')
            ) AS listed
            UNION ALL
            SELECT
                listed.value,
                false
            FROM jsonb_array_elements_text(
                jsonb_path_query_array((service.manifest #> '{spec}')::jsonb, '$.usesTools[*]')
            ) AS listed
        ) AS named (tool, recommended)
        INNER JOIN registry.tools AS tool ON tool.name = named.tool
        WHERE service.name = agent_name OR translate(service.name, '-_.', '') = agent_letters
        GROUP BY tool.id, service.name
    ),
    -- What was used lately: by this agent where it is known, else by all. Only asked where words do not choose.
    popular AS MATERIALIZED (
        SELECT series.tool_id AS id
        FROM runtime.series AS series
        INNER JOIN runtime.invocation_rollup AS rollup ON rollup.series_id = series.id
        WHERE NOT asks AND rollup.hour >= since AND series.tool_id IS NOT NULL
        GROUP BY series.tool_id
        ORDER BY
            sum(rollup.calls) FILTER (WHERE series.agent = recommend_tools.agent) DESC NULLS LAST,
            sum(rollup.calls) DESC
        LIMIT 50
    ),
    -- The tools that the task is most about, or else that the agent uses most: what is called after them belongs to it.
    seed AS MATERIALIZED (
        SELECT tool.name
        FROM registry.tools AS tool
        WHERE
            tool.id = ANY (ARRAY(SELECT matched.id FROM matched WHERE matched.rank <= 3))
            OR tool.id = ANY (ARRAY(SELECT popular.id FROM popular LIMIT 3))
    ),
    follower AS MATERIALIZED (
        SELECT
            tool.id,
            succession.tool AS after,
            sum(succession.calls) AS calls,
            coalesce(sum(succession.calls) FILTER (WHERE succession.agent = recommend_tools.agent), 0) AS own_calls
        FROM runtime.tool_successions AS succession
        INNER JOIN registry.tools AS tool ON tool.name = succession.next_tool
        WHERE
            -- An array has few elements for the planner, a subquery has many: then it reads all successions.
            succession.tool = ANY (ARRAY(SELECT seed.name FROM seed))
            AND succession.next_tool <> succession.tool
            AND succession.last_at >= since
        GROUP BY tool.id, succession.tool
        -- What the agent itself did says more than what others did.
        ORDER BY sum(succession.calls * CASE WHEN succession.agent = recommend_tools.agent THEN 4 ELSE 1 END) DESC
        LIMIT 50
    ),
    -- By the tool that it follows most.
    company AS (
        SELECT DISTINCT ON (follower.id)
            follower.*,
            ln(1 + follower.calls + 3 * follower.own_calls) AS strength
        FROM follower
        ORDER BY follower.id, follower.calls + 3 * follower.own_calls DESC, follower.after
    ),
    candidate AS (
        SELECT matched.id FROM matched
        UNION
        SELECT declared.id FROM declared
        UNION
        SELECT popular.id FROM popular
        UNION
        SELECT company.id FROM company
    ),
    used AS MATERIALIZED (
        SELECT
            candidate.id,
            sum(rollup.calls) AS calls,
            coalesce(sum(rollup.calls) FILTER (WHERE series.agent = recommend_tools.agent), 0) AS own_calls,
            sum(rollup.successes) AS successes,
            sum(rollup.duration_ms_sum) / sum(rollup.calls) AS mean_ms
        FROM candidate
        INNER JOIN runtime.series AS series ON series.tool_id = candidate.id
        INNER JOIN runtime.invocation_rollup AS rollup ON rollup.series_id = series.id
        WHERE rollup.hour >= since
        GROUP BY candidate.id
        HAVING sum(rollup.calls) > 0
    ),
    judged AS (
        SELECT
            tool.id,
            tool.name,
            tool.lifecycle,
            matched.score AS matches,
            company.after,
            company.calls AS company_calls,
            company.own_calls AS company_own_calls,
            declared.service,
            declared.recommended,
            used.calls,
            used.own_calls,
            used.successes,
            used.mean_ms,
            CASE
                WHEN override.status = 'unavailable' THEN 'an operator took it out of service: ' || override.reason
                WHEN override.status IS NULL AND status.status = 'unavailable' THEN status.reason
            END AS out_of_service,
            coalesce(matched.score / nullif(max(matched.score) OVER (), 0), 0) AS relevance,
            coalesce(company.strength / nullif(max(company.strength) OVER (), 0), 0) AS company,
            CASE
                WHEN declared.recommended THEN 1.0
                WHEN declared.service IS NOT NULL THEN 0.5
                ELSE 0.0
            END AS declaration,
            coalesce(
                ln(1 + used.calls + 3 * used.own_calls) / max(ln(1 + used.calls + 3 * used.own_calls)) OVER (), 0
            ) AS use
        FROM candidate
        INNER JOIN registry.tools AS tool ON tool.id = candidate.id
        LEFT JOIN matched ON matched.id = candidate.id
        LEFT JOIN company ON company.id = candidate.id
        LEFT JOIN declared ON declared.id = candidate.id
        LEFT JOIN used ON used.id = candidate.id
        LEFT JOIN api.tool_overrides AS override ON override.tool_id = candidate.id AND override.active
        LEFT JOIN runtime.tool_statuses AS status ON status.tool_id = candidate.id
        WHERE tool.lifecycle <> 'retired'
    ),
    scored AS (
        SELECT
            judged.*,
            (
                relevance_counts * judged.relevance
                + company_counts * judged.company
                + declaration_counts * judged.declaration
                + use_counts * judged.use
            )
            / CASE WHEN asks THEN 1 ELSE 1 - relevance_counts END
            * (
                1 - failing
                + failing * (coalesce(judged.successes, 0) + benefit_of_doubt)
                / (coalesce(judged.calls, 0) + benefit_of_doubt)
            )
            * (1 - slow * coalesce(judged.mean_ms / (judged.mean_ms + slow_ms), 0))
            * CASE judged.lifecycle
                WHEN 'deprecated' THEN deprecated
                WHEN 'experimental' THEN experimental
                ELSE 1
            END
            * CASE WHEN judged.out_of_service IS NULL THEN 1 ELSE unavailable END AS score
        FROM judged
        ORDER BY score DESC, judged.name
        LIMIT max_results
    )
    SELECT
        scored.name,
        round(scored.score::numeric, 4)::double precision,
        array_remove(
            ARRAY[
                'unavailable: ' || scored.out_of_service,
                CASE WHEN mute THEN 'no word of the task is known' END,
                CASE WHEN scored.matches IS NOT NULL THEN coalesce(words.matching, 'words that begin alike match') END,
                CASE
                    WHEN scored.company_own_calls > 0
                        THEN format('called %s by this agent after %s', api.times(scored.company_own_calls), scored.after)
                    WHEN scored.company_calls > 0
                        THEN format('called %s by other agents after %s', api.times(scored.company_calls), scored.after)
                END,
                CASE
                    WHEN scored.recommended THEN 'recommended by service ' || scored.service
                    WHEN scored.service IS NOT NULL THEN 'declared as used by service ' || scored.service
                END,
                CASE
                    WHEN scored.own_calls > 0
                        THEN format('called %s by this agent in 30 days', api.times(scored.own_calls))
                END,
                CASE
                    WHEN scored.calls > 0
                        THEN format(
                            '%s %% of %s calls in 30 days succeeded, in %s ms on average',
                            to_char(100.0 * scored.successes / scored.calls, 'FM990.0'),
                            to_char(scored.calls, 'FM999,999,999,999,999'),
                            to_char(scored.mean_ms, 'FM999,999,999,990')
                        )
                END,
                CASE WHEN scored.lifecycle IN ('deprecated', 'experimental') THEN scored.lifecycle END
            ],
            NULL
        ),
        tool.tool_name
    FROM scored
    INNER JOIN registry.tools AS tool ON tool.id = scored.id
    LEFT JOIN LATERAL (
        SELECT
            CASE count(*)
                WHEN 1 THEN 'the word ' || min(word.text) || ' matches'
                ELSE 'the words ' || string_agg(word.text, ', ' ORDER BY word.place) || ' match'
            END AS matching
        FROM (
            SELECT
                lower(asked.text) AS text,
                min(asked.place) AS place
            FROM regexp_split_to_table(registry.plain_words(left(task, 2000)), '[^[:alnum:]]+')
            WITH ORDINALITY AS asked (text, place)
            CROSS JOIN LATERAL unnest(api.search_words(asked.text)) AS stem
            WHERE ARRAY[stem.lexeme] <@ tsvector_to_array(tool.search)
            GROUP BY lower(asked.text)
            ORDER BY place
            LIMIT 8
        ) AS word
        HAVING count(*) > 0
    ) AS words ON true
    ORDER BY scored.score DESC, scored.name;
END
$_$;

-- Name: FUNCTION recommend_tools(task text, agent text, max_results integer); Type: COMMENT (api)

COMMENT ON FUNCTION api.recommend_tools(task text, agent text, max_results integer) IS 'Tools for a task, best first, with a score from 0 to 1 and the reasons: what matches, what is called next to it, what the service of the agent''s name declares, how calls of 30 days went, and whether it can be called. Without a task it goes by use, and so it does, saying that no word of the task is known, where the task has none but such as the and of.';

-- Name: record_maintenance(text, timestamp with time zone, bigint, text, bigint); Type: FUNCTION (api)

CREATE FUNCTION api.record_maintenance(task text, started_at timestamp with time zone, statements bigint, error text DEFAULT NULL::text, remaining bigint DEFAULT 0) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM runtime.maintenance_tasks AS known WHERE known.task = record_maintenance.task
    ) THEN
        RAISE EXCEPTION 'task is "%"; expected one of runtime.maintenance_tasks', left(task, 100)
        USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF started_at IS NULL OR NOT isfinite(started_at) OR started_at > clock_timestamp() THEN
        RAISE EXCEPTION 'started_at is "%"; expected a time that has passed', coalesce(started_at::text, 'NULL')
        USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF statements IS NULL OR statements < 0 THEN
        RAISE EXCEPTION 'statements is "%"; expected how many were run', coalesce(statements::text, 'NULL')
        USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF remaining IS NULL OR remaining < 0 THEN
        RAISE EXCEPTION 'remaining is "%"; expected how many were left', coalesce(remaining::text, 'NULL')
        USING ERRCODE = 'invalid_parameter_value';
    END IF;
    INSERT INTO runtime.maintenance_runs (task, started_at, statements, remaining, error)
    VALUES (task, started_at, statements, remaining, left(error, 2000));
    -- A task that runs each minute would fill the table.
    DELETE FROM runtime.maintenance_runs AS run
    WHERE run.task = record_maintenance.task AND run.started_at < now() - interval '1 year';
END
$$;

-- Name: FUNCTION record_maintenance(task text, started_at timestamp with time zone, statements bigint, error text, remaining bigint); Type: COMMENT (api)

COMMENT ON FUNCTION api.record_maintenance(task text, started_at timestamp with time zone, statements bigint, error text, remaining bigint) IS 'Records that a maintenance task ran: since when, how many statements, the error where there was one, and how many statements were left. toolreg maintain calls it. Records older than a year go.';

-- Name: recount_days(date, date, pg_snapshot, pg_snapshot, timestamp with time zone); Type: FUNCTION (api)

CREATE FUNCTION api.recount_days(since date, until date, seen pg_snapshot, counted pg_snapshot, linked_after timestamp with time zone) RETURNS text
    LANGUAGE plpgsql
    SET plan_cache_mode TO 'force_custom_plan'
    AS $$
#variable_conflict use_variable
DECLARE
    one record;
    begins timestamptz;
    ends timestamptz;
    days bigint := 0;
    calls bigint := 0;
    kept bigint := 0;
    late bigint := 0;
BEGIN
    FOR one IN
        SELECT
            (call.started_at AT TIME ZONE 'UTC')::date AS day,
            count(*) AS raw,
            bool_or(call.tableoid <> 'runtime.invocation_logs_default'::regclass) AS has_a_table
        FROM runtime.invocation_logs AS call
        WHERE
            call.started_at >= since::timestamp AT TIME ZONE 'UTC'
            AND call.started_at < until::timestamp AT TIME ZONE 'UTC'
            AND pg_visible_in_snapshot(call.recorded_xid::text::xid8, counted)
        GROUP BY 1
        ORDER BY 1
    LOOP
        begins := one.day::timestamp AT TIME ZONE 'UTC';
        ends := begins + interval '1 day';
        -- The table of an old day was dropped, and a few calls came late: the rollup knows more than the raw rows. Who
        -- dropped it by hand left no note of it.
        IF EXISTS (SELECT FROM runtime.dropped_days AS dropped WHERE dropped.day = one.day)
        OR (NOT one.has_a_table AND one.raw < (
            SELECT sum(rolled.calls)
            FROM runtime.invocation_rollup_daily AS rolled
            WHERE rolled.day = one.day
        )) THEN
            kept := kept + 1;
            late := late + api.roll_up(begins, ends, seen, counted, linked_after);
            CONTINUE;
        END IF;
        DELETE FROM runtime.invocation_rollup AS rolled WHERE rolled.hour >= begins AND rolled.hour < ends;
        DELETE FROM runtime.invocation_rollup_daily AS rolled WHERE rolled.day = one.day;
        DELETE FROM runtime.duration_histogram AS measured WHERE measured.day = one.day;
        DELETE FROM runtime.duration_histogram_total AS measured WHERE measured.day = one.day;
        calls := calls + api.roll_up(begins, ends, NULL, counted, linked_after);
        days := days + 1;
    END LOOP;
    RETURN format(
        'counted %s calls of %s %s%s%s', calls, days, CASE WHEN days = 1 THEN 'day' ELSE 'days' END,
        CASE WHEN kept > 0 THEN format('; kept %s days whose logs were dropped', kept) END,
        CASE WHEN late > 0 THEN format(', and added %s calls to them', late) END
    );
END
$$;

-- Name: FUNCTION recount_days(since date, until date, seen pg_snapshot, counted pg_snapshot, linked_after timestamp with time zone); Type: COMMENT (api)

COMMENT ON FUNCTION api.recount_days(since date, until date, seen pg_snapshot, counted pg_snapshot, linked_after timestamp with time zone) IS 'Internal: counts days anew from those of their raw rows that a snapshot sees. Days whose logs were dropped keep what they have, and get what an earlier snapshot did not see.';

-- Name: refresh_statistics(regclass); Type: FUNCTION (api)

CREATE FUNCTION api.refresh_statistics(measured regclass) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM pg_class AS class
        WHERE
            class.oid = measured
            AND class.relkind IN ('r', 'p')
            AND class.relnamespace IN ('registry'::regnamespace, 'runtime'::regnamespace)
    ) THEN
        RAISE EXCEPTION 'measured is "%"; expected a table of registry or runtime', left(measured::text, 100)
        USING ERRCODE = 'invalid_parameter_value';
    END IF;
    -- Since version 18 the tables below it would be measured, too; before that, those of a partitioned one always are.
    EXECUTE format(
        CASE WHEN current_setting('server_version_num')::bigint >= 180000 THEN 'ANALYZE ONLY %s' ELSE 'ANALYZE %s' END,
        measured
    );
    RETURN format('measured %s', measured);
END
$$;

-- Name: FUNCTION refresh_statistics(measured regclass); Type: COMMENT (api)

COMMENT ON FUNCTION api.refresh_statistics(measured regclass) IS 'Runs ANALYZE on a table of registry or runtime, for roles that do not own it. Blocks nobody who reads or writes.';

-- Name: register_artifact(text, text, text, bigint, text, bigint, jsonb, timestamp with time zone); Type: FUNCTION (api)

CREATE FUNCTION api.register_artifact(tool text, uri text, media_type text, size_bytes bigint, sha256 text DEFAULT NULL::text, invocation bigint DEFAULT NULL::bigint, metadata jsonb DEFAULT NULL::jsonb, expires_at timestamp with time zone DEFAULT NULL::timestamp with time zone) RETURNS uuid
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $_$
DECLARE
    largest bigint;
    problem text;
    called_tool_id uuid;
    call record;
    given runtime.artifacts;
    known runtime.artifacts;
BEGIN
    IF metadata IS NOT NULL THEN
        SELECT settings.largest_payload INTO largest FROM runtime.settings AS settings;
    END IF;
    problem := CASE
        WHEN tool IS NULL THEN 'tool is missing; expected the name of a declared tool'
        WHEN uri IS NULL OR uri = '' THEN 'uri is missing; expected where the artifact is, such as s3://bucket/key'
        WHEN octet_length(uri) > 2048 THEN 'uri has ' || octet_length(uri) || ' bytes; expected at most 2048'
        -- A URI that holds a secret is not repeated.
        -- Named by their numbers, since the classes [:space:] and [:cntrl:] depend on the locale of the database.
        WHEN uri ~ '[\u0001-\u0020\u007F-\u00A0\u1680\u2000-\u200F\u2028-\u202F\u205F-\u206F\u3000\uFEFF]'
            THEN 'uri has a space or a control character; expected them as %20 and the like'
        WHEN uri !~ '^[A-Za-z][A-Za-z0-9+.-]*:[^:]' THEN 'uri has no scheme; expected one such as s3://bucket/key'
        -- RFC 3986, 3.2: [user@]host[:port] up to the path. A password with a slash in it looks like a port.
        WHEN uri ~ '^[^:]*://' AND uri !~ '^[^:]*://([^][/?#@:]*@)?([^][/?#@:]*|[[][0-9A-Fa-f:.]*[]])(:[0-9]*)?([/?#]|$)'
            THEN 'uri has a password, or a port that is no number; expected scheme://[user@]host[:port]/path'
        WHEN media_type IS NULL
            OR media_type !~ '^[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}/[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}$'
            THEN 'media_type is ' || coalesce('"' || left(media_type, 100) || '"', 'missing')
                || '; expected a type without parameters such as image/png'
        WHEN size_bytes IS NULL OR size_bytes < 0
            THEN 'size_bytes is ' || coalesce(size_bytes::text, 'missing') || '; expected 0 or more'
        WHEN sha256 !~ '^[0-9a-f]{64}$'
            THEN 'sha256 is "' || left(sha256, 100) || '"; expected 64 lower-case hexadecimal digits'
        WHEN octet_length(metadata::text) > largest
            THEN 'metadata is JSON of ' || octet_length(metadata::text) || ' bytes; expected at most ' || largest
                || ' (runtime.settings.largest_payload)'
        -- Earlier than that it is no time that an artifact had, and far from it drivers cannot read it.
        WHEN expires_at NOT BETWEEN '1900-01-01 00:00:00+00' AND '9999-12-30 00:00:00+00'
            THEN 'expires_at is ' || expires_at || '; expected a time between 1900 and 9999, or NULL for never'
    END;
    IF problem IS NOT NULL THEN
        RAISE EXCEPTION '%', problem USING ERRCODE = 'invalid_parameter_value';
    END IF;

    SELECT declared.id INTO called_tool_id
    FROM registry.tools AS declared
    WHERE declared.name = lower(register_artifact.tool);
    IF NOT FOUND THEN
        SELECT other.id INTO called_tool_id
        FROM api.tool_of_other_name(register_artifact.tool, NULL) AS other
        INNER JOIN registry.tools AS declared ON declared.id = other.id;
    END IF;
    IF called_tool_id IS NULL THEN
        RAISE EXCEPTION 'tool is "%"; expected the name of a declared tool', left(tool, 100)
        USING ERRCODE = 'invalid_parameter_value', HINT = 'SELECT name FROM api.tools';
    END IF;

    IF invocation IS NOT NULL THEN
        SELECT
            log.id,
            log.started_at,
            log.tool_id,
            log.tool
        INTO call
        FROM runtime.invocation_logs AS log
        WHERE log.id = register_artifact.invocation;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'invocation is %; expected the id of a call that was logged', invocation
            USING ERRCODE = 'invalid_parameter_value';
        END IF;
        IF call.tool_id <> called_tool_id THEN
            RAISE EXCEPTION 'invocation is %, a call of "%"; expected one of "%"',
            invocation, call.tool, left(tool, 100)
            USING ERRCODE = 'invalid_parameter_value';
        END IF;
        given.invocation_id := call.id;
        given.invocation_started_at := call.started_at;
    END IF;

    INSERT INTO runtime.artifacts (
        tool_id, invocation_id, invocation_started_at, uri, media_type, size_bytes, sha256, metadata, expires_at
    )
    VALUES (
        called_tool_id, given.invocation_id, given.invocation_started_at, register_artifact.uri,
        register_artifact.media_type, register_artifact.size_bytes, register_artifact.sha256, register_artifact.metadata,
        register_artifact.expires_at
    )
    ON CONFLICT ON CONSTRAINT artifact_is_registered_once DO NOTHING
    RETURNING id INTO known.id;
    IF known.id IS NOT NULL THEN
        RETURN known.id;
    END IF;

    SELECT artifact.* INTO known FROM runtime.artifacts AS artifact WHERE artifact.uri = register_artifact.uri;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'uri belonged to an artifact that was deleted in this moment; try again'
        USING ERRCODE = 'serialization_failure';
    END IF;
    problem := concat_ws(
        ', ',
        CASE WHEN known.tool_id <> called_tool_id THEN 'tool' END,
        CASE WHEN known.media_type <> media_type THEN 'media_type' END,
        CASE WHEN known.size_bytes <> size_bytes THEN 'size_bytes' END,
        CASE WHEN known.sha256 IS DISTINCT FROM sha256 THEN 'sha256' END,
        CASE WHEN known.invocation_id IS DISTINCT FROM invocation THEN 'invocation' END,
        CASE WHEN known.metadata IS DISTINCT FROM metadata THEN 'metadata' END,
        CASE WHEN known.expires_at IS DISTINCT FROM expires_at THEN 'expires_at' END
    );
    IF problem <> '' THEN
        RAISE EXCEPTION 'uri is that of artifact %, which differs in: %', known.id, problem
        USING
            ERRCODE = 'unique_violation',
            HINT = 'Delete that one with api.delete_artifact, or store this one at another place.';
    END IF;
    RETURN known.id;
END
$_$;

-- Name: FUNCTION register_artifact(tool text, uri text, media_type text, size_bytes bigint, sha256 text, invocation bigint, metadata jsonb, expires_at timestamp with time zone); Type: COMMENT (api)

COMMENT ON FUNCTION api.register_artifact(tool text, uri text, media_type text, size_bytes bigint, sha256 text, invocation bigint, metadata jsonb, expires_at timestamp with time zone) IS 'Make known what a tool left behind; returns its id. The same again returns the same id; the same uri with anything else is refused. expires_at is when maintenance may forget it.';

-- Name: registry_at(bigint, timestamp with time zone); Type: FUNCTION (api)

CREATE FUNCTION api.registry_at(number bigint DEFAULT NULL::bigint, at timestamp with time zone DEFAULT NULL::timestamp with time zone) RETURNS TABLE(kind text, name text, id uuid, owner text, manifest json, path text, revision bigint, commit text, author text, subject text, applied_at timestamp with time zone, digest text, blob text)
    LANGUAGE sql STABLE
    AS $$
WITH asked AS MATERIALIZED (
    SELECT api.applied_revision(registry_at.number, registry_at.at) AS number
)

SELECT
    entity.kind,
    version.name,
    entity.id,
    version.manifest #>> '{metadata,owner}',
    version.manifest,
    coalesce(place.path, version.path),
    version.revision,
    revision.commit,
    revision.author,
    revision.subject,
    revision.finished_at,
    version.digest,
    coalesce(place.blob, version.blob)
FROM asked
CROSS JOIN registry.entities AS entity
-- One look into an index for each identity: the cost follows what there is, not how often it changed.
CROSS JOIN LATERAL (
    SELECT *
    FROM registry.history AS history
    WHERE history.entity_id = entity.id AND history.revision <= asked.number
    ORDER BY history.revision DESC
    LIMIT 1
) AS version
LEFT JOIN LATERAL (
    SELECT
        relocation.path,
        relocation.blob
    FROM registry.relocations AS relocation
    WHERE
        relocation.entity_id = entity.id
        AND relocation.revision > version.revision
        AND relocation.revision <= asked.number
    ORDER BY relocation.revision DESC
    LIMIT 1
) AS place ON true
-- Looked up one by one, too: the planner would hash all revisions anew for each resource.
LEFT JOIN LATERAL (
    SELECT *
    FROM registry.revisions AS made
    WHERE made.number = version.revision
    LIMIT 1
) AS revision ON true
WHERE version.action <> 'delete'
$$;

-- Name: FUNCTION registry_at(number bigint, at timestamp with time zone); Type: COMMENT (api)

COMMENT ON FUNCTION api.registry_at(number bigint, at timestamp with time zone) IS 'What was declared at an applied revision, or at a time: after the newest revision that was applied until then. Each resource with the name, the manifest and the file that it had, and the revision that made it so. What was changed by hand is not in it.';

-- Name: remove_expired_artifacts(bigint); Type: FUNCTION (api)

CREATE FUNCTION api.remove_expired_artifacts(most bigint DEFAULT 1000) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
DECLARE
    removed bigint;
BEGIN
    IF most IS NULL OR most < 1 THEN
        RAISE EXCEPTION 'most is %; expected how many artifacts to remove, at least 1', coalesce(most::text, 'NULL')
        USING ERRCODE = 'invalid_parameter_value';
    END IF;
    DELETE FROM runtime.artifacts
    WHERE id = ANY (
        ARRAY(
            SELECT artifact.id
            FROM runtime.artifacts AS artifact
            WHERE artifact.expires_at < now()
            ORDER BY artifact.expires_at
            LIMIT most
            FOR UPDATE SKIP LOCKED
        )
    );
    GET DIAGNOSTICS removed = ROW_COUNT;
    RETURN format('removed %s expired artifacts', removed);
END
$$;

-- Name: FUNCTION remove_expired_artifacts(most bigint); Type: COMMENT (api)

COMMENT ON FUNCTION api.remove_expired_artifacts(most bigint) IS 'Removes at most so many artifacts whose expires_at has passed, also those that a call refers to. Says how many.';

-- Name: remove_orphaned_artifacts(uuid, uuid); Type: FUNCTION (api)

CREATE FUNCTION api.remove_orphaned_artifacts(first uuid, last uuid) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
DECLARE
    removed bigint;
BEGIN
    DELETE FROM runtime.artifacts AS artifact
    USING api.orphaned_artifacts AS orphan
    WHERE artifact.id = orphan.id AND orphan.id BETWEEN first AND last;
    GET DIAGNOSTICS removed = ROW_COUNT;
    RETURN format('removed %s orphaned artifacts', removed);
END
$$;

-- Name: FUNCTION remove_orphaned_artifacts(first uuid, last uuid); Type: COMMENT (api)

COMMENT ON FUNCTION api.remove_orphaned_artifacts(first uuid, last uuid) IS 'Removes those of api.orphaned_artifacts whose id is in this range, both ends included. Says how many.';

-- Name: remove_tool_override(text); Type: FUNCTION (api)

CREATE FUNCTION api.remove_tool_override(tool text) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
DECLARE
    overridden uuid;
BEGIN
    -- A tool that was removed may still have an override, and may even have lost its name to another.
    SELECT known.tool_id INTO overridden
    FROM api.tool_overrides AS known
    WHERE known.tool = lower(remove_tool_override.tool)
    ORDER BY known.active DESC
    LIMIT 1;
    IF NOT FOUND THEN
        IF NOT EXISTS (SELECT FROM registry.tools AS declared WHERE declared.name = lower(remove_tool_override.tool)) THEN
            RAISE EXCEPTION 'tool is "%"; expected the name of a tool', left(remove_tool_override.tool, 100)
            USING ERRCODE = 'invalid_parameter_value',
            HINT = 'SELECT tool FROM api.tool_overrides WHERE active lists those that are overridden.';
        END IF;
        RETURN false;
    END IF;

    -- Each round sees an override that was set while the last one waited for who ended the one before it.
    FOR round IN 1..100 LOOP
        UPDATE runtime.tool_overrides AS override
        SET
            ending = 'removed',
            ended_by = registry.caller(),
            ended_at = clock_timestamp()
        WHERE
            override.tool_id = overridden
            AND override.ended_at IS NULL
            AND (override.until IS NULL OR override.until > clock_timestamp());
        IF FOUND THEN
            RETURN true;
        END IF;
        EXIT WHEN NOT EXISTS (
            SELECT FROM runtime.tool_overrides AS override
            WHERE
                override.tool_id = overridden
                AND override.ended_at IS NULL
                AND (override.until IS NULL OR override.until > clock_timestamp())
        );
    END LOOP;
    RETURN false;
END
$$;

-- Name: FUNCTION remove_tool_override(tool text); Type: COMMENT (api)

COMMENT ON FUNCTION api.remove_tool_override(tool text) IS 'Ends the override of a tool. Returns whether there was one; an unknown tool is refused.';

-- Name: require_read_committed(); Type: FUNCTION (api)

CREATE FUNCTION api.require_read_committed() RETURNS void
    LANGUAGE plpgsql STABLE
    AS $$
BEGIN
    IF current_setting('transaction_isolation') NOT IN ('read committed', 'read uncommitted') THEN
        RAISE EXCEPTION 'the transaction is %, which does not see what was committed meanwhile; expected read committed',
        current_setting('transaction_isolation')
        USING ERRCODE = 'active_sql_transaction', HINT = 'BEGIN ISOLATION LEVEL READ COMMITTED, '
        'or SET default_transaction_isolation = ''read committed'' before it.';
    END IF;
END
$$;

-- Name: FUNCTION require_read_committed(); Type: COMMENT (api)

COMMENT ON FUNCTION api.require_read_committed() IS 'Internal: raises an error unless each statement of the transaction sees all that was committed before it. Who moves or drops calls would lose those of others.';

-- Name: require_rolled_up(timestamp with time zone, timestamp with time zone); Type: FUNCTION (api)

CREATE FUNCTION api.require_rolled_up(since timestamp with time zone, until timestamp with time zone) RETURNS void
    LANGUAGE plpgsql STABLE
    AS $$
BEGIN
    IF EXISTS (SELECT FROM api.uncounted_calls(since, until)) THEN
        RAISE EXCEPTION 'calls from % until % are not in the rollups yet; run rollup_invocations first', since, until
        USING ERRCODE = 'object_not_in_prerequisite_state', HINT = 'toolreg maintain rollup_invocations';
    END IF;
END
$$;

-- Name: FUNCTION require_rolled_up(since timestamp with time zone, until timestamp with time zone); Type: COMMENT (api)

COMMENT ON FUNCTION api.require_rolled_up(since timestamp with time zone, until timestamp with time zone) IS 'Internal: raises an error where a call that began in this time is in no rollup, so that it must not be dropped.';

-- Name: roll_up(timestamp with time zone, timestamp with time zone, pg_snapshot, pg_snapshot, timestamp with time zone); Type: FUNCTION (api)

CREATE FUNCTION api.roll_up(since timestamp with time zone, until timestamp with time zone, seen pg_snapshot, counted pg_snapshot, linked_after timestamp with time zone) RETURNS bigint
    LANGUAGE plpgsql
    SET plan_cache_mode TO 'force_custom_plan'
    SET work_mem TO '64MB'
    SET enable_mergejoin TO 'off'
    AS $$
#variable_conflict use_variable
DECLARE
    -- Without an earlier snapshot, all transactions came after it.
    running CONSTANT bigint[] := ARRAY(SELECT pg_snapshot_xip(seen)::text::bigint);
    next CONSTANT bigint := coalesce(pg_snapshot_xmax(seen)::text::bigint, 0);
    added bigint;
BEGIN
    INSERT INTO runtime.series (tool_id, tool, tool_version, agent, service_id, service, node_id, node)
    SELECT tool_id, tool, tool_version, agent, service_id, service, node_id, node
    FROM api.calls_to_add(since, until, running, next, counted)
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
        FROM api.calls_to_add(since, until, running, next, counted) AS call
        -- Compared as one value, NULL is like NULL. The planner does not hash such a value unless it is told how.
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
            api.duration_bucket(fresh.duration_ms) AS bucket,
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

    -- A call that is logged late is linked to the one before it, and not to the one after it.
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
                -- A bound, so that the tables of a day or two are asked and not all of them.
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

-- Name: FUNCTION roll_up(since timestamp with time zone, until timestamp with time zone, seen pg_snapshot, counted pg_snapshot, linked_after timestamp with time zone); Type: COMMENT (api)

COMMENT ON FUNCTION api.roll_up(since timestamp with time zone, until timestamp with time zone, seen pg_snapshot, counted pg_snapshot, linked_after timestamp with time zone) IS 'Internal: adds the calls of a window to the rollups that one snapshot sees and an earlier one did not; says how many.';

-- Name: rolled_part(timestamp with time zone, timestamp with time zone, interval, text); Type: FUNCTION (api)

CREATE FUNCTION api.rolled_part(since timestamp with time zone, until timestamp with time zone, bucket interval, unit text, OUT first timestamp with time zone, OUT beyond timestamp with time zone, OUT running bigint[], OUT next bigint) RETURNS record
    LANGUAGE plpgsql STABLE
    SET plan_cache_mode TO 'force_custom_plan'
    AS $$
DECLARE
    counted CONSTANT pg_snapshot := api.counted_snapshot();
    step CONSTANT interval := format('1 %s', unit)::interval;
BEGIN
    first := until;
    beyond := until;
    IF counted IS NULL
        OR extract(epoch FROM bucket)::numeric % extract(epoch FROM step)::numeric <> 0
        OR since >= '294276-12-31 00:00:00+00'
    THEN
        RETURN;
    END IF;
    -- What this snapshot does not see: said like this, an index finds it, also when one transaction takes very long.
    running := ARRAY(SELECT pg_snapshot_xip(counted)::text::bigint);
    next := pg_snapshot_xmax(counted)::text::bigint;
    -- A window that ends after the last call that was counted, such as one until now, cuts nothing.
    IF EXISTS (
        SELECT
        FROM runtime.invocation_rollup AS rolled
        WHERE rolled.hour >= date_trunc('hour', until, 'UTC') AND rolled.last_started_at >= until
    ) THEN
        beyond := date_trunc(unit, until, 'UTC');
    ELSE
        beyond := 'infinity';
    END IF;
    first := date_trunc(unit, since, 'UTC');
    IF first < since THEN
        first := first + step;
    END IF;
    -- A window may also end before its first whole unit begins.
    IF first >= least(beyond, until) THEN
        first := until;
        beyond := until;
    END IF;
END
$$;

-- Name: FUNCTION rolled_part(since timestamp with time zone, until timestamp with time zone, bucket interval, unit text, OUT first timestamp with time zone, OUT beyond timestamp with time zone, OUT running bigint[], OUT next bigint); Type: COMMENT (api)

COMMENT ON FUNCTION api.rolled_part(since timestamp with time zone, until timestamp with time zone, bucket interval, unit text, OUT first timestamp with time zone, OUT beyond timestamp with time zone, OUT running bigint[], OUT next bigint) IS 'Internal: which part of a window is read from a rollup, and the transactions that are not in it: those that ran, and all from the next one on.';

-- Name: rollup_invocations(); Type: FUNCTION (api)

CREATE FUNCTION api.rollup_invocations() RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET lock_timeout TO '30s'
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
DECLARE
    here CONSTANT text := (SELECT control.system_identifier::text FROM pg_control_system() AS control);
    own CONSTANT bigint := pg_current_xact_id()::text::bigint;
    state record;
    seen_now pg_snapshot;
    outcome text;
BEGIN
    INSERT INTO runtime.rollup_state (counted, cluster, rolled_at)
    VALUES ('3:3:', 'none', '-infinity')
    ON CONFLICT DO NOTHING;
    SELECT known.counted, known.cluster, known.rolled_at
    INTO state
    FROM runtime.rollup_state AS known
    FOR UPDATE;

    IF state.cluster <> here THEN
        -- The transactions of the rows are those of another server. What this statement sees was committed, although its
        -- own snapshot may say that no such transaction has begun: it is marked as older than any. 1 is what that server
        -- had counted, 2 is all else. That matters for days whose logs were dropped, and is told by the time, too: what
        -- was logged here may bear a number that the other server had counted.
        UPDATE runtime.invocation_logs AS call
        SET
            recorded_xid = CASE
                WHEN
                    pg_visible_in_snapshot(call.recorded_xid::text::xid8, state.counted)
                    AND call.recorded_at <= state.rolled_at
                    THEN 1
                ELSE 2
            END
        WHERE
            call.recorded_xid <> own
            AND (
                NOT pg_visible_in_snapshot(call.recorded_xid::text::xid8, pg_current_snapshot())
                OR (call.started_at AT TIME ZONE 'UTC')::date IN (
                    SELECT dropped.day FROM runtime.dropped_days AS dropped
                )
                OR (
                    call.tableoid = 'runtime.invocation_logs_default'::regclass
                    AND (call.started_at AT TIME ZONE 'UTC')::date IN (
                        SELECT rolled.day FROM runtime.invocation_rollup_daily AS rolled
                    )
                )
            );
    END IF;

    -- After the lock: the one who held it before has counted less. What is committed later than this is left to the next.
    SELECT api.snapshot_of_others() INTO seen_now;
    IF state.cluster <> here THEN
        outcome := api.recount_days('-infinity', 'infinity', '2:2:', seen_now, state.rolled_at);
    ELSE
        outcome := format(
            'counted %s new calls',
            api.roll_up('-infinity', 'infinity', state.counted, seen_now, '-infinity')
        );
    END IF;
    UPDATE runtime.rollup_state
    SET counted = seen_now, cluster = here, rolled_at = clock_timestamp();
    RETURN outcome;
END
$$;

-- Name: FUNCTION rollup_invocations(); Type: COMMENT (api)

COMMENT ON FUNCTION api.rollup_invocations() IS 'Bring the rollups up to date: adds every call that was committed since, also those that were logged late. Run it every minute.';

-- Name: search_tools(text, text, text, text, text, integer); Type: FUNCTION (api)

CREATE FUNCTION api.search_tools(query text, category text DEFAULT NULL::text, tag text DEFAULT NULL::text, owner text DEFAULT NULL::text, lifecycle text DEFAULT NULL::text, max_results integer DEFAULT 10) RETURNS TABLE(name text, title text, description text, category text, lifecycle text, service text, node text, score double precision, tool_name text)
    LANGUAGE sql STABLE
    BEGIN ATOMIC
 SELECT tool.name,
     (tool.manifest #>> '{metadata,title}'::text[]),
     (tool.manifest #>> '{metadata,description}'::text[]),
     tool.category,
     tool.lifecycle,
     tool.service,
     tool.node,
     (round((ranked.score)::numeric, 4))::double precision AS round,
     tool.tool_name
    FROM (api.rank_tools(search_tools.query, search_tools.category, search_tools.tag, search_tools.owner, search_tools.lifecycle, search_tools.max_results) ranked(id, score)
      JOIN registry.tools tool ON ((tool.id = ranked.id)))
   ORDER BY ranked.score DESC, tool.name;
END;

-- Name: FUNCTION search_tools(query text, category text, tag text, owner text, lifecycle text, max_results integer); Type: COMMENT (api)

COMMENT ON FUNCTION api.search_tools(query text, category text, tag text, owner text, lifecycle text, max_results integer) IS 'Tools that do what a text asks for, best first: words of names, titles, tags, descriptions, parameters and examples. Any text will do. Without a text, or with a blank one, what the filters leave, by name. Retired tools only if lifecycle says so.';

-- Name: search_tools_by_schema(jsonb); Type: FUNCTION (api)

CREATE FUNCTION api.search_tools_by_schema(fragment jsonb) RETURNS TABLE(name text, matched text[], description text, category text, lifecycle text, service text, node text, tool_name text)
    LANGUAGE plpgsql STABLE
    AS $$
#variable_conflict use_column
BEGIN
    IF jsonb_typeof(fragment) IS DISTINCT FROM 'object' OR fragment = '{}' THEN
        RAISE EXCEPTION 'fragment is %; expected a piece of JSON Schema such as {"properties": {"amount": {"type": "integer"}}}',
        coalesce(left(fragment::text, 100), 'NULL')
        USING ERRCODE = 'invalid_parameter_value';
    END IF;
    RETURN QUERY
    SELECT
        tool.name,
        array_remove(
            ARRAY[
                CASE WHEN tool.input_schema @> fragment THEN 'input' END,
                CASE WHEN tool.output_schema @> fragment THEN 'output' END
            ],
            NULL
        ),
        tool.manifest #>> '{metadata,description}',
        tool.category,
        tool.lifecycle,
        tool.service,
        tool.node,
        tool.tool_name
    FROM registry.tools AS tool
    WHERE
        (tool.input_schema @> fragment OR tool.output_schema @> fragment)
        AND tool.lifecycle <> 'retired'
    ORDER BY tool.name;
END
$$;

-- Name: FUNCTION search_tools_by_schema(fragment jsonb); Type: COMMENT (api)

COMMENT ON FUNCTION api.search_tools_by_schema(fragment jsonb) IS 'Tools whose input or output schema contains a piece of JSON Schema, such as {"properties": {"amount": {"type": "integer"}}}, and which of the two, as it is written: no $ref is followed. Retired tools are left out. A piece without any value, such as {"properties": {"amount": {}}}, is slow: ask api.tools_with_parameter.';

-- Name: plain_words(text); Type: FUNCTION (registry)

CREATE FUNCTION registry.plain_words(words text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN translate(words, '_./:@-'::text, '      '::text);

-- Name: FUNCTION plain_words(words text); Type: COMMENT (registry)

COMMENT ON FUNCTION registry.plain_words(words text) IS 'A text in which nothing looks like a path, a host or an address, so that each of its words counts.';

-- Name: described_words(text); Type: FUNCTION (registry)

CREATE FUNCTION registry.described_words(description text) RETURNS tsvector
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN to_tsvector('english'::regconfig, COALESCE(registry.plain_words(description), ''::text));

-- Name: FUNCTION described_words(description text); Type: COMMENT (registry)

COMMENT ON FUNCTION registry.described_words(description text) IS 'The words of a text that people wrote, in English stems.';

-- Name: name_words(text); Type: FUNCTION (registry)

CREATE FUNCTION registry.name_words(names text) RETURNS tsvector
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
    AS $$
DECLARE
    english CONSTANT regconfig := 'pg_catalog.english';
    plain CONSTANT text := registry.plain_words(names);
    parts tsvector;
BEGIN
    IF plain !~ '[a-z0-9][A-Z]|[A-Z][A-Z][a-z][a-z]|[A-Za-z][0-9]' THEN
        RETURN to_tsvector(english, plain);
    END IF;
    parts := to_tsvector(
        english, regexp_replace(plain, '([a-z0-9](?=[A-Z])|[A-Z](?=[A-Z][a-z][a-z])|[A-Za-z](?=[0-9]))', '\1 ', 'g')
    );
    RETURN parts || ts_delete(to_tsvector(english, plain), tsvector_to_array(parts));
END
$$;

-- Name: FUNCTION name_words(names text); Type: COMMENT (registry)

COMMENT ON FUNCTION registry.name_words(names text) IS 'The words of names, which _ - . and capitals part: HTTPServer2 is http server 2, and httpserver2.';

-- Name: search_words(text); Type: FUNCTION (api)

CREATE FUNCTION api.search_words(query text) RETURNS tsvector
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (SELECT CASE WHEN (plain.query ~ '^ *[^ ]{1,200} *$'::text) THEN registry.name_words(plain.query) ELSE registry.described_words(regexp_replace("left"(plain.query, 20000), '[''’](s|m|re|ve|d|ll|t)\M'::text, ' '::text, 'gi'::text)) END AS described_words FROM api.plain_blanks(search_words.query) plain(query));

-- Name: FUNCTION search_words(query text); Type: COMMENT (api)

COMMENT ON FUNCTION api.search_words(query text) IS 'Internal to search_tools: the words that a question is searched by. Only its first 20,000 characters count.';

-- Name: set_tool_override(text, text, text, timestamp with time zone); Type: FUNCTION (api)

CREATE FUNCTION api.set_tool_override(tool text, status text, reason text, until timestamp with time zone DEFAULT NULL::timestamp with time zone) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
DECLARE
    overridden uuid;
    moment timestamptz;
    why text := btrim(set_tool_override.reason, E' \t\r\n');
    made bigint;
    obstacle text;
BEGIN
    IF (set_tool_override.status IN ('available', 'unavailable')) IS NOT TRUE THEN
        RAISE EXCEPTION 'status is "%"; expected available or unavailable', left(set_tool_override.status, 100)
        USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF (octet_length(why) BETWEEN 1 AND 1000) IS NOT TRUE THEN
        RAISE EXCEPTION 'reason is "%"; expected 1 to 1000 bytes of text', left(why, 100)
        USING ERRCODE = 'invalid_parameter_value';
    END IF;
    SELECT declared.id INTO overridden
    FROM registry.entities AS entity
    INNER JOIN registry.tools AS declared ON declared.id = entity.id
    WHERE entity.kind = 'Tool' AND entity.name = lower(set_tool_override.tool);
    IF NOT FOUND THEN
        RAISE EXCEPTION 'tool is "%"; expected the name of a tool that is declared', left(set_tool_override.tool, 100)
        USING ERRCODE = 'invalid_parameter_value', HINT = 'SELECT name FROM api.tools lists them.';
    END IF;

    -- Not the row of the identity, which an apply may hold; and no advisory lock, which any login may take. Who overrides
    -- the same tool is waited for by the key that allows one override; each round sees what the last one waited for.
    FOR round IN 1..100 LOOP
        moment := clock_timestamp();
        IF set_tool_override.until <= moment OR set_tool_override.until >= '9999-12-31 00:00:00+00' THEN
            RAISE EXCEPTION 'until is "%"; expected a time to come, before the year 9999, or none', set_tool_override.until
            USING ERRCODE = 'invalid_parameter_value';
        END IF;
        UPDATE runtime.tool_overrides AS override
        SET
            ending = CASE WHEN override.until <= moment THEN 'expired' ELSE 'replaced' END,
            ended_by = CASE WHEN override.until <= moment THEN NULL ELSE registry.caller() END,
            ended_at = least(override.until, moment)
        WHERE override.tool_id = overridden AND override.ended_at IS NULL;
        INSERT INTO runtime.tool_overrides AS override (tool_id, status, reason, until, set_by, set_at)
        VALUES (overridden, set_tool_override.status, why, set_tool_override.until, registry.caller(), moment)
        ON CONFLICT (tool_id) WHERE override.ended_at IS NULL DO NOTHING
        RETURNING override.id INTO made;
        EXIT WHEN made IS NOT NULL;
    END LOOP;
    IF made IS NULL THEN
        RAISE EXCEPTION 'the tool is overridden by others at the same time; try again'
        USING ERRCODE = 'serialization_failure';
    END IF;
    IF set_tool_override.status = 'available' THEN
        SELECT judged.reason INTO obstacle FROM api.tool_availability AS judged WHERE judged.id = overridden;
        IF obstacle IS NOT NULL THEN
            RAISE WARNING 'this has no effect: %, and what is declared cannot be overridden', obstacle;
        END IF;
    END IF;
    RETURN made;
END
$$;

-- Name: FUNCTION set_tool_override(tool text, status text, reason text, until timestamp with time zone); Type: COMMENT (api)

COMMENT ON FUNCTION api.set_tool_override(tool text, status text, reason text, until timestamp with time zone) IS 'Takes a tool out of service (unavailable) or keeps it in (available) until a time, or until it is removed. It replaces the override that the tool has. Returns its id in api.tool_overrides.';

-- Name: snapshot_of_others(); Type: FUNCTION (api)

CREATE FUNCTION api.snapshot_of_others() RETURNS pg_snapshot
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$
SELECT
    format(
        '%s:%s:%s',
        pg_snapshot_xmin(pg_current_snapshot()),
        pg_snapshot_xmax(pg_current_snapshot()),
        string_agg(running.xid::text, ',' ORDER BY running.xid)
    )::pg_snapshot
FROM (
    SELECT pg_snapshot_xip(pg_current_snapshot()) AS xid
    UNION
    SELECT pg_current_xact_id_if_assigned()
) AS running
WHERE running.xid < pg_snapshot_xmax(pg_current_snapshot())
$$;

-- Name: FUNCTION snapshot_of_others(); Type: COMMENT (api)

COMMENT ON FUNCTION api.snapshot_of_others() IS 'Internal: the snapshot of the statement that calls it, without the transaction that calls it.';

-- Name: times(numeric); Type: FUNCTION (api)

CREATE FUNCTION api.times(calls numeric) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN (calls = (1)::numeric) THEN 'once'::text ELSE (to_char(calls, 'FM999,999,999,999,999'::text) || ' times'::text) END;

-- Name: FUNCTION times(calls numeric); Type: COMMENT (api)

COMMENT ON FUNCTION api.times(calls numeric) IS 'Internal to recommend_tools: how often something happened, in words.';

-- Name: tool_of_other_name(text, text); Type: FUNCTION (api)

CREATE FUNCTION api.tool_of_other_name(tool text, service text) RETURNS TABLE(id uuid, version text, service text, node text)
    LANGUAGE sql STABLE
    AS $$
    WITH provided AS (
        SELECT
            found.id,
            found.version,
            found.service,
            found.node,
            found.tool_name = tool_of_other_name.tool AS is_exact
        FROM registry.tools AS found
        WHERE
            lower(found.tool_name) = lower(tool_of_other_name.tool)
            AND found.service = coalesce(lower(tool_of_other_name.service), found.service)
    ),
    -- Names of tools are case-sensitive (MCP 2025-11-25, tools), so the exact one is meant where there are several.
    meant AS (
        SELECT provided.*
        FROM provided
        WHERE provided.is_exact OR NOT EXISTS (SELECT FROM provided AS other WHERE other.is_exact)
    )
    SELECT
        meant.id,
        meant.version,
        meant.service,
        meant.node
    FROM meant
    -- Two providers may use the same name; then only the service tells which is meant.
    WHERE (SELECT count(*) FROM meant) = 1
    UNION ALL
    SELECT
        entity.id,
        NULL,
        NULL,
        NULL
    FROM registry.entities AS entity
    WHERE entity.kind = 'Tool' AND entity.name = lower(tool_of_other_name.tool) AND NOT EXISTS (SELECT FROM provided)
$$;

-- Name: FUNCTION tool_of_other_name(tool text, service text); Type: COMMENT (api)

COMMENT ON FUNCTION api.tool_of_other_name(tool text, service text) IS 'Internal: the tool that is meant by a name that is not declared: the one whose spec.toolName it is, or one that was removed.';

-- Name: tools_accepting(jsonb); Type: FUNCTION (api)

CREATE FUNCTION api.tools_accepting(arguments jsonb) RETURNS TABLE(name text, description text, category text, lifecycle text, service text, node text, tool_name text)
    LANGUAGE plpgsql STABLE
    AS $$
#variable_conflict use_column
DECLARE
    given text[];
BEGIN
    IF jsonb_typeof(arguments) IS DISTINCT FROM 'object' THEN
        RAISE EXCEPTION 'arguments is %; expected a JSON object such as {"amount": 4990, "currency": "EUR"}',
        coalesce(left(arguments::text, 100), 'NULL')
        USING ERRCODE = 'invalid_parameter_value';
    END IF;
    given := ARRAY(SELECT jsonb_object_keys(arguments));
    RETURN QUERY
    SELECT
        tool.name,
        tool.manifest #>> '{metadata,description}',
        tool.category,
        tool.lifecycle,
        tool.service,
        tool.node,
        tool.tool_name
    FROM registry.tools AS tool
    CROSS JOIN LATERAL (
        SELECT registry.resolved_schema(tool.input_schema, tool.input_schema) -> 'properties' AS properties
    ) AS taken
    WHERE
        registry.parameter_names(tool.input_schema) ?& given
        AND coalesce(registry.required_parameters(tool.input_schema) <@ to_jsonb(given), true)
        AND tool.lifecycle <> 'retired'
        AND NOT EXISTS (
            SELECT FROM jsonb_each(arguments) AS argument
            WHERE NOT api.value_fits(
                argument.value, registry.resolved_schema(taken.properties -> argument.key, tool.input_schema)
            )
        )
    ORDER BY tool.name;
END
$$;

-- Name: FUNCTION tools_accepting(arguments jsonb); Type: COMMENT (api)

COMMENT ON FUNCTION api.tools_accepting(arguments jsonb) IS 'Tools that could be called with these arguments: all that are required are there, each is declared, and each has the type, const or enum of its schema. Nested schemas, patterns and limits are not checked. Retired tools are left out.';

-- Name: tools_fed_by(text); Type: FUNCTION (api)

CREATE FUNCTION api.tools_fed_by(tool text) RETURNS TABLE(name text, takes text[], description text, category text, lifecycle text, service text, node text, tool_name text)
    LANGUAGE plpgsql STABLE
    AS $_$
#variable_conflict use_column
DECLARE
    root jsonb;
    given jsonb;
    names text[];
BEGIN
    SELECT
        source.output_schema,
        coalesce(registry.resolved_schema(source.output_schema, source.output_schema) -> 'properties', '{}'),
        ARRAY(SELECT jsonb_array_elements_text(registry.parameter_names(source.output_schema)))
    INTO root, given, names
    FROM registry.tools AS source
    WHERE source.name = tools_fed_by.tool;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'tool is "%"; expected the name of a tool of this registry', left(tools_fed_by.tool, 100)
        USING ERRCODE = 'invalid_parameter_value';
    END IF;
    RETURN QUERY
    SELECT
        target.name,
        ARRAY(SELECT taken.value FROM jsonb_array_elements_text(needed.required) AS taken (value) ORDER BY taken.value),
        target.manifest #>> '{metadata,description}',
        target.category,
        target.lifecycle,
        target.service,
        target.node,
        target.tool_name
    FROM registry.tools AS target
    -- By a path, since a row that was changed by hand may hold something else than a list.
    CROSS JOIN LATERAL (
        SELECT
            jsonb_path_query_array(registry.required_parameters(target.input_schema), '$[*]') AS required,
            registry.resolved_schema(target.input_schema, target.input_schema) -> 'properties' AS properties
    ) AS needed
    WHERE
        registry.required_parameters(target.input_schema) ?| names
        AND registry.required_parameters(target.input_schema) <@ to_jsonb(names)
        AND target.lifecycle <> 'retired'
        AND target.name <> tools_fed_by.tool
        AND NOT EXISTS (
            SELECT FROM jsonb_array_elements_text(needed.required) AS taken (value)
            CROSS JOIN LATERAL (
                SELECT
                    api.parameter_types(registry.resolved_schema(given -> taken.value, root)) AS given,
                    api.parameter_types(
                        registry.resolved_schema(needed.properties -> taken.value, target.input_schema)
                    ) AS wanted
            ) AS types
            -- Every integer is a number, but not the other way round.
            WHERE NOT (
                types.given && types.wanted
                OR ('integer' = ANY (types.given) AND 'number' = ANY (types.wanted))
            )
        )
    ORDER BY target.name;
END
$_$;

-- Name: FUNCTION tools_fed_by(tool text); Type: COMMENT (api)

COMMENT ON FUNCTION api.tools_fed_by(tool text) IS 'Tools whose required input is in the output of this one, by the name of each property and a type that both allow. A tool that requires nothing is fed by all and not shown. Retired tools are left out.';

-- Name: tools_with_parameter(text, text); Type: FUNCTION (api)

CREATE FUNCTION api.tools_with_parameter(parameter text, type text DEFAULT NULL::text) RETURNS TABLE(name text, types text[], required boolean, description text, category text, lifecycle text, service text, node text, tool_name text)
    LANGUAGE plpgsql STABLE
    AS $$
#variable_conflict use_column
BEGIN
    IF coalesce(tools_with_parameter.parameter, '') = '' THEN
        RAISE EXCEPTION 'parameter is %; expected the name of one such as customer_id',
        CASE WHEN tools_with_parameter.parameter IS NULL THEN 'NULL' ELSE '""' END
        USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF tools_with_parameter.type NOT IN ('array', 'boolean', 'integer', 'null', 'number', 'object', 'string') THEN
        RAISE EXCEPTION 'type is "%"; expected array, boolean, integer, null, number, object or string',
        left(tools_with_parameter.type, 100)
        USING ERRCODE = 'invalid_parameter_value';
    END IF;
    RETURN QUERY
    SELECT
        tool.name,
        declared.types,
        coalesce(registry.required_parameters(tool.input_schema) ? tools_with_parameter.parameter, false),
        taken.schema ->> 'description',
        tool.category,
        tool.lifecycle,
        tool.service,
        tool.node,
        tool.tool_name
    FROM registry.tools AS tool
    CROSS JOIN LATERAL (
        SELECT registry.resolved_schema(
            registry.resolved_schema(tool.input_schema, tool.input_schema) -> 'properties' -> tools_with_parameter.parameter,
            tool.input_schema
        ) AS schema
    ) AS taken
    CROSS JOIN LATERAL (SELECT api.parameter_types(taken.schema) AS types) AS declared
    WHERE
        registry.parameter_names(tool.input_schema) ? tools_with_parameter.parameter
        AND (tools_with_parameter.type IS NULL OR tools_with_parameter.type = ANY (declared.types))
        AND tool.lifecycle <> 'retired'
    ORDER BY tool.name;
END
$$;

-- Name: FUNCTION tools_with_parameter(parameter text, type text); Type: COMMENT (api)

COMMENT ON FUNCTION api.tools_with_parameter(parameter text, type text) IS 'Tools that take a parameter of this name, of this JSON type if one is given; one whose schema says no type has all of them. Nested properties do not count. Retired tools are left out.';

-- Name: uncounted_calls(timestamp with time zone, timestamp with time zone); Type: FUNCTION (api)

CREATE FUNCTION api.uncounted_calls(since timestamp with time zone DEFAULT '-infinity'::timestamp with time zone, until timestamp with time zone DEFAULT 'infinity'::timestamp with time zone) RETURNS TABLE(day date, calls bigint, first_recorded_at timestamp with time zone)
    LANGUAGE plpgsql STABLE
    SET plan_cache_mode TO 'force_custom_plan'
    SET jit TO 'off'
    AS $$
#variable_conflict use_column
DECLARE
    counted CONSTANT pg_snapshot := api.counted_snapshot();
    -- Without a rollup, all transactions came after it.
    running CONSTANT bigint[] := ARRAY(SELECT pg_snapshot_xip(counted)::text::bigint);
    next CONSTANT bigint := coalesce(pg_snapshot_xmax(counted)::text::bigint, 0);
BEGIN
    RETURN QUERY
    SELECT
        (log.started_at AT TIME ZONE 'UTC')::date,
        count(*),
        min(log.recorded_at)
    FROM runtime.invocation_logs AS log
    WHERE
        log.started_at >= uncounted_calls.since
        AND log.started_at < uncounted_calls.until
        AND (log.recorded_xid >= next OR log.recorded_xid = ANY (running))
    GROUP BY 1;
END
$$;

-- Name: FUNCTION uncounted_calls(since timestamp with time zone, until timestamp with time zone); Type: COMMENT (api)

COMMENT ON FUNCTION api.uncounted_calls(since timestamp with time zone, until timestamp with time zone) IS 'Internal: calls of a window that no rollup of this server has counted yet, by the day (UTC), and when the first one was logged.';

-- Name: unrolled_calls(timestamp with time zone, timestamp with time zone, timestamp with time zone, timestamp with time zone, bigint[], bigint, text, uuid[], text, text, uuid[], text, uuid[], uuid[], uuid[]); Type: FUNCTION (api)

CREATE FUNCTION api.unrolled_calls(since timestamp with time zone, until timestamp with time zone, first timestamp with time zone, beyond timestamp with time zone, running bigint[], next bigint, of_tool text, tool_ids uuid[], of_agent text, of_service text, service_ids uuid[], of_node text, node_ids uuid[], category_ids uuid[], nameless_ids uuid[]) RETURNS TABLE(started_at timestamp with time zone, duration_ms double precision, recorded_xid bigint, tool_id uuid, service_id uuid, node_id uuid, tool text, tool_version text, agent text, service text, node text, status text, error_code text, error_message text, id bigint)
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$
SELECT call.*
FROM api.matching_calls(
    since, first,
    of_tool, tool_ids, of_agent, of_service, service_ids, of_node, node_ids, category_ids, nameless_ids
) AS call
UNION ALL
SELECT call.*
FROM api.matching_calls(
    first, least(beyond, until),
    of_tool, tool_ids, of_agent, of_service, service_ids, of_node, node_ids, category_ids, nameless_ids
) AS call
WHERE call.recorded_xid >= next OR call.recorded_xid = ANY (running)
UNION ALL
SELECT call.*
FROM api.matching_calls(
    beyond, until,
    of_tool, tool_ids, of_agent, of_service, service_ids, of_node, node_ids, category_ids, nameless_ids
) AS call
$$;

-- Name: FUNCTION unrolled_calls(since timestamp with time zone, until timestamp with time zone, first timestamp with time zone, beyond timestamp with time zone, running bigint[], next bigint, of_tool text, tool_ids uuid[], of_agent text, of_service text, service_ids uuid[], of_node text, node_ids uuid[], category_ids uuid[], nameless_ids uuid[]); Type: COMMENT (api)

COMMENT ON FUNCTION api.unrolled_calls(since timestamp with time zone, until timestamp with time zone, first timestamp with time zone, beyond timestamp with time zone, running bigint[], next bigint, of_tool text, tool_ids uuid[], of_agent text, of_service text, service_ids uuid[], of_node text, node_ids uuid[], category_ids uuid[], nameless_ids uuid[]) IS 'Internal: raw calls of a window that are not read from a rollup: those of its edges, and those not yet counted.';

-- Name: update_tool_status(); Type: FUNCTION (api)

CREATE FUNCTION api.update_tool_status() RETURNS TABLE(tool text, before text, after text, reason text)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    -- One at a time, and the statement below sees what the one before it wrote. (All statements of a function in
    -- LANGUAGE sql see the same snapshot, so this is none.)
    LOCK TABLE runtime.tool_statuses IN SHARE ROW EXCLUSIVE MODE;
    RETURN QUERY
    -- Judged once, not for each tool.
    WITH nodes AS MATERIALIZED (
        SELECT
            node.name,
            node.health,
            to_char(node.last_seen AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS" UTC"') AS last_seen
        FROM api.node_health_status AS node
    ),

    silenced AS (
        SELECT
            declared.id,
            format('node %s is silent since %s', node.name, node.last_seen) AS reason
        FROM nodes AS node
        INNER JOIN registry.tools AS declared ON declared.node = node.name
        WHERE node.health = 'silent'
    ),

    -- What is available, and was, needs no row: only silent nodes and what is known of tools are looked at.
    judged AS (
        SELECT
            coalesce(silenced.id, known.tool_id) AS tool_id,
            coalesce(known.status, 'available') AS before,
            CASE
                WHEN silenced.id IS NOT NULL THEN 'unavailable'
                WHEN declared.id IS NULL THEN 'removed'
                ELSE 'available'
            END AS after,
            CASE
                WHEN silenced.id IS NOT NULL THEN silenced.reason
                WHEN declared.id IS NULL THEN 'the tool was removed'
                WHEN declared.node IS NULL THEN 'the tool names no node'
                WHEN node.health = 'never seen' THEN format('node %s has never reported', node.name)
                ELSE format('node %s is %s', declared.node, coalesce(node.health, 'not declared'))
            END AS reason,
            known.reason AS known_reason
        FROM silenced
        FULL JOIN runtime.tool_statuses AS known ON known.tool_id = silenced.id
        LEFT JOIN registry.tools AS declared ON declared.id = known.tool_id
        LEFT JOIN nodes AS node ON node.name = declared.node
    ),

    marked AS (
        INSERT INTO runtime.tool_statuses AS known (tool_id, status, reason)
        SELECT
            judged.tool_id,
            judged.after,
            judged.reason
        FROM judged
        WHERE
            judged.after <> 'removed'
            AND (judged.after <> judged.before OR (judged.after = 'unavailable' AND judged.reason <> judged.known_reason))
        ON CONFLICT (tool_id) DO UPDATE SET
            status = excluded.status,
            reason = excluded.reason,
            since = CASE WHEN known.status = excluded.status THEN known.since ELSE excluded.since END
    ),

    forgotten AS (
        DELETE FROM runtime.tool_statuses AS known
        USING judged
        WHERE known.tool_id = judged.tool_id AND judged.after = 'removed'
    ),

    logged AS (
        INSERT INTO runtime.tool_status_changes AS change (tool_id, before, after, reason)
        SELECT
            judged.tool_id,
            judged.before,
            judged.after,
            judged.reason
        FROM judged
        WHERE judged.after <> judged.before AND (judged.before = 'unavailable' OR judged.after = 'unavailable')
        RETURNING change.tool_id, change.before, change.after, change.reason
    )

    SELECT
        coalesce(entity.name, entity.id::text),
        logged.before,
        logged.after,
        logged.reason
    FROM logged
    INNER JOIN registry.entities AS entity ON entity.id = logged.tool_id
    ORDER BY 1;
END
$$;

-- Name: FUNCTION update_tool_status(); Type: COMMENT (api)

COMMENT ON FUNCTION api.update_tool_status() IS 'Marks the tools of silent nodes as unavailable, and back when the node reports; run it every minute. Returns what changed. A node that never reported silences no tool: perhaps nobody reports for it.';

-- Name: value_fits(jsonb, jsonb); Type: FUNCTION (api)

CREATE FUNCTION api.value_fits(value jsonb, schema jsonb) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (((jsonb_typeof(value) = ANY (api.parameter_types(schema))) OR ((jsonb_typeof(value) = 'number'::text) AND ('integer'::text = ANY (api.parameter_types(schema))) AND ((value)::numeric = trunc((value)::numeric)))) AND ((NOT COALESCE((schema ? 'const'::text), false)) OR ((schema -> 'const'::text) = value)) AND (COALESCE((jsonb_typeof((schema -> 'enum'::text)) <> 'array'::text), true) OR (EXISTS (SELECT FROM jsonb_array_elements((value_fits.schema -> 'enum'::text)) allowed(value) WHERE (allowed.value = value_fits.value)))));

-- Name: FUNCTION value_fits(value jsonb, schema jsonb); Type: COMMENT (api)

COMMENT ON FUNCTION api.value_fits(value jsonb, schema jsonb) IS 'Internal to the searches by schema: whether a value has the type, const or enum of a schema. Nothing else of it is checked.';

-- Name: wanted_identities(text, text, text, text); Type: FUNCTION (api)

CREATE FUNCTION api.wanted_identities(tool text, service text, node text, category text, OUT tool_ids uuid[], OUT service_ids uuid[], OUT node_ids uuid[], OUT category_ids uuid[], OUT nameless_ids uuid[]) RETURNS record
    LANGUAGE plpgsql STABLE
    AS $$
BEGIN
    tool_ids := api.identities('Tool', tool);
    service_ids := api.identities('Service', service);
    node_ids := api.identities('Node', node);
    nameless_ids := api.identities('Tool', NULL) || api.identities('Service', NULL) || api.identities('Node', NULL);
    -- NULL lets all through.
    IF category IS NOT NULL THEN
        category_ids := ARRAY(
            SELECT declared.id FROM registry.tools AS declared WHERE declared.category = wanted_identities.category
        );
    END IF;
END
$$;

-- Name: FUNCTION wanted_identities(tool text, service text, node text, category text, OUT tool_ids uuid[], OUT service_ids uuid[], OUT node_ids uuid[], OUT category_ids uuid[], OUT nameless_ids uuid[]); Type: COMMENT (api)

COMMENT ON FUNCTION api.wanted_identities(tool text, service text, node text, category text, OUT tool_ids uuid[], OUT service_ids uuid[], OUT node_ids uuid[], OUT category_ids uuid[], OUT nameless_ids uuid[]) IS 'Internal: the identities that the filters of analytics mean, and those that are shown as they were called.';

-- Name: week_over_week(timestamp with time zone, text, text, text, text, text); Type: FUNCTION (api)

CREATE FUNCTION api.week_over_week(until timestamp with time zone DEFAULT now(), tool text DEFAULT NULL::text, agent text DEFAULT NULL::text, service text DEFAULT NULL::text, node text DEFAULT NULL::text, category text DEFAULT NULL::text) RETURNS TABLE(tool_name text, calls bigint, calls_before bigint, calls_change_percent numeric, success_percent numeric, success_percent_before numeric, mean_ms numeric, mean_ms_before numeric, p95_ms numeric, p95_ms_before numeric)
    LANGUAGE plpgsql STABLE
    AS $$
#variable_conflict use_column
DECLARE
    -- Hours, since a day in the session's time zone may have 23 of them.
    week CONSTANT interval := '168 hours';
BEGIN
    IF until IS NULL OR NOT isfinite(until) THEN
        RAISE EXCEPTION 'until is %; expected a time at which the week ends', coalesce('"' || until || '"', 'NULL')
        USING ERRCODE = 'invalid_parameter_value';
    END IF;
    RETURN QUERY
    SELECT
        coalesce(this.name, before.name),
        coalesce(this.total, 0),
        coalesce(before.total, 0),
        round(100.0 * (coalesce(this.total, 0) - before.total) / before.total, 2),
        this.success_percent,
        before.success_percent,
        this.mean_ms,
        before.mean_ms,
        this.p95_ms,
        before.p95_ms
    FROM api.measured_calls('tool', until - week, until, NULL, tool, agent, service, node, category) AS this
    FULL JOIN api.measured_calls('tool', until - 2 * week, until - week, NULL, tool, agent, service, node, category)
        AS before ON before.name = this.name
    ORDER BY 2 DESC, 3 DESC, 1;
END
$$;

-- Name: FUNCTION week_over_week(until timestamp with time zone, tool text, agent text, service text, node text, category text); Type: COMMENT (api)

COMMENT ON FUNCTION api.week_over_week(until timestamp with time zone, tool text, agent text, service text, node text, category text) IS 'Each tool in the seven days up to a time, beside the seven days before: calls and their change in percent, success in percent, mean and p95 in ms (the smallest duration that at least 95 % of calls did not exceed, within 5 %).';

-- Name: disown(); Type: FUNCTION (registry)

CREATE FUNCTION registry.disown() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF TG_TABLE_NAME = 'entities' THEN
        NEW.present := false;
    ELSE
        NEW.path := NULL;
        NEW.blob := NULL;
        NEW.revision := NULL;
        NEW.applied_digest := NULL;
    END IF;
    RETURN NEW;
END
$$;

-- Name: FUNCTION disown(); Type: COMMENT (registry)

COMMENT ON FUNCTION registry.disown() IS 'Trigger: a row that was put in by hand does not pass for one that was applied.';

-- Name: is_applying(); Type: FUNCTION (registry)

CREATE FUNCTION registry.is_applying() RETURNS boolean
    LANGUAGE sql STABLE
    RETURN (COALESCE(current_setting('toolreg.applying'::text, true), ''::text) = 'on'::text);

-- Name: FUNCTION is_applying(); Type: COMMENT (registry)

COMMENT ON FUNCTION registry.is_applying() IS 'Whether this transaction applies a revision.';

-- Name: is_purging(); Type: FUNCTION (registry)

CREATE FUNCTION registry.is_purging() RETURNS boolean
    LANGUAGE sql STABLE
    RETURN (COALESCE(current_setting('toolreg.purging'::text, true), ''::text) = 'on'::text);

-- Name: FUNCTION is_purging(); Type: COMMENT (registry)

COMMENT ON FUNCTION registry.is_purging() IS 'Whether this is the function that removes old versions.';

-- Name: number_on(); Type: FUNCTION (registry)

CREATE FUNCTION registry.number_on() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
DECLARE
    newest bigint;
BEGIN
    EXECUTE format('SELECT max(id) FROM %I.%I', TG_TABLE_SCHEMA, TG_TABLE_NAME) INTO newest;
    -- Each number is drawn, and none is set: others may be drawing, too.
    WHILE NEW.id <= newest LOOP
        NEW.id := nextval(pg_get_serial_sequence(format('%I.%I', TG_TABLE_SCHEMA, TG_TABLE_NAME), 'id'));
    END LOOP;
    RETURN NEW;
END
$$;

-- Name: FUNCTION number_on(); Type: COMMENT (registry)

COMMENT ON FUNCTION registry.number_on() IS 'Trigger: goes on behind the numbers that came from another database.';

-- Name: resolved_schema(jsonb, jsonb); Type: FUNCTION (registry)

CREATE FUNCTION registry.resolved_schema(part jsonb, root jsonb) RETURNS jsonb
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    AS $_$
DECLARE
    -- Draft-07 ignores what stands beside $ref (core, section 8.3).
    ignores_siblings CONSTANT boolean := coalesce(root ->> '$schema' LIKE '%//json-schema.org/draft-07/schema%', false);
    resolved jsonb := part;
    target jsonb;
    reference text;
BEGIN
    -- A reference may lead to another one, and round in a circle.
    FOR hop IN 1..16 LOOP
        EXIT WHEN jsonb_typeof(resolved) IS DISTINCT FROM 'object' OR jsonb_typeof(resolved -> '$ref') IS DISTINCT FROM 'string';
        reference := resolved ->> '$ref';
        target := CASE
            WHEN reference = '#' THEN root
            -- A JSON Pointer (RFC 6901): ~1 is a slash, ~0 a tilde.
            WHEN starts_with(reference, '#/')
                THEN root #> ARRAY(
                    SELECT replace(replace(step.key, '~1', '/'), '~0', '~')
                    FROM unnest(string_to_array(substr(reference, 3), '/')) WITH ORDINALITY AS step (key, place)
                    ORDER BY step.place
                )
        END;
        EXIT WHEN target IS NULL;
        resolved := CASE
            WHEN ignores_siblings OR jsonb_typeof(target) <> 'object' THEN target
            ELSE target || (resolved - '$ref')
        END;
    END LOOP;
    RETURN resolved;
END
$_$;

-- Name: FUNCTION resolved_schema(part jsonb, root jsonb); Type: COMMENT (registry)

COMMENT ON FUNCTION registry.resolved_schema(part jsonb, root jsonb) IS 'A part of a JSON Schema with what its $ref stands for, where that is a JSON Pointer into the root.';

-- Name: parameter_names(jsonb); Type: FUNCTION (registry)

CREATE FUNCTION registry.parameter_names(schema jsonb) RETURNS jsonb
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN jsonb_path_query_array(CASE WHEN (schema ? '$ref'::text) THEN registry.resolved_schema(schema, schema) ELSE schema END, 'strict $."properties".keyvalue()."key"'::jsonpath, silent => true);

-- Name: FUNCTION parameter_names(schema jsonb); Type: COMMENT (registry)

COMMENT ON FUNCTION registry.parameter_names(schema jsonb) IS 'The names of the properties of a JSON Schema, without nested ones.';

-- Name: record_by_hand(); Type: FUNCTION (registry)

CREATE FUNCTION registry.record_by_hand() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    IF TG_OP <> 'UPDATE' OR OLD.manifest::text <> NEW.manifest::text THEN
        INSERT INTO registry.hand_changes (action, kind, name, entity_id, revision)
        SELECT
            lower(TG_OP),
            coalesce(OLD.kind, NEW.kind),
            coalesce(OLD.name, NEW.name),
            coalesce(OLD.id, NEW.id),
            max(version.revision)
        FROM registry.history AS version
        WHERE version.entity_id = coalesce(OLD.id, NEW.id);
    END IF;
    RETURN NULL;
END
$$;

-- Name: FUNCTION record_by_hand(); Type: COMMENT (registry)

COMMENT ON FUNCTION registry.record_by_hand() IS 'Trigger: records who changes a resource by hand.';

-- Name: refuse_by_hand(); Type: FUNCTION (registry)

CREATE FUNCTION registry.refuse_by_hand() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    -- Deeper than one: the deletion of a row by hand takes what depends on it along.
    IF pg_trigger_depth() > 1 THEN
        RETURN coalesce(NEW, OLD);
    END IF;
    RAISE EXCEPTION '%.% is written by toolreg alone', TG_TABLE_SCHEMA, TG_TABLE_NAME
    USING ERRCODE = 'insufficient_privilege',
    HINT = 'Change the file in git and run: toolreg apply';
END
$$;

-- Name: FUNCTION refuse_by_hand(); Type: COMMENT (registry)

COMMENT ON FUNCTION registry.refuse_by_hand() IS 'Trigger: keeps what toolreg derives or records from being changed by hand.';

-- Name: refuse_rewriting(); Type: FUNCTION (registry)

CREATE FUNCTION registry.refuse_rewriting() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    RAISE EXCEPTION '%.% is append-only: % is refused', TG_TABLE_SCHEMA, TG_TABLE_NAME, TG_OP
    USING ERRCODE = 'insufficient_privilege';
END
$$;

-- Name: FUNCTION refuse_rewriting(); Type: COMMENT (registry)

COMMENT ON FUNCTION registry.refuse_rewriting() IS 'Trigger: keeps a table append-only.';

-- Name: required_parameters(jsonb); Type: FUNCTION (registry)

CREATE FUNCTION registry.required_parameters(schema jsonb) RETURNS jsonb
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (CASE WHEN (schema ? '$ref'::text) THEN registry.resolved_schema(schema, schema) ELSE schema END -> 'required'::text);

-- Name: FUNCTION required_parameters(schema jsonb); Type: COMMENT (registry)

COMMENT ON FUNCTION registry.required_parameters(schema jsonb) IS 'The names that a JSON Schema requires, as its keyword required lists them.';

-- Name: touch(); Type: FUNCTION (registry)

CREATE FUNCTION registry.touch() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    NEW.updated_at := now();
    RETURN NEW;
END
$$;

-- Name: FUNCTION touch(); Type: COMMENT (registry)

COMMENT ON FUNCTION registry.touch() IS 'Trigger: moves updated_at. Each table calls it only when the manifest differs.';

-- Name: nodes; Type: TABLE (registry)

CREATE TABLE registry.nodes (
    NOT NULL id,
    type text GENERATED ALWAYS AS ((manifest #>> '{spec,type}'::text[])) STORED NOT NULL,
    address text GENERATED ALWAYS AS ((manifest #>> '{spec,address}'::text[])) STORED NOT NULL,
    status text GENERATED ALWAYS AS ((manifest #>> '{spec,status}'::text[])) STORED NOT NULL,
    CONSTRAINT node_is_a_node CHECK ((kind = 'Node'::text)),
    CONSTRAINT node_status_is_known CHECK ((status = ANY (ARRAY['active'::text, 'maintenance'::text, 'inactive'::text])))
)
INHERITS (registry.resources);

-- Name: TABLE nodes; Type: COMMENT (registry)

COMMENT ON TABLE registry.nodes IS 'Nodes that are declared now. Every typed column is derived from the manifest.';

-- Name: active_nodes; Type: VIEW (api)

CREATE VIEW api.active_nodes WITH (security_invoker='true') AS
 SELECT name,
    type,
    address,
    owner,
    ( SELECT count(*) AS count
           FROM registry.tools tool
          WHERE (tool.node = node.name)) AS tools
   FROM registry.nodes node
  WHERE (status = 'active'::text);

-- Name: VIEW active_nodes; Type: COMMENT (api)

COMMENT ON VIEW api.active_nodes IS 'Nodes whose status is active, with how many tools each runs.';

-- Name: tool_overrides; Type: TABLE (runtime)

CREATE TABLE runtime.tool_overrides (
    id bigint NOT NULL,
    tool_id uuid NOT NULL,
    status text NOT NULL,
    reason text NOT NULL,
    until timestamp with time zone,
    set_by text DEFAULT registry.caller() NOT NULL,
    set_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    ending text,
    ended_by text,
    ended_at timestamp with time zone,
    CONSTRAINT override_ending_is_known CHECK ((ending = ANY (ARRAY['expired'::text, 'replaced'::text, 'removed'::text]))),
    CONSTRAINT override_ends_in_a_year_to_come CHECK (((until > set_at) AND (until < '9999-12-31 00:00:00+00'::timestamp with time zone))),
    CONSTRAINT override_ends_somehow CHECK (((ending IS NULL) = (ended_at IS NULL))),
    CONSTRAINT override_expires_or_is_ended_by_somebody CHECK (((ended_by IS NULL) = ((ending IS NULL) OR (ending = 'expired'::text)))),
    CONSTRAINT override_has_a_reason CHECK (((octet_length(btrim(reason)) >= 1) AND (octet_length(btrim(reason)) <= 1000))),
    CONSTRAINT override_status_is_known CHECK ((status = ANY (ARRAY['available'::text, 'unavailable'::text])))
);

-- Name: TABLE tool_overrides; Type: COMMENT (runtime)

COMMENT ON TABLE runtime.tool_overrides IS 'Operators take a tool out of service, or keep it in, without a commit: who, why and until when. Ended ones stay.';

-- Name: COLUMN tool_overrides.ending; Type: COMMENT (runtime)

COMMENT ON COLUMN runtime.tool_overrides.ending IS 'How it ended; NULL while it is active, and for one that expired and that nobody has replaced since.';

-- Name: tool_overrides; Type: VIEW (api)

CREATE VIEW api.tool_overrides WITH (security_invoker='true') AS
 SELECT override.id,
    override.tool_id,
    COALESCE(entity.name, (entity.id)::text) AS tool,
    override.status,
    ((override.ended_at IS NULL) AND ((override.until IS NULL) OR (override.until > statement_timestamp()))) AS active,
    override.reason,
    override.until,
    override.set_by,
    override.set_at,
        CASE
            WHEN (override.ending IS NOT NULL) THEN override.ending
            WHEN (override.until <= statement_timestamp()) THEN 'expired'::text
            ELSE NULL::text
        END AS ending,
    override.ended_by,
        CASE
            WHEN (override.ended_at IS NOT NULL) THEN override.ended_at
            WHEN (override.until <= statement_timestamp()) THEN override.until
            ELSE NULL::timestamp with time zone
        END AS ended_at
   FROM (runtime.tool_overrides override
     JOIN registry.entities entity ON ((entity.id = override.tool_id)));

-- Name: VIEW tool_overrides; Type: COMMENT (api)

COMMENT ON VIEW api.tool_overrides IS 'Every override of a tool that an operator set: who, why, until when, whether it is active, and how it ended.';

-- Name: services; Type: TABLE (registry)

CREATE TABLE registry.services (
    NOT NULL id,
    type text GENERATED ALWAYS AS ((manifest #>> '{spec,type}'::text[])) STORED NOT NULL,
    endpoint text GENERATED ALWAYS AS ((manifest #>> '{spec,endpoint}'::text[])) STORED,
    version text GENERATED ALWAYS AS ((manifest #>> '{spec,version}'::text[])) STORED NOT NULL,
    protocol text GENERATED ALWAYS AS ((manifest #>> '{spec,protocol}'::text[])) STORED NOT NULL,
    auth_type text GENERATED ALWAYS AS ((manifest #>> '{spec,auth,type}'::text[])) STORED NOT NULL,
    CONSTRAINT service_is_a_service CHECK ((kind = 'Service'::text)),
    CONSTRAINT service_type_is_known CHECK ((type = ANY (ARRAY['api'::text, 'agent'::text])))
)
INHERITS (registry.resources);

-- Name: TABLE services; Type: COMMENT (registry)

COMMENT ON TABLE registry.services IS 'Services that are declared now. Every typed column is derived from the manifest.';

-- Name: tool_statuses; Type: TABLE (runtime)

CREATE TABLE runtime.tool_statuses (
    tool_id uuid NOT NULL,
    status text NOT NULL,
    reason text NOT NULL,
    since timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT tool_status_is_known CHECK ((status = ANY (ARRAY['available'::text, 'unavailable'::text])))
);

-- Name: TABLE tool_statuses; Type: COMMENT (runtime)

COMMENT ON TABLE runtime.tool_statuses IS 'Whether the node of a tool answers, as api.update_tool_status saw it last. A tool that is not here is available.';

-- Name: tool_availability; Type: VIEW (api)

CREATE VIEW api.tool_availability WITH (security_invoker='true') AS
 SELECT tool.id,
    tool.name,
    tool.version,
    tool.category,
    tool.lifecycle,
    tool.owner,
    (obstacle.reason IS NULL) AS available,
    obstacle.reason,
    tool.service,
    service.endpoint AS service_endpoint,
    tool.node,
    node.type AS node_type,
    node.address AS node_address,
    node.status AS node_status,
    override.status AS override,
    override.reason AS override_reason,
    override.until AS override_until,
    override.set_by AS override_by,
    tool.tool_name
   FROM (((((registry.tools tool
     LEFT JOIN registry.services service ON ((service.name = tool.service)))
     LEFT JOIN registry.nodes node ON ((node.name = tool.node)))
     LEFT JOIN api.tool_overrides override ON (((override.tool_id = tool.id) AND override.active)))
     LEFT JOIN runtime.tool_statuses found ON ((found.tool_id = tool.id)))
     CROSS JOIN LATERAL ( SELECT
                CASE
                    WHEN (tool.lifecycle <> ALL (ARRAY['active'::text, 'deprecated'::text])) THEN ('the tool is '::text || tool.lifecycle)
                    WHEN (override.status = 'unavailable'::text) THEN concat(('taken out of service by '::text || override.set_by), to_char((override.until AT TIME ZONE 'UTC'::text), '" until "YYYY-MM-DD HH24:MI:SS" UTC"'::text), (': '::text || override.reason))
                    WHEN ((tool.node IS NOT NULL) AND (node.name IS NULL)) THEN (('node '::text || tool.node) || ' is not declared'::text)
                    WHEN (node.status = 'maintenance'::text) THEN (('node '::text || node.name) || ' is in maintenance'::text)
                    WHEN (node.status <> 'active'::text) THEN ((('node '::text || node.name) || ' is '::text) || node.status)
                    WHEN ((override.status IS NULL) AND (found.status = 'unavailable'::text)) THEN found.reason
                    ELSE NULL::text
                END AS reason) obstacle);

-- Name: VIEW tool_availability; Type: COMMENT (api)

COMMENT ON VIEW api.tool_availability IS 'Every declared tool: whether it can be called now, why not, and the override that it has. An override cannot make up for what is declared: a lifecycle that is not active or deprecated, a node out of service.';

-- Name: active_tools; Type: VIEW (api)

CREATE VIEW api.active_tools WITH (security_invoker='true') AS
 SELECT id,
    name,
    version,
    category,
    lifecycle,
    owner,
    service,
    service_endpoint,
    node,
    node_address,
    override,
    override_reason,
    override_until,
    override_by,
    tool_name
   FROM api.tool_availability tool
  WHERE available;

-- Name: VIEW active_tools; Type: COMMENT (api)

COMMENT ON VIEW api.active_tools IS 'Tools that can be called now, with the endpoint of their service and the address of their node. A tool that an operator keeps in service shows who and why; api.tool_availability says why the others are missing.';

-- Name: active_tools_with_nodes; Type: VIEW (api)

CREATE VIEW api.active_tools_with_nodes WITH (security_invoker='true') AS
 SELECT name,
    version,
    category,
    lifecycle,
    service,
    node,
    node_type,
    node_address,
    node_status,
    tool_name
   FROM api.tool_availability tool
  WHERE available;

-- Name: VIEW active_tools_with_nodes; Type: COMMENT (api)

COMMENT ON VIEW api.active_tools_with_nodes IS 'Tools that can be called now, as in api.active_tools, with the node that each runs on, if it names one.';

-- Name: artifacts; Type: TABLE (runtime)

CREATE TABLE runtime.artifacts (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    tool_id uuid NOT NULL,
    invocation_id bigint,
    invocation_started_at timestamp with time zone,
    uri text NOT NULL,
    media_type text NOT NULL,
    size_bytes bigint NOT NULL,
    sha256 text,
    metadata jsonb,
    created_by text DEFAULT registry.caller() NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    expires_at timestamp with time zone,
    CONSTRAINT artifact_expiry_is_finite CHECK (isfinite(expires_at)),
    CONSTRAINT artifact_media_type_is_one CHECK ((media_type ~ '^[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}/[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}$'::text)),
    CONSTRAINT artifact_sha256_is_one CHECK ((sha256 ~ '^[0-9a-f]{64}$'::text)),
    CONSTRAINT artifact_size_is_not_negative CHECK ((size_bytes >= 0)),
    CONSTRAINT artifact_uri_is_short CHECK (((octet_length(uri) >= 1) AND (octet_length(uri) <= 2048))),
    CONSTRAINT invocation_is_named_with_its_time CHECK (((invocation_id IS NULL) = (invocation_started_at IS NULL)))
);

-- Name: TABLE artifacts; Type: COMMENT (runtime)

COMMENT ON TABLE runtime.artifacts IS 'What tools left behind: where it is, how large, until when. Its tool may be removed meanwhile.';

-- Name: COLUMN artifacts.invocation_started_at; Type: COMMENT (runtime)

COMMENT ON COLUMN runtime.artifacts.invocation_started_at IS 'With the id it finds the call in the table of its day. No foreign key: logs are dropped by the day.';

-- Name: artifacts; Type: VIEW (api)

CREATE VIEW api.artifacts WITH (security_invoker='true') AS
 SELECT artifact.id,
    entity.name AS tool,
    artifact.uri,
    artifact.media_type,
    artifact.size_bytes,
    artifact.sha256,
    artifact.invocation_id AS invocation,
    artifact.invocation_started_at,
    artifact.metadata,
    artifact.created_by,
    artifact.created_at,
    artifact.expires_at,
    COALESCE((artifact.expires_at <= now()), false) AS expired,
    (NOT entity.present) AS orphaned,
    tool.category,
    tool.owner,
    artifact.tool_id
   FROM ((runtime.artifacts artifact
     JOIN registry.entities entity ON ((entity.id = artifact.tool_id)))
     LEFT JOIN registry.tools tool ON ((tool.id = artifact.tool_id)));

-- Name: VIEW artifacts; Type: COMMENT (api)

COMMENT ON VIEW api.artifacts IS 'Artifacts that are known, with the tool that left each behind. It is orphaned once its tool is no longer declared; tool is NULL where another tool has that name now.';

-- Name: bloated_indexes; Type: VIEW (api)

CREATE VIEW api.bloated_indexes WITH (security_invoker='true') AS
 WITH entries AS (
         SELECT index_1.indexrelid,
            index_1.indrelid,
            ((((8 + 4) +
                CASE
                    WHEN bool_or((width.null_frac > (0)::double precision)) THEN 8
                    ELSE 0
                END))::double precision + sum((ceil((((width.avg_width)::double precision * ((1)::double precision - width.null_frac)) / (8)::double precision)) * (8)::double precision))) AS bytes
           FROM ((((((pg_index index_1
             JOIN pg_class class ON ((class.oid = index_1.indexrelid)))
             JOIN pg_am method ON ((method.oid = class.relam)))
             JOIN pg_class owner_1 ON ((owner_1.oid = index_1.indrelid)))
             JOIN pg_attribute entry ON ((entry.attrelid = index_1.indexrelid)))
             LEFT JOIN pg_attribute attribute ON (((attribute.attrelid = index_1.indrelid) AND (attribute.attnum = index_1.indkey[(entry.attnum - 1)]))))
             LEFT JOIN pg_stats width ON (((width.schemaname = ANY (ARRAY['registry'::name, 'runtime'::name])) AND (width.tablename = COALESCE(
                CASE
                    WHEN (attribute.attnum IS NOT NULL) THEN owner_1.relname
                    ELSE NULL::name
                END, class.relname)) AND (width.attname = COALESCE(attribute.attname, entry.attname)) AND (NOT width.inherited))))
          WHERE ((class.relnamespace = ANY (ARRAY[('registry'::regnamespace)::oid, ('runtime'::regnamespace)::oid])) AND (class.relkind = 'i'::"char") AND (method.amname = 'btree'::name) AND index_1.indisvalid AND (NOT index_1.indisexclusion))
          GROUP BY index_1.indexrelid, index_1.indrelid
         HAVING (count(width.avg_width) = count(*))
        ), sizes AS (
         SELECT entries.indexrelid,
            pg_relation_size((entries.indexrelid)::regclass) AS bytes,
            ((((((class.reltuples * GREATEST((1)::double precision, (((pg_relation_size((entries.indrelid)::regclass))::double precision / page.bytes) / (GREATEST(owner_1.relpages, 1))::double precision))) * entries.bytes) / ((page.bytes - (40)::double precision) * (0.9)::double precision)) * (1.05)::double precision) * page.bytes) + ((2)::double precision * page.bytes)) AS needed
           FROM (((entries
             JOIN pg_class class ON ((class.oid = entries.indexrelid)))
             JOIN pg_class owner_1 ON ((owner_1.oid = entries.indrelid)))
             CROSS JOIN ( SELECT (current_setting('block_size'::text))::double precision AS bytes) page)
          WHERE (class.reltuples >= (0)::double precision)
        )
 SELECT ((sizes.indexrelid)::regclass)::text AS name,
    sizes.bytes,
    (sizes.needed)::bigint AS needed_bytes,
    ((owner.relowner)::regrole)::text AS owner,
        CASE
            WHEN ((current_setting('server_version_num'::text))::bigint >= 170000) THEN has_table_privilege(owner.oid, 'MAINTAIN'::text)
            ELSE pg_has_role(owner.relowner, 'USAGE'::text)
        END AS may_reindex
   FROM ((sizes
     JOIN pg_index index ON ((index.indexrelid = sizes.indexrelid)))
     JOIN pg_class owner ON ((owner.oid = index.indrelid)))
  WHERE (((sizes.bytes)::double precision > ((2)::double precision * sizes.needed)) AND (((sizes.bytes)::double precision - sizes.needed) > (1000000)::double precision));

-- Name: VIEW bloated_indexes; Type: COMMENT (api)

COMMENT ON VIEW api.bloated_indexes IS 'Indexes that take over twice the room that their entries need: how much, who owns them, and whether you may reindex them.';

-- Name: data_integrity; Type: VIEW (api)

CREATE VIEW api.data_integrity WITH (security_invoker='true') AS
 SELECT severity,
    check_name,
    subject,
    problem,
    fix
   FROM api.integrity_problems() problem(severity, check_name, subject, problem, fix)
  ORDER BY (array_position(ARRAY['error'::text, 'warning'::text, 'notice'::text], severity)), check_name, subject;

-- Name: VIEW data_integrity; Type: COMMENT (api)

COMMENT ON VIEW api.data_integrity IS 'Each row is a problem, with its fix: error (wrong answers), warning (will become one), notice (to be tidied up). No row is good news. Reads every manifest, seven days of logs and the 10,000 newest artifacts.';

-- Name: references; Type: TABLE (registry)

CREATE TABLE registry."references" (
    source_id uuid NOT NULL,
    pointer text NOT NULL,
    target_kind text NOT NULL,
    target_name text NOT NULL
);

-- Name: TABLE "references"; Type: COMMENT (registry)

COMMENT ON TABLE registry."references" IS 'Which resource names which other one, and where. Followed both ways.';

-- Name: COLUMN "references".pointer; Type: COMMENT (registry)

COMMENT ON COLUMN registry."references".pointer IS 'JSON Pointer (RFC 6901) of the name in the manifest of the source.';

-- Name: tool_tags; Type: TABLE (registry)

CREATE TABLE registry.tool_tags (
    tool_id uuid NOT NULL,
    tag text NOT NULL
);

-- Name: TABLE tool_tags; Type: COMMENT (registry)

COMMENT ON TABLE registry.tool_tags IS 'The tags of each tool, one per row. Written together with the tool.';

-- Name: declaration_problems; Type: VIEW (api)

CREATE VIEW api.declaration_problems WITH (security_invoker='true') AS
 WITH drifted AS (
         SELECT resource.kind,
            resource.name,
            resource.applied_digest
           FROM registry.resources resource
          WHERE ((resource.digest IS DISTINCT FROM resource.applied_digest) AND (resource.id >= ( SELECT '00000000-0000-0000-0000-000000000000'::uuid AS uuid)) AND (resource.id <= ( SELECT 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid AS uuid)))
        ), sound AS (
         SELECT resource.id,
            resource.kind,
            resource.name,
            resource.manifest
           FROM registry.resources resource
          WHERE (resource.digest = resource.applied_digest)
        ), tags AS (
         SELECT sound.name,
            COALESCE(held.tag, declared.tag) AS tag,
            (held.tag IS NULL) AS is_missing
           FROM ((( SELECT sound_1.id AS tool_id,
                    tag.value AS tag
                   FROM (sound sound_1
                     CROSS JOIN LATERAL json_array_elements_text((sound_1.manifest #> '{metadata,tags}'::text[])) tag(value))
                  WHERE (sound_1.kind = 'Tool'::text)) declared
             FULL JOIN registry.tool_tags held ON (((held.tool_id = declared.tool_id) AND (held.tag = declared.tag))))
             JOIN sound ON ((sound.id = COALESCE(held.tool_id, declared.tool_id))))
          WHERE ((held.tag IS NULL) OR (declared.tag IS NULL))
        ), pointed AS (
         SELECT reference.source_id,
            reference.pointer,
            reference.target_kind,
            reference.target_name,
            sound.kind,
            sound.name,
                CASE
                    WHEN ((tool.id IS NOT NULL) AND (reference.pointer = '/spec/service'::text)) THEN tool.service
                    WHEN ((tool.id IS NOT NULL) AND (reference.pointer = '/spec/node'::text)) THEN tool.node
                    ELSE (sound.manifest #>> ARRAY( SELECT replace(replace(step.key, '~1'::text, '/'::text), '~0'::text, '~'::text) AS replace
                       FROM unnest(string_to_array(substr(reference.pointer, 2), '/'::text)) WITH ORDINALITY step(key, place)
                      ORDER BY step.place))
                END AS declared_name
           FROM ((registry."references" reference
             JOIN sound ON ((sound.id = reference.source_id)))
             LEFT JOIN registry.tools tool ON ((tool.id = reference.source_id)))
        )
 SELECT 'warning'::text AS severity,
        CASE
            WHEN (drifted.applied_digest IS NULL) THEN 'unmanaged_row'::text
            ELSE 'changed_by_hand'::text
        END AS check_name,
    ((drifted.kind || '/'::text) || drifted.name) AS subject,
        CASE
            WHEN (drifted.applied_digest IS NULL) THEN 'the row was put in by hand; no revision has it'::text
            ELSE 'the manifest is not the one that was applied: it was changed by hand'::text
        END AS problem,
        CASE
            WHEN (drifted.applied_digest IS NULL) THEN 'declare it in git and run toolreg apply, or delete the row'::text
            ELSE 'toolreg plan shows how, toolreg apply puts it right'::text
        END AS fix
   FROM drifted
UNION ALL
 SELECT 'error'::text AS severity,
    'missing_row'::text AS check_name,
    ((entity.kind || '/'::text) || entity.name) AS subject,
    'it is declared, but its row is missing: it was removed by hand'::text AS problem,
    'toolreg apply brings it back'::text AS fix
   FROM registry.entities entity
  WHERE (entity.present AND (NOT (EXISTS ( SELECT
           FROM registry.resources resource
          WHERE (resource.id = entity.id)))))
UNION ALL
 SELECT 'error'::text AS severity,
    'row_without_presence'::text AS check_name,
    ((sound.kind || '/'::text) || sound.name) AS subject,
    'its row was applied, but its identity says that it is not declared, or has another name'::text AS problem,
    'toolreg plan shows what is declared; restore registry.entities from a backup'::text AS fix
   FROM (sound
     LEFT JOIN registry.entities entity ON ((entity.id = sound.id)))
  WHERE ((entity.present AND (entity.kind = sound.kind) AND (entity.name = sound.name)) IS NOT TRUE)
UNION ALL
 SELECT 'error'::text AS severity,
    'tag_disagrees'::text AS check_name,
    ('Tool/'::text || tags.name) AS subject,
        CASE
            WHEN tags.is_missing THEN format('the manifest has the tag %s, registry.tool_tags does not'::text, tags.tag)
            ELSE format('registry.tool_tags has the tag %s, the manifest does not'::text, tags.tag)
        END AS problem,
    'change the tags of the manifest in git and run toolreg apply: it writes them anew'::text AS fix
   FROM tags
UNION ALL
 SELECT 'error'::text AS severity,
    'reference_disagrees'::text AS check_name,
    ((pointed.kind || '/'::text) || pointed.name) AS subject,
    format('registry.references names %s/%s at %s, the manifest %s'::text, pointed.target_kind, pointed.target_name, pointed.pointer, COALESCE(pointed.declared_name, 'nothing'::text)) AS problem,
    'change the manifest in git and run toolreg apply: it writes its references anew'::text AS fix
   FROM pointed
  WHERE (lower(pointed.declared_name) IS DISTINCT FROM lower(pointed.target_name))
UNION ALL
 SELECT 'error'::text AS severity,
    'reference_dangles'::text AS check_name,
    ((pointed.kind || '/'::text) || pointed.name) AS subject,
    format('it names %s/%s at %s, which is not declared'::text, pointed.target_kind, pointed.target_name, pointed.pointer) AS problem,
    'declare it, or remove the reference from the manifest, and run toolreg apply'::text AS fix
   FROM pointed
  WHERE (NOT (EXISTS ( SELECT
           FROM registry.entities entity
          WHERE ((entity.kind = pointed.target_kind) AND (entity.name = pointed.target_name) AND entity.present))))
UNION ALL
 SELECT 'error'::text AS severity,
    'reference_missing'::text AS check_name,
    ('Tool/'::text || tool.name) AS subject,
    format('its manifest names %s at %s, registry.references does not'::text, named.target, named.pointer) AS problem,
    'change the manifest in git and run toolreg apply: it writes its references anew'::text AS fix
   FROM (registry.tools tool
     CROSS JOIN LATERAL ( VALUES ('/spec/service'::text,tool.service), ('/spec/node'::text,tool.node)) named(pointer, target))
  WHERE ((tool.digest = tool.applied_digest) AND (named.target IS NOT NULL) AND (NOT (EXISTS ( SELECT
           FROM registry."references" reference
          WHERE ((reference.source_id = tool.id) AND (reference.pointer = named.pointer))))))
UNION ALL
 SELECT 'error'::text AS severity,
    'reference_of_nothing'::text AS check_name,
    ((entity.kind || '/'::text) || COALESCE(entity.name, (entity.id)::text)) AS subject,
    format('registry.references has %s of it, but it is not there'::text, reference.pointer) AS problem,
    'restore registry.references from a backup, or apply the resource again and then remove it'::text AS fix
   FROM (registry."references" reference
     JOIN registry.entities entity ON ((entity.id = reference.source_id)))
  WHERE ((NOT entity.present) AND (NOT (EXISTS ( SELECT
           FROM registry.resources resource
          WHERE (resource.id = reference.source_id)))))
UNION ALL
 SELECT 'warning'::text AS severity,
    'node_not_active'::text AS check_name,
    ('Tool/'::text || tool.name) AS subject,
    format('it is %s and runs on %s, whose status is %s'::text, tool.lifecycle, node.name, node.status) AS problem,
    'give the tool another spec.node, or the node spec.status active, and run toolreg apply'::text AS fix
   FROM (registry.tools tool
     JOIN registry.nodes node ON ((node.name = tool.node)))
  WHERE ((tool.lifecycle = ANY (ARRAY['active'::text, 'deprecated'::text])) AND (node.status <> 'active'::text));

-- Name: VIEW declaration_problems; Type: COMMENT (api)

COMMENT ON VIEW api.declaration_problems IS 'Internal: the part of data_integrity that is about schema registry. Reads every manifest once.';

-- Name: hand_changes; Type: TABLE (registry)

CREATE TABLE registry.hand_changes (
    id bigint NOT NULL,
    at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    role text DEFAULT registry.caller() NOT NULL,
    action text NOT NULL,
    kind text NOT NULL,
    name text NOT NULL,
    entity_id uuid NOT NULL,
    revision bigint,
    CONSTRAINT hand_action_is_known CHECK ((action = ANY (ARRAY['insert'::text, 'update'::text, 'delete'::text])))
);

-- Name: TABLE hand_changes; Type: COMMENT (registry)

COMMENT ON TABLE registry.hand_changes IS 'Who changed a resource outside of applying, and when. Append-only; what explains nothing any more may be purged.';

-- Name: COLUMN hand_changes.role; Type: COMMENT (registry)

COMMENT ON COLUMN registry.hand_changes.role IS 'Who changed it, as registry.caller says.';

-- Name: COLUMN hand_changes.name; Type: COMMENT (registry)

COMMENT ON COLUMN registry.hand_changes.name IS 'The name that the row had before; that which it came with, for an insert.';

-- Name: COLUMN hand_changes.revision; Type: COMMENT (registry)

COMMENT ON COLUMN registry.hand_changes.revision IS 'The last version of the resource in registry.history at that time, NULL where it had none. A later one replaced the change.';

-- Name: hand_changes; Type: VIEW (api)

CREATE VIEW api.hand_changes WITH (security_invoker='true') AS
 SELECT at,
    role,
    action,
    kind,
    name,
    revision,
    entity_id
   FROM registry.hand_changes change;

-- Name: VIEW hand_changes; Type: COMMENT (api)

COMMENT ON VIEW api.hand_changes IS 'Changes of resources that no revision made: when, by which role, and after which revision. What they changed, and is still there, is shown by toolreg drift.';

-- Name: history; Type: TABLE (registry)

CREATE TABLE registry.history (
    entity_id uuid NOT NULL,
    revision bigint NOT NULL,
    action text NOT NULL,
    name text NOT NULL,
    manifest json,
    digest text GENERATED ALWAYS AS (registry.digest(manifest)) STORED,
    path text,
    blob text,
    drifted boolean DEFAULT false NOT NULL,
    changed_commit text,
    changed_author text,
    CONSTRAINT action_is_known CHECK ((action = ANY (ARRAY['create'::text, 'update'::text, 'move'::text, 'delete'::text]))),
    CONSTRAINT changed_author_is_short CHECK ((length(changed_author) <= 1000)),
    CONSTRAINT changed_commit_is_an_object_id CHECK ((changed_commit ~ '^([0-9a-f]{40}|[0-9a-f]{64})$'::text)),
    CONSTRAINT only_a_deletion_has_no_manifest CHECK (((action = 'delete'::text) = (manifest IS NULL)))
);

-- Name: TABLE history; Type: COMMENT (registry)

COMMENT ON TABLE registry.history IS 'Every version of every resource, with the revision that made it. Append-only; what was replaced long ago may be purged.';

-- Name: COLUMN history.drifted; Type: COMMENT (registry)

COMMENT ON COLUMN registry.history.drifted IS 'Whether this version repaired a row that had been changed by hand.';

-- Name: COLUMN history.changed_commit; Type: COMMENT (registry)

COMMENT ON COLUMN registry.history.changed_commit IS 'The commit that changed, moved or removed the file last, among those that the revision brought; the applied commit where git does not tell. NULL for files outside git, for what no commit has, and for versions from before this was recorded.';

-- Name: COLUMN history.changed_author; Type: COMMENT (registry)

COMMENT ON COLUMN registry.history.changed_author IS 'The author of that commit, as Name <address>, cut after 300 characters.';

-- Name: revisions; Type: TABLE (registry)

CREATE TABLE registry.revisions (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    number bigint NOT NULL,
    outcome text NOT NULL,
    registry text,
    source text NOT NULL,
    folder text NOT NULL,
    commit text,
    parents text[] DEFAULT '{}'::text[] NOT NULL,
    author text,
    committed_at timestamp with time zone,
    subject text,
    contract text,
    plan_digest text,
    created bigint DEFAULT 0 NOT NULL,
    updated bigint DEFAULT 0 NOT NULL,
    deleted bigint DEFAULT 0 NOT NULL,
    started_at timestamp with time zone NOT NULL,
    finished_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    applied_by text DEFAULT registry.caller() NOT NULL,
    error text,
    policy json,
    overridden text[] DEFAULT '{}'::text[] NOT NULL,
    left_undeleted bigint DEFAULT 0 NOT NULL,
    restored bigint,
    reason text,
    CONSTRAINT commit_is_an_object_id CHECK ((commit ~ '^([0-9a-f]{40}|[0-9a-f]{64})$'::text)),
    CONSTRAINT commit_source_has_a_commit CHECK (((source <> 'commit'::text) OR (commit IS NOT NULL))),
    CONSTRAINT only_an_applied_revision_has_no_error CHECK (((outcome = 'applied'::text) = (error IS NULL))),
    CONSTRAINT only_history_is_restored CHECK (((source = 'history'::text) = (restored IS NOT NULL))),
    CONSTRAINT outcome_is_known CHECK ((outcome = ANY (ARRAY['applied'::text, 'refused'::text, 'failed'::text]))),
    CONSTRAINT source_is_known CHECK ((source = ANY (ARRAY['commit'::text, 'worktree'::text, 'history'::text]))),
    CONSTRAINT times_are_finite CHECK ((isfinite(started_at) AND isfinite(finished_at) AND isfinite(committed_at)))
);

-- Name: TABLE revisions; Type: COMMENT (registry)

COMMENT ON TABLE registry.revisions IS 'Every attempt to apply, whether it succeeded or not. Append-only.';

-- Name: COLUMN revisions.number; Type: COMMENT (registry)

COMMENT ON COLUMN registry.revisions.number IS 'Rises with each attempt; a number may be missing, never used twice.';

-- Name: COLUMN revisions.folder; Type: COMMENT (registry)

COMMENT ON COLUMN registry.revisions.folder IS 'The registry''s folder, relative to the top of its repository.';

-- Name: COLUMN revisions.commit; Type: COMMENT (registry)

COMMENT ON COLUMN registry.revisions.commit IS 'The commit applied; for source worktree, the commit that was checked out, if any; for source history, that of the restored revision.';

-- Name: COLUMN revisions.contract; Type: COMMENT (registry)

COMMENT ON COLUMN registry.revisions.contract IS 'Digest of the JSON Schemas it was checked against: with the same one, an unchanged file need not be read again.';

-- Name: COLUMN revisions.policy; Type: COMMENT (registry)

COMMENT ON COLUMN registry.revisions.policy IS 'registry.yaml as it was applied. It is what the next revision is judged by, which cannot loosen its own guard.';

-- Name: COLUMN revisions.overridden; Type: COMMENT (registry)

COMMENT ON COLUMN registry.revisions.overridden IS 'The guards that would have refused it, and were overridden by their option.';

-- Name: COLUMN revisions.left_undeleted; Type: COMMENT (registry)

COMMENT ON COLUMN registry.revisions.left_undeleted IS 'How many resources are no longer declared, but were left by apply --no-delete: all files are compared next time.';

-- Name: COLUMN revisions.restored; Type: COMMENT (registry)

COMMENT ON COLUMN registry.revisions.restored IS 'For source history: the revision whose content was applied again, never itself one that restored another.';

-- Name: COLUMN revisions.reason; Type: COMMENT (registry)

COMMENT ON COLUMN registry.revisions.reason IS 'For source history: why, in the words of who did it.';

-- Name: history; Type: VIEW (api)

CREATE VIEW api.history WITH (security_invoker='true') AS
 SELECT entity.kind,
    version.name,
    version.revision,
    version.action,
    version.drifted,
    revision.commit,
    revision.author,
    revision.subject,
    revision.finished_at AS applied_at,
    revision.applied_by,
    version.path,
    version.digest,
    version.manifest,
    version.entity_id,
    version.changed_commit,
    version.changed_author
   FROM ((registry.history version
     JOIN registry.entities entity ON ((entity.id = version.entity_id)))
     JOIN registry.revisions revision ON ((revision.number = version.revision)));

-- Name: VIEW history; Type: COMMENT (api)

COMMENT ON VIEW api.history IS 'Every version of every resource: what was done, the commit that was applied and its author, the commit that changed the file and the author of that (changed_commit, changed_author; NULL where no commit is known), and the manifest since then.';

-- Name: invocation_logs_default; Type: TABLE (runtime)

CREATE TABLE runtime.invocation_logs_default (
    id bigint CONSTRAINT invocation_logs_id_not_null NOT NULL,
    started_at timestamp with time zone CONSTRAINT invocation_logs_started_at_not_null NOT NULL,
    duration_ms double precision CONSTRAINT invocation_logs_duration_ms_not_null NOT NULL,
    recorded_at timestamp with time zone DEFAULT clock_timestamp() CONSTRAINT invocation_logs_recorded_at_not_null NOT NULL,
    recorded_xid bigint DEFAULT ((pg_current_xact_id())::text)::bigint CONSTRAINT invocation_logs_recorded_xid_not_null NOT NULL,
    request_bytes bigint,
    response_bytes bigint,
    tool_id uuid,
    service_id uuid,
    node_id uuid,
    attempt bigint DEFAULT 1 CONSTRAINT invocation_logs_attempt_not_null NOT NULL,
    tool text CONSTRAINT invocation_logs_tool_not_null NOT NULL,
    tool_version text,
    agent text CONSTRAINT invocation_logs_agent_not_null NOT NULL,
    service text,
    node text,
    status text CONSTRAINT invocation_logs_status_not_null NOT NULL,
    error_code text,
    error_message text,
    trace_id text,
    span_id text,
    parent_span_id text,
    recorded_by text DEFAULT registry.caller() CONSTRAINT invocation_logs_recorded_by_not_null NOT NULL,
    attributes jsonb,
    arguments jsonb,
    result jsonb,
    CONSTRAINT attempts_are_counted_from_one CHECK ((attempt >= 1)),
    CONSTRAINT duration_is_a_time CHECK (((duration_ms >= (0)::double precision) AND (duration_ms < 'Infinity'::double precision))),
    CONSTRAINT invocation_status_is_known CHECK ((status = ANY (ARRAY['success'::text, 'failure'::text, 'timeout'::text, 'cancelled'::text]))),
    CONSTRAINT names_are_short CHECK (((tool <> ''::text) AND (agent <> ''::text) AND ((octet_length(tool) <= 256) OR (char_length(tool) <= 128)) AND (GREATEST(octet_length(agent), octet_length(tool_version), octet_length(service), octet_length(node), octet_length(error_code)) <= 256))),
    CONSTRAINT parent_span_id_is_of_w3c CHECK (((octet_length(parent_span_id) = 16) AND (parent_span_id ~ '^[0-9a-f]+$'::text) AND (parent_span_id <> '0000000000000000'::text))),
    CONSTRAINT sizes_are_not_negative CHECK (((request_bytes >= 0) AND (response_bytes >= 0))),
    CONSTRAINT span_id_is_of_w3c CHECK (((octet_length(span_id) = 16) AND (span_id ~ '^[0-9a-f]+$'::text) AND (span_id <> '0000000000000000'::text))),
    CONSTRAINT start_is_finite CHECK (isfinite(started_at)),
    CONSTRAINT trace_id_is_of_w3c CHECK (((octet_length(trace_id) = 32) AND (trace_id ~ '^[0-9a-f]+$'::text) AND (trace_id <> '00000000000000000000000000000000'::text)))
);

-- Name: TABLE invocation_logs_default; Type: COMMENT (runtime)

COMMENT ON TABLE runtime.invocation_logs_default IS 'Calls of days that have no table of their own. ensure_partitions empties it.';

-- Name: log_partitions; Type: VIEW (api)

CREATE VIEW api.log_partitions WITH (security_invoker='true') AS
 WITH partitions AS (
         SELECT class.oid,
            (class.relname)::text AS name,
                CASE
                    WHEN (class.relname ~ '^invocation_logs_[0-9]{8}$'::text) THEN to_date("right"((class.relname)::text, 8), 'YYYYMMDD'::text)
                    ELSE NULL::date
                END AS day,
            (NULLIF(class.reltuples, ('-1'::integer)::double precision))::bigint AS estimated_calls
           FROM (pg_inherits inherits
             JOIN pg_class class ON ((class.oid = inherits.inhrelid)))
          WHERE (inherits.inhparent = ('runtime.invocation_logs'::regclass)::oid)
        ), uncounted_in AS (
         SELECT partition_1.oid,
            sum(uncounted.calls) AS calls
           FROM ((api.uncounted_calls() uncounted(day, calls, first_recorded_at)
             LEFT JOIN partitions own ON ((own.day = uncounted.day)))
             JOIN partitions partition_1 ON ((partition_1.oid = COALESCE(own.oid, ('runtime.invocation_logs_default'::regclass)::oid))))
          GROUP BY partition_1.oid
        )
 SELECT partition.name,
    partition.day,
    ((partition.day)::timestamp without time zone AT TIME ZONE 'UTC'::text) AS since,
    (((partition.day + 1))::timestamp without time zone AT TIME ZONE 'UTC'::text) AS until,
    partition.estimated_calls,
    pg_total_relation_size((partition.oid)::regclass) AS bytes,
    (COALESCE(uncounted_in.calls, (0)::numeric))::bigint AS uncounted_calls,
    COALESCE(((((partition.day + 1))::timestamp without time zone AT TIME ZONE 'UTC'::text) <= api.log_cutoff()), false) AS is_expired
   FROM (partitions partition
     LEFT JOIN uncounted_in ON ((uncounted_in.oid = partition.oid)));

-- Name: VIEW log_partitions; Type: COMMENT (api)

COMMENT ON VIEW api.log_partitions IS 'The tables of the logs: the time that each covers (NULL for the one that takes all else), about how many calls it holds, its size, how many of its calls no rollup has counted yet, and whether it may be dropped.';

-- Name: maintenance_runs; Type: TABLE (runtime)

CREATE TABLE runtime.maintenance_runs (
    id bigint NOT NULL,
    task text NOT NULL,
    started_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    finished_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    statements bigint NOT NULL,
    remaining bigint DEFAULT 0 NOT NULL,
    error text,
    run_by text DEFAULT registry.caller() NOT NULL,
    CONSTRAINT statements_are_counted CHECK (((statements >= 0) AND (remaining >= 0))),
    CONSTRAINT task_has_a_name CHECK ((task ~ '^[a-z][a-z_]{0,62}$'::text))
);

-- Name: TABLE maintenance_runs; Type: COMMENT (runtime)

COMMENT ON TABLE runtime.maintenance_runs IS 'When each maintenance task ran, and how it ended. From this it is known what is due.';

-- Name: COLUMN maintenance_runs.remaining; Type: COMMENT (runtime)

COMMENT ON COLUMN runtime.maintenance_runs.remaining IS 'How many more statements --limit left for the next run.';

-- Name: maintenance_tasks; Type: TABLE (runtime)

CREATE TABLE runtime.maintenance_tasks (
    task text NOT NULL,
    turn bigint NOT NULL,
    every interval,
    CONSTRAINT task_is_due_now_and_then CHECK (((every >= '00:00:01'::interval) AND (every <= '100 years'::interval))),
    CONSTRAINT task_is_named_as_its_file CHECK ((task ~ '^[a-z][a-z_]{0,62}$'::text))
);

-- Name: TABLE maintenance_tasks; Type: COMMENT (runtime)

COMMENT ON TABLE runtime.maintenance_tasks IS 'The files of sql/maintenance, and how often each is due. An operator updates how often.';

-- Name: COLUMN maintenance_tasks.turn; Type: COMMENT (runtime)

COMMENT ON COLUMN runtime.maintenance_tasks.turn IS 'In which order they run: calls are rolled up before their day is dropped.';

-- Name: COLUMN maintenance_tasks.every; Type: COMMENT (runtime)

COMMENT ON COLUMN runtime.maintenance_tasks.every IS 'NULL for a task that is never due by itself.';

-- Name: maintenance_tasks; Type: VIEW (api)

CREATE VIEW api.maintenance_tasks WITH (security_invoker='true') AS
 SELECT task.task,
    task.turn,
    task.every,
    latest.started_at AS last_started_at,
    latest.finished_at AS last_finished_at,
    latest.statements AS last_statements,
    latest.remaining AS last_remaining,
    latest.error AS last_error,
    latest.run_by AS last_run_by,
    succeeded.started_at AS last_succeeded_at,
    ((task.every IS NOT NULL) AND ((latest.error IS NOT NULL) OR (latest.remaining > 0) OR COALESCE(((succeeded.started_at + (task.every * (0.9)::double precision)) <= now()), true))) AS is_due
   FROM ((runtime.maintenance_tasks task
     LEFT JOIN LATERAL ( SELECT run.id,
            run.task,
            run.started_at,
            run.finished_at,
            run.statements,
            run.remaining,
            run.error,
            run.run_by
           FROM runtime.maintenance_runs run
          WHERE (run.task = task.task)
          ORDER BY run.started_at DESC, run.id DESC
         LIMIT 1) latest ON (true))
     LEFT JOIN LATERAL ( SELECT run.started_at
           FROM runtime.maintenance_runs run
          WHERE ((run.task = task.task) AND (run.error IS NULL) AND (run.remaining = 0))
          ORDER BY run.started_at DESC
         LIMIT 1) succeeded ON (true));

-- Name: VIEW maintenance_tasks; Type: COMMENT (api)

COMMENT ON VIEW api.maintenance_tasks IS 'Maintenance tasks: how often each is due, how its last run went, and whether it is due now. One that failed, or that did not do all, stays due.';

-- Name: node_heartbeats; Type: TABLE (runtime)

CREATE TABLE runtime.node_heartbeats (
    node_id uuid NOT NULL,
    seen_at timestamp with time zone NOT NULL,
    load double precision,
    running bigint,
    details jsonb,
    reported_by text DEFAULT registry.caller() NOT NULL,
    CONSTRAINT heartbeat_has_a_time CHECK (isfinite(seen_at)),
    CONSTRAINT load_is_a_number CHECK (((load >= (0)::double precision) AND (load < 'Infinity'::double precision))),
    CONSTRAINT running_is_not_negative CHECK ((running >= 0))
)
WITH (fillfactor='50');

-- Name: TABLE node_heartbeats; Type: COMMENT (runtime)

COMMENT ON TABLE runtime.node_heartbeats IS 'The last heartbeat of each node, with its load.';

-- Name: COLUMN node_heartbeats.load; Type: COMMENT (runtime)

COMMENT ON COLUMN runtime.node_heartbeats.load IS 'Share of its capacity that the node uses; 1 is all of it.';

-- Name: COLUMN node_heartbeats.running; Type: COMMENT (runtime)

COMMENT ON COLUMN runtime.node_heartbeats.running IS 'How many calls the node runs.';

-- Name: node_health_status; Type: VIEW (api)

CREATE VIEW api.node_health_status WITH (security_invoker='true') AS
 SELECT node.name,
    node.type,
    node.status,
        CASE
            WHEN (heartbeat.seen_at IS NULL) THEN 'never seen'::text
            WHEN (since.age >= silent.silent_after) THEN 'silent'::text
            WHEN (since.age >= late.late_after) THEN 'late'::text
            ELSE 'healthy'::text
        END AS health,
    heartbeat.seen_at AS last_seen,
    since.age,
    late.late_after,
    silent.silent_after,
    heartbeat.load,
    heartbeat.running,
    ( SELECT count(*) AS count
           FROM registry.tools tool
          WHERE (tool.node = node.name)) AS tools,
    heartbeat.details,
    heartbeat.reported_by
   FROM ((((((registry.nodes node
     CROSS JOIN runtime.settings settings)
     LEFT JOIN runtime.node_heartbeats heartbeat ON ((heartbeat.node_id = node.id)))
     CROSS JOIN LATERAL ( SELECT api.interval_of((node.manifest #>> '{spec,healthCheck,lateAfter}'::text[])) AS late_after,
            api.interval_of((node.manifest #>> '{spec,healthCheck,silentAfter}'::text[])) AS silent_after) declared)
     CROSS JOIN LATERAL ( SELECT COALESCE(declared.silent_after, GREATEST(settings.silent_after, declared.late_after)) AS silent_after) silent)
     CROSS JOIN LATERAL ( SELECT LEAST(COALESCE(declared.late_after, settings.late_after), silent.silent_after) AS late_after) late)
     CROSS JOIN LATERAL ( SELECT
                CASE
                    WHEN (heartbeat.seen_at IS NOT NULL) THEN GREATEST((statement_timestamp() - heartbeat.seen_at), '00:00:00'::interval)
                    ELSE NULL::interval
                END AS age) since);

-- Name: VIEW node_health_status; Type: COMMENT (api)

COMMENT ON VIEW api.node_health_status IS 'Each declared node: healthy, late, silent or never seen, by the age of its last heartbeat. Thresholds are lateAfter and silentAfter of its manifest, else those of runtime.settings.';

-- Name: nodes; Type: VIEW (api)

CREATE VIEW api.nodes WITH (security_invoker='true') AS
 SELECT node.id,
    node.name,
    (node.manifest #>> '{metadata,title}'::text[]) AS title,
    (node.manifest #>> '{metadata,description}'::text[]) AS description,
    node.owner,
    ((node.manifest #> '{metadata,tags}'::text[]))::jsonb AS tags,
    ((node.manifest #> '{metadata,labels}'::text[]))::jsonb AS labels,
    node.type,
    node.address,
    node.status,
    ((node.manifest #> '{spec,protocols}'::text[]))::jsonb AS protocols,
    ((node.manifest #> '{spec,capacity}'::text[]))::jsonb AS capacity,
    ((node.manifest #> '{spec,location}'::text[]))::jsonb AS location,
    ((node.manifest #> '{spec,healthCheck}'::text[]))::jsonb AS health_check,
    node.manifest,
    entity.created_at,
    node.updated_at,
    node.revision,
    revision.commit,
    revision.author,
    node.path,
    revision.finished_at AS applied_at
   FROM ((registry.nodes node
     JOIN registry.entities entity ON ((entity.id = node.id)))
     LEFT JOIN registry.revisions revision ON ((revision.number = node.revision)));

-- Name: VIEW nodes; Type: COMMENT (api)

COMMENT ON VIEW api.nodes IS 'Nodes that are declared, with the commit, path and author that put each there.';

-- Name: orphaned_artifacts; Type: VIEW (api)

CREATE VIEW api.orphaned_artifacts WITH (security_invoker='true') AS
 SELECT artifact.id,
    entity.name AS tool,
    artifact.uri,
    artifact.size_bytes,
    artifact.created_by,
    artifact.created_at,
    removal.removed_at
   FROM (((runtime.artifacts artifact
     JOIN registry.entities entity ON ((entity.id = artifact.tool_id)))
     CROSS JOIN runtime.settings settings)
     LEFT JOIN LATERAL ( SELECT revision.finished_at AS removed_at
           FROM (registry.history version
             JOIN registry.revisions revision ON ((revision.number = version.revision)))
          WHERE (version.entity_id = artifact.tool_id)
          ORDER BY version.revision DESC
         LIMIT 1) removal ON (true))
  WHERE ((NOT entity.present) AND (NOT (EXISTS ( SELECT
           FROM registry.tools tool
          WHERE (tool.id = artifact.tool_id)))) AND (artifact.created_at < (now() - settings.orphan_grace)) AND COALESCE((removal.removed_at < (now() - settings.orphan_grace)), true) AND (NOT (EXISTS ( SELECT
           FROM runtime.invocation_logs log
          WHERE ((log.id = artifact.invocation_id) AND (log.started_at = artifact.invocation_started_at))))));

-- Name: VIEW orphaned_artifacts; Type: COMMENT (api)

COMMENT ON VIEW api.orphaned_artifacts IS 'Artifacts that cleanup_orphaned_artifacts removes: their tool is gone for longer than runtime.settings.orphan_grace, and the call that made them is not in the logs any more.';

-- Name: replaced_versions; Type: VIEW (api)

CREATE VIEW api.replaced_versions WITH (security_invoker='true') AS
 SELECT version.entity_id,
    version.name,
    version.revision,
    version.replaced_at,
    version.replaced_by
   FROM (( SELECT version_1.entity_id,
            version_1.name,
            version_1.revision,
            lead(revision.finished_at) OVER later AS replaced_at,
            lead(version_1.revision) OVER later AS replaced_by,
            lead(version_1.action) OVER later AS next_action,
            lead(revision.finished_at, 2) OVER later AS next_replaced_at
           FROM (registry.history version_1
             JOIN registry.revisions revision ON ((revision.number = version_1.revision)))
          WINDOW later AS (PARTITION BY version_1.entity_id ORDER BY version_1.revision)) version
     CROSS JOIN runtime.settings settings)
  WHERE ((version.replaced_at < (now() - settings.keep_history)) AND ((version.next_action <> 'delete'::text) OR (version.next_replaced_at < (now() - settings.keep_history))) AND (NOT (EXISTS ( SELECT
           FROM pg_subscription_rel received
          WHERE (received.srrelid = ('registry.history'::regclass)::oid)))));

-- Name: VIEW replaced_versions; Type: COMMENT (api)

COMMENT ON VIEW api.replaced_versions IS 'Versions that purge_history removes: replaced longer ago than runtime.settings.keep_history. The last version of each resource is never among them, nor, where that is a deletion, the one before it. Empty where keep_history is NULL, and where a subscription brings the history from another database.';

-- Name: revisions; Type: VIEW (api)

CREATE VIEW api.revisions WITH (security_invoker='true') AS
 SELECT number,
    outcome,
    registry,
    source,
    folder,
    commit,
    parents,
    author,
    committed_at,
    subject,
    restored,
    reason,
    plan_digest,
    created,
    updated,
    deleted,
    left_undeleted,
    overridden,
    started_at,
    finished_at,
    (finished_at - started_at) AS duration,
    applied_by,
    error
   FROM registry.revisions revision;

-- Name: VIEW revisions; Type: COMMENT (api)

COMMENT ON VIEW api.revisions IS 'Every attempt to apply a registry: applied, refused by a guard, or failed, and why.';

-- Name: runtime_problems; Type: VIEW (api)

CREATE VIEW api.runtime_problems AS
SELECT
    NULL::text AS severity,
    NULL::text AS check_name,
    NULL::text AS subject,
    NULL::text AS problem,
    NULL::text AS fix;

-- Name: VIEW runtime_problems; Type: COMMENT (api)

COMMENT ON VIEW api.runtime_problems IS 'Internal: the part of data_integrity that is about schema runtime. Reads the logs of today and six days before, and the 10,000 newest artifacts.';

-- Name: services; Type: VIEW (api)

CREATE VIEW api.services WITH (security_invoker='true') AS
 SELECT service.id,
    service.name,
    (service.manifest #>> '{metadata,title}'::text[]) AS title,
    (service.manifest #>> '{metadata,description}'::text[]) AS description,
    service.owner,
    ((service.manifest #> '{metadata,tags}'::text[]))::jsonb AS tags,
    ((service.manifest #> '{metadata,labels}'::text[]))::jsonb AS labels,
    service.type,
    service.endpoint,
    service.version,
    service.protocol,
    service.auth_type,
    ((service.manifest #> '{spec,auth}'::text[]))::jsonb AS auth_config,
    ((service.manifest #> '{spec,recommendedTools}'::text[]))::jsonb AS recommended_tools,
    ((service.manifest #> '{spec,usesTools}'::text[]))::jsonb AS uses_tools,
    ((service.manifest #> '{spec,capabilities}'::text[]))::jsonb AS capabilities,
    ((service.manifest #> '{spec,communicationPatterns}'::text[]))::jsonb AS communication_patterns,
    ((service.manifest #> '{spec,orchestration}'::text[]))::jsonb AS orchestration,
    service.manifest,
    entity.created_at,
    service.updated_at,
    service.revision,
    revision.commit,
    revision.author,
    service.path,
    revision.finished_at AS applied_at
   FROM ((registry.services service
     JOIN registry.entities entity ON ((entity.id = service.id)))
     LEFT JOIN registry.revisions revision ON ((revision.number = service.revision)));

-- Name: VIEW services; Type: COMMENT (api)

COMMENT ON VIEW api.services IS 'Services that are declared, with their seven orchestration facts, and the commit, path and author that put each there.';

-- Name: settled_hand_changes; Type: VIEW (api)

CREATE VIEW api.settled_hand_changes WITH (security_invoker='true') AS
 SELECT change.id,
    change.entity_id,
    change.at
   FROM ((registry.hand_changes change
     JOIN registry.entities entity ON ((entity.id = change.entity_id)))
     CROSS JOIN runtime.settings settings)
  WHERE ((change.at < (now() - settings.keep_history)) AND (NOT (EXISTS ( SELECT
           FROM registry.resources resource
          WHERE ((resource.id = change.entity_id) AND (resource.digest IS DISTINCT FROM resource.applied_digest))))) AND ((NOT entity.present) OR (EXISTS ( SELECT
           FROM registry.resources resource
          WHERE (resource.id = entity.id)))) AND (NOT (EXISTS ( SELECT
           FROM pg_subscription_rel received
          WHERE (received.srrelid = ('registry.hand_changes'::regclass)::oid)))));

-- Name: VIEW settled_hand_changes; Type: COMMENT (api)

COMMENT ON VIEW api.settled_hand_changes IS 'Changes by hand that purge_history removes: of resources that are as they were applied again, or gone, longer ago than runtime.settings.keep_history. Empty where that is NULL, and where a subscription brings them from another database.';

-- Name: slow_tools; Type: VIEW (api)

CREATE VIEW api.slow_tools WITH (security_invoker='true') AS
 WITH judged AS (
         SELECT measured.name AS tool,
            declared.category,
            declared.owner,
            measured.total AS calls,
            measured.p50_ms,
            measured.p95_ms,
            objective.ms AS objective_ms,
            row_number() OVER (PARTITION BY (objective.ms IS NULL) ORDER BY measured.p95_ms DESC) AS place
           FROM ((api.measured_calls('tool'::text, (date_trunc('day'::text, now(), 'UTC'::text) - '144:00:00'::interval), 'infinity'::timestamp with time zone, NULL::interval, NULL::text, NULL::text, NULL::text, NULL::text, NULL::text) measured(at, name, total, successful, failed, timed_out, cancelled, success_percent, failure_percent, mean_ms, p50_ms, p95_ms, p99_ms, max_ms, last_call_at)
             LEFT JOIN registry.tools declared ON ((declared.name = measured.name)))
             CROSS JOIN LATERAL ( SELECT ("substring"((declared.manifest #>> '{spec,objectives,p95LatencyMs}'::text[]), '^[1-9][0-9]{0,8}$'::text))::bigint AS ms) objective)
        )
 SELECT tool,
    category,
    owner,
    calls,
    round(p50_ms, 1) AS p50_ms,
    round(p95_ms, 1) AS p95_ms,
    objective_ms,
    round((p95_ms / (objective_ms)::numeric), 2) AS times_objective
   FROM judged
  WHERE ((p95_ms > (objective_ms)::numeric) OR ((objective_ms IS NULL) AND (place <= 10)))
  ORDER BY (round((p95_ms / (objective_ms)::numeric), 2)) DESC NULLS LAST, judged.p95_ms DESC, tool;

-- Name: VIEW slow_tools; Type: COMMENT (api)

COMMENT ON VIEW api.slow_tools IS 'Tools whose p95 of today and the six days before (UTC) is above their objective, the worst first; then the ten slowest of those without an objective. A percentile is the smallest duration that at least that share of calls did not exceed, within 5 %.';

-- Name: storage_problems; Type: VIEW (api)

CREATE VIEW api.storage_problems WITH (security_invoker='true') AS
 WITH day AS (
         SELECT (date_trunc('day'::text, now(), 'UTC'::text) + ((step.day)::double precision * '1 day'::interval)) AS since,
            step.name
           FROM ( VALUES (0,'today'::text), (1,'tomorrow'::text)) step(day, name)
        ), taken AS (
         SELECT part.since,
            part.until
           FROM api.log_partitions part
          WHERE (part.day IS NOT NULL)
        UNION ALL
         SELECT '-infinity'::timestamp with time zone,
            api.log_cutoff() AS log_cutoff
        UNION ALL
         SELECT (date_trunc('day'::text, now(), 'UTC'::text) + ('1 day'::interval * ((COALESCE(( SELECT settings.partitions_ahead
                   FROM runtime.settings), (7)::bigint) + 1))::double precision)),
            'infinity'::timestamp with time zone
        ), gap AS (
         SELECT max(taken.until) OVER (ORDER BY taken.since) AS since,
            lead(taken.since) OVER (ORDER BY taken.since) AS until
           FROM taken
        ), astray AS (
         SELECT date_trunc('day'::text, log.started_at, 'UTC'::text) AS day,
            count(*) AS calls
           FROM (gap
             JOIN runtime.invocation_logs log ON (((log.started_at >= gap.since) AND (log.started_at < gap.until))))
          WHERE (gap.since < gap.until)
          GROUP BY (date_trunc('day'::text, log.started_at, 'UTC'::text))
        )
 SELECT 'warning'::text AS severity,
    'partition_missing'::text AS check_name,
    to_char((day.since AT TIME ZONE 'UTC'::text), 'YYYY-MM-DD'::text) AS subject,
    format('there is no table for the calls of %s; they go to invocation_logs_default'::text, day.name) AS problem,
    'toolreg maintain ensure_partitions'::text AS fix
   FROM day
  WHERE (NOT (EXISTS ( SELECT
           FROM api.log_partitions part
          WHERE (part.since = day.since))))
UNION ALL
 SELECT 'warning'::text AS severity,
    'calls_in_default_partition'::text AS check_name,
    to_char((astray.day AT TIME ZONE 'UTC'::text), 'YYYY-MM-DD'::text) AS subject,
    format('%s calls stand in invocation_logs_default; the day has no table of its own'::text, astray.calls) AS problem,
    'toolreg maintain ensure_partitions'::text AS fix
   FROM astray
UNION ALL
 SELECT 'error'::text AS severity,
    'invalid_index'::text AS check_name,
    ((one.indexrelid)::regclass)::text AS subject,
    'the index is not valid: queries do not use it, writes still pay for it'::text AS problem,
    format('REINDEX INDEX CONCURRENTLY %s'::text, (one.indexrelid)::regclass) AS fix
   FROM (pg_index one
     JOIN pg_class class ON ((class.oid = one.indexrelid)))
  WHERE ((class.relnamespace = ANY (ARRAY[('registry'::regnamespace)::oid, ('runtime'::regnamespace)::oid])) AND (NOT (one.indisvalid AND one.indisready)))
UNION ALL
 SELECT 'warning'::text AS severity,
    'constraint_not_valid'::text AS check_name,
    (((con.conrelid)::regclass || '.'::text) || (con.conname)::text) AS subject,
    'the constraint is NOT VALID: rows that were there before it may break it'::text AS problem,
    format('ALTER TABLE %s VALIDATE CONSTRAINT %I'::text, (con.conrelid)::regclass, con.conname) AS fix
   FROM pg_constraint con
  WHERE ((con.connamespace = ANY (ARRAY[('registry'::regnamespace)::oid, ('runtime'::regnamespace)::oid])) AND (con.contype = ANY (ARRAY['c'::"char", 'f'::"char"])) AND (NOT con.convalidated))
UNION ALL
 SELECT 'notice'::text AS severity,
    'bloated_index'::text AS check_name,
    bloated.name AS subject,
    format('the index takes %s; %s would do'::text, pg_size_pretty(bloated.bytes), pg_size_pretty(bloated.needed_bytes)) AS problem,
        CASE
            WHEN bloated.may_reindex THEN 'toolreg maintain reindex_bloated'::text
            ELSE format('toolreg maintain reindex_bloated, as a member of %s%s'::text, bloated.owner,
            CASE
                WHEN ((current_setting('server_version_num'::text))::bigint >= 170000) THEN ' or pg_maintain'::text
                ELSE NULL::text
            END)
        END AS fix
   FROM api.bloated_indexes bloated;

-- Name: VIEW storage_problems; Type: COMMENT (api)

COMMENT ON VIEW api.storage_problems IS 'Internal: the part of data_integrity that is about tables, indexes and constraints. Reads the default partition once.';

-- Name: storage_usage_by_category; Type: VIEW (api)

CREATE VIEW api.storage_usage_by_category WITH (security_invoker='true') AS
 SELECT tool.category,
        CASE
            WHEN (tool.category IS NULL) THEN 'removed tools'::text
            ELSE 'declared tools'::text
        END AS tools,
    (sum(used.artifacts))::bigint AS artifacts,
    (sum(used.bytes))::bigint AS bytes,
    max(used.largest_bytes) AS largest_bytes,
    min(used.oldest_at) AS oldest_at,
    (sum(used.expired))::bigint AS expired
   FROM (( SELECT artifact.tool_id,
            count(*) AS artifacts,
            sum(artifact.size_bytes) AS bytes,
            max(artifact.size_bytes) AS largest_bytes,
            min(artifact.created_at) AS oldest_at,
            count(*) FILTER (WHERE (artifact.expires_at <= now())) AS expired
           FROM runtime.artifacts artifact
          GROUP BY artifact.tool_id) used
     LEFT JOIN registry.tools tool ON ((tool.id = used.tool_id)))
  GROUP BY tool.category
  ORDER BY ((sum(used.bytes))::bigint) DESC, tool.category;

-- Name: VIEW storage_usage_by_category; Type: COMMENT (api)

COMMENT ON VIEW api.storage_usage_by_category IS 'Artifacts by the category of their tool: how many, how large, the largest, and how many are expired and still there. Those of removed tools are a row of their own, without a category.';

-- Name: suspensions; Type: TABLE (registry)

CREATE TABLE registry.suspensions (
    id bigint NOT NULL,
    reason text NOT NULL,
    until timestamp with time zone,
    suspended_by text DEFAULT registry.caller() NOT NULL,
    suspended_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    resumed_by text,
    resumed_at timestamp with time zone,
    CONSTRAINT suspension_ends_in_a_year_to_come CHECK (((until > suspended_at) AND (until < '9999-12-31 00:00:00+00'::timestamp with time zone))),
    CONSTRAINT suspension_has_a_reason CHECK (((char_length(btrim(reason)) >= 1) AND (char_length(btrim(reason)) <= 1000))),
    CONSTRAINT who_resumed_did_so_at_a_time CHECK (((resumed_by IS NULL) OR (resumed_at IS NOT NULL)))
);

-- Name: TABLE suspensions; Type: COMMENT (registry)

COMMENT ON TABLE registry.suspensions IS 'While one is in effect, nothing is applied. Who suspended it, why and until when; those that are over stay.';

-- Name: COLUMN suspensions.until; Type: COMMENT (registry)

COMMENT ON COLUMN registry.suspensions.until IS 'When it is over by itself; NULL for one that lasts until somebody resumes.';

-- Name: COLUMN suspensions.resumed_by; Type: COMMENT (registry)

COMMENT ON COLUMN registry.suspensions.resumed_by IS 'Who resumed, or replaced it by another; NULL for one that was over by itself.';

-- Name: COLUMN suspensions.resumed_at; Type: COMMENT (registry)

COMMENT ON COLUMN registry.suspensions.resumed_at IS 'When it ended; NULL while it is in effect, and for one that was over by itself and that nobody has replaced since.';

-- Name: suspensions; Type: VIEW (api)

CREATE VIEW api.suspensions WITH (security_invoker='true') AS
 SELECT id,
    ((resumed_at IS NULL) AND ((until IS NULL) OR (until > statement_timestamp()))) AS active,
    reason,
    until,
    suspended_by,
    suspended_at,
    resumed_by AS ended_by,
        CASE
            WHEN (resumed_at IS NOT NULL) THEN resumed_at
            WHEN (until <= statement_timestamp()) THEN until
            ELSE NULL::timestamp with time zone
        END AS ended_at
   FROM registry.suspensions;

-- Name: VIEW suspensions; Type: COMMENT (api)

COMMENT ON VIEW api.suspensions IS 'Every time that applying was suspended: who, why, until when, whether it is in effect, and who ended it.';

-- Name: system_summary; Type: VIEW (api)

CREATE VIEW api.system_summary WITH (security_invoker='true') AS
 SELECT ( SELECT count(*) AS count
           FROM registry.tools) AS tools,
    ( SELECT count(*) AS count
           FROM registry.tools
          WHERE (tools.lifecycle = ANY (ARRAY['active'::text, 'deprecated'::text]))) AS active_tools,
    ( SELECT count(*) AS count
           FROM registry.tools
          WHERE (tools.node IS NULL)) AS tools_without_nodes,
    ( SELECT count(DISTINCT tools.category) AS count
           FROM registry.tools) AS categories,
    ( SELECT count(DISTINCT tool_tags.tag) AS count
           FROM registry.tool_tags) AS tags,
    ( SELECT count(*) AS count
           FROM registry.nodes) AS nodes,
    ( SELECT count(*) AS count
           FROM registry.nodes
          WHERE (nodes.status = 'active'::text)) AS active_nodes,
    ( SELECT count(*) AS count
           FROM registry.services) AS services,
    ( SELECT count(*) AS count
           FROM registry.services
          WHERE (services.type = 'agent'::text)) AS agents,
    applied.number AS revision,
    applied.commit,
    applied.finished_at AS applied_at,
    recent.calls AS calls_24h,
    round(((recent.successes)::numeric / (NULLIF(recent.calls, 0))::numeric), 4) AS success_rate_24h,
    stored.artifacts,
    stored.bytes AS artifact_bytes,
    ( SELECT count(*) AS count
           FROM api.node_health_status node
          WHERE ((node.status = 'active'::text) AND (node.health = 'healthy'::text))) AS healthy_nodes,
    ( SELECT count(*) AS count
           FROM api.tool_overrides override
          WHERE override.active) AS overrides,
    ( SELECT min(uncounted.first_recorded_at) AS min
           FROM api.uncounted_calls() uncounted(day, calls, first_recorded_at)) AS oldest_uncounted_at
   FROM (((( SELECT) one
     CROSS JOIN LATERAL ( SELECT (COALESCE(sum(counts.calls), (0)::numeric))::bigint AS calls,
            (COALESCE(sum(counts.successes), (0)::numeric))::bigint AS successes
           FROM api.call_counts((now() - '24:00:00'::interval), 'infinity'::timestamp with time zone, NULL::interval, NULL::text, NULL::text, NULL::text, NULL::text, NULL::text) counts(at, tool_name, version_name, agent_name, service_name, node_name, category_name, calls, successes, timeouts, cancellations, duration_ms_sum, duration_ms_max, last_started_at)) recent)
     CROSS JOIN LATERAL ( SELECT count(*) AS artifacts,
            (COALESCE(sum(artifact.size_bytes), (0)::numeric))::bigint AS bytes
           FROM runtime.artifacts artifact) stored)
     LEFT JOIN LATERAL ( SELECT revision.number,
            revision.commit,
            revision.finished_at
           FROM registry.revisions revision
          WHERE (revision.outcome = 'applied'::text)
          ORDER BY revision.number DESC
         LIMIT 1) applied ON (true));

-- Name: VIEW system_summary; Type: COMMENT (api)

COMMENT ON VIEW api.system_summary IS 'The whole registry in one row: how many of each, the revision that is applied, and what happened in the last 24 hours (success_rate_24h: 0 to 1).';

-- Name: table_health; Type: VIEW (api)

CREATE VIEW api.table_health WITH (security_invoker='true') AS
 SELECT (namespace.nspname)::text AS schema,
    (class.relname)::text AS name,
    (parent.relname)::text AS partition_of,
    pg_total_relation_size((class.oid)::regclass) AS bytes,
    (pg_table_size((class.oid)::regclass) - toast.bytes) AS table_bytes,
    pg_indexes_size((class.oid)::regclass) AS index_bytes,
    toast.bytes AS toast_bytes,
    stat.n_live_tup AS live_rows,
    stat.n_dead_tup AS dead_rows,
    round(((stat.n_dead_tup)::numeric / (NULLIF((stat.n_live_tup + stat.n_dead_tup), 0))::numeric), 4) AS dead_ratio,
    GREATEST(stat.last_vacuum, stat.last_autovacuum) AS last_vacuum_at,
    GREATEST(stat.last_analyze, stat.last_autoanalyze) AS last_analyze_at,
    stat.seq_scan AS sequential_scans,
    stat.seq_tup_read AS rows_read_sequentially,
    COALESCE(stat.idx_scan, (0)::bigint) AS index_scans,
    round(((stat.idx_scan)::numeric / (NULLIF((stat.seq_scan + stat.idx_scan), 0))::numeric), 4) AS index_use_ratio,
    unused.names AS unused_indexes,
    COALESCE(unused.bytes, (0)::bigint) AS unused_index_bytes
   FROM ((((((pg_class class
     JOIN pg_namespace namespace ON ((namespace.oid = class.relnamespace)))
     LEFT JOIN pg_stat_user_tables stat ON ((stat.relid = class.oid)))
     LEFT JOIN pg_inherits inherits ON (((inherits.inhrelid = class.oid) AND class.relispartition)))
     LEFT JOIN pg_class parent ON ((parent.oid = inherits.inhparent)))
     CROSS JOIN LATERAL ( SELECT
                CASE
                    WHEN (class.reltoastrelid = (0)::oid) THEN (0)::bigint
                    ELSE pg_total_relation_size((class.reltoastrelid)::regclass)
                END AS bytes) toast)
     LEFT JOIN LATERAL ( SELECT array_agg((index_stat.indexrelname)::text ORDER BY index_stat.indexrelname) AS names,
            (sum(pg_relation_size((index_stat.indexrelid)::regclass)))::bigint AS bytes
           FROM (pg_stat_user_indexes index_stat
             JOIN pg_index one ON ((one.indexrelid = index_stat.indexrelid)))
          WHERE ((index_stat.relid = class.oid) AND (index_stat.idx_scan = 0) AND (NOT (one.indisunique OR one.indisexclusion)))) unused ON (true))
  WHERE ((namespace.nspname = ANY (ARRAY['registry'::name, 'runtime'::name])) AND (class.relkind = 'r'::"char"))
  ORDER BY (pg_total_relation_size((class.oid)::regclass)) DESC, ((namespace.nspname)::text), ((class.relname)::text);

-- Name: VIEW table_health; Type: COMMENT (api)

COMMENT ON VIEW api.table_health IS 'Each table and partition of registry and runtime: bytes, live and dead rows, last vacuum and analyze, sequential and index scans, and indexes that no query has read since statistics began.';

-- Name: tool_auth; Type: VIEW (api)

CREATE VIEW api.tool_auth WITH (security_invoker='true') AS
 SELECT tool.name AS tool,
    tool.service,
    (service.auth ->> 'type'::text) AS type,
        CASE (service.auth ->> 'type'::text)
            WHEN 'http'::text THEN lower((service.auth ->> 'scheme'::text))
            WHEN 'oauth2'::text THEN 'bearer'::text
            WHEN 'openIdConnect'::text THEN 'bearer'::text
            ELSE NULL::text
        END AS scheme,
        CASE (service.auth ->> 'type'::text)
            WHEN 'apiKey'::text THEN (service.auth ->> 'in'::text)
            WHEN 'http'::text THEN 'header'::text
            WHEN 'oauth2'::text THEN 'header'::text
            WHEN 'openIdConnect'::text THEN 'header'::text
            WHEN 'mutualTLS'::text THEN 'connection'::text
            ELSE NULL::text
        END AS location,
        CASE (service.auth ->> 'type'::text)
            WHEN 'apiKey'::text THEN (service.auth ->> 'name'::text)
            WHEN 'http'::text THEN 'Authorization'::text
            WHEN 'oauth2'::text THEN 'Authorization'::text
            WHEN 'openIdConnect'::text THEN 'Authorization'::text
            ELSE NULL::text
        END AS parameter,
    ARRAY( SELECT DISTINCT scope.name
           FROM (jsonb_each(COALESCE((service.auth -> 'flows'::text), '{}'::jsonb)) flow(key, value)
             CROSS JOIN LATERAL jsonb_object_keys(COALESCE((flow.value -> 'scopes'::text), '{}'::jsonb)) scope(name))
          ORDER BY scope.name) AS scopes,
    ARRAY( SELECT flow.key
           FROM jsonb_each(COALESCE((service.auth -> 'flows'::text), '{}'::jsonb)) flow(key, value)
          ORDER BY flow.key) AS flows,
    (service.auth ->> 'openIdConnectUrl'::text) AS open_id_connect_url,
    COALESCE((service.auth -> 'credentials'::text), '{}'::jsonb) AS secrets
   FROM (registry.tools tool
     JOIN ( SELECT services.name,
            ((services.manifest #> '{spec,auth}'::text[]))::jsonb AS auth
           FROM registry.services) service ON ((service.name = tool.service)));

-- Name: VIEW tool_auth; Type: COMMENT (api)

COMMENT ON VIEW api.tool_auth IS 'For each tool what its service demands of a caller: the scheme, where the proof goes, the scopes that can be asked for, and where each secret is found (env: or vault:, never the secret itself).';

-- Name: tool_status_changes; Type: TABLE (runtime)

CREATE TABLE runtime.tool_status_changes (
    id bigint NOT NULL,
    tool_id uuid NOT NULL,
    before text NOT NULL,
    after text NOT NULL,
    reason text NOT NULL,
    changed_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    changed_by text DEFAULT registry.caller() NOT NULL,
    CONSTRAINT change_is_one CHECK ((before <> after)),
    CONSTRAINT status_after_is_known CHECK ((after = ANY (ARRAY['available'::text, 'unavailable'::text, 'removed'::text]))),
    CONSTRAINT status_before_is_known CHECK ((before = ANY (ARRAY['available'::text, 'unavailable'::text])))
);

-- Name: TABLE tool_status_changes; Type: COMMENT (runtime)

COMMENT ON TABLE runtime.tool_status_changes IS 'Every time a tool became unavailable or available again, and why.';

-- Name: tool_status_changes; Type: VIEW (api)

CREATE VIEW api.tool_status_changes WITH (security_invoker='true') AS
 SELECT change.id,
    change.tool_id,
    COALESCE(entity.name, (entity.id)::text) AS tool,
    change.before,
    change.after,
    change.reason,
    change.changed_at,
    change.changed_by
   FROM (runtime.tool_status_changes change
     JOIN registry.entities entity ON ((entity.id = change.tool_id)));

-- Name: VIEW tool_status_changes; Type: COMMENT (api)

COMMENT ON VIEW api.tool_status_changes IS 'Every time api.update_tool_status found a tool unavailable, available again, or removed while it was unavailable.';

-- Name: tool_usage_statistics; Type: VIEW (api)

CREATE VIEW api.tool_usage_statistics WITH (security_invoker='true') AS
 WITH called AS (
         SELECT counts.tool_name AS tool,
            (sum(counts.calls))::bigint AS calls,
            (sum(counts.successes))::bigint AS successes,
            sum(counts.duration_ms_sum) AS duration_ms,
            max(counts.last_started_at) AS last_used_at,
            count(DISTINCT counts.agent_name) AS agents
           FROM api.call_counts('-infinity'::timestamp with time zone, 'infinity'::timestamp with time zone, NULL::interval, NULL::text, NULL::text, NULL::text, NULL::text, NULL::text) counts(at, tool_name, version_name, agent_name, service_name, node_name, category_name, calls, successes, timeouts, cancellations, duration_ms_sum, duration_ms_max, last_started_at)
          GROUP BY counts.tool_name
        ), stored AS (
         SELECT artifact.tool_id,
            count(*) AS artifacts,
            (sum(artifact.size_bytes))::bigint AS artifact_bytes
           FROM runtime.artifacts artifact
          GROUP BY artifact.tool_id
        )
 SELECT COALESCE(tool.name, called.tool) AS tool,
    COALESCE(called.calls, (0)::bigint) AS calls,
    round(((called.successes)::numeric / (called.calls)::numeric), 4) AS success_rate,
    round(((called.duration_ms / (called.calls)::double precision))::numeric, 1) AS mean_duration_ms,
    called.last_used_at,
    COALESCE(called.agents, (0)::bigint) AS agents,
    COALESCE(stored.artifacts, (0)::bigint) AS artifacts,
    COALESCE(stored.artifact_bytes, (0)::bigint) AS artifact_bytes,
    COALESCE(called.successes, (0)::bigint) AS successes,
        CASE
            WHEN (tool.id IS NOT NULL) THEN 'declared'::text
            WHEN (entity.id IS NOT NULL) THEN 'removed'::text
            ELSE 'unknown'::text
        END AS state,
    tool.category,
    tool.owner,
    tool.lifecycle
   FROM (((called
     FULL JOIN registry.tools tool ON ((tool.name = called.tool)))
     LEFT JOIN registry.entities entity ON (((entity.kind = 'Tool'::text) AND (entity.name = called.tool))))
     LEFT JOIN stored ON ((stored.tool_id = COALESCE(tool.id, entity.id))))
  ORDER BY COALESCE(called.calls, (0)::bigint) DESC, COALESCE(tool.name, called.tool);

-- Name: VIEW tool_usage_statistics; Type: COMMENT (api)

COMMENT ON VIEW api.tool_usage_statistics IS 'Each tool, never called ones included: calls, share of them that succeeded (0 to 1), mean duration, last use, distinct agents, artifacts. State says whether it is declared, was removed, or was never declared.';

-- Name: tools; Type: VIEW (api)

CREATE VIEW api.tools WITH (security_invoker='true') AS
 SELECT tool.id,
    tool.name,
    tool.tool_name,
    (tool.manifest #>> '{metadata,title}'::text[]) AS title,
    (tool.manifest #>> '{metadata,description}'::text[]) AS description,
    tool.owner,
    ARRAY( SELECT tag.tag
           FROM registry.tool_tags tag
          WHERE (tag.tool_id = tool.id)
          ORDER BY tag.tag) AS tags,
    ((tool.manifest #> '{metadata,labels}'::text[]))::jsonb AS labels,
    tool.version,
    tool.category,
    tool.lifecycle,
    tool.service,
    tool.node,
    (tool.manifest #> '{spec,inputSchema}'::text[]) AS input_schema,
    (tool.manifest #> '{spec,outputSchema}'::text[]) AS output_schema,
    ((tool.manifest #> '{spec,annotations}'::text[]))::jsonb AS annotations,
    (tool.manifest #> '{spec,icons}'::text[]) AS icons,
    (tool.manifest #> '{spec,execution}'::text[]) AS execution,
    (tool.manifest #> '{spec,meta}'::text[]) AS meta,
    (tool.manifest #> '{spec,examples}'::text[]) AS examples,
    ((tool.manifest #> '{spec,errors}'::text[]))::jsonb AS errors,
    ((tool.manifest #> '{spec,limits}'::text[]))::jsonb AS limits,
    ((tool.manifest #> '{spec,objectives}'::text[]))::jsonb AS objectives,
    tool.manifest,
    entity.created_at,
    tool.updated_at,
    tool.revision,
    revision.commit,
    revision.author,
    tool.path,
    revision.finished_at AS applied_at
   FROM ((registry.tools tool
     JOIN registry.entities entity ON ((entity.id = tool.id)))
     LEFT JOIN registry.revisions revision ON ((revision.number = tool.revision)));

-- Name: VIEW tools; Type: COMMENT (api)

COMMENT ON VIEW api.tools IS 'Tools that are declared, with the commit, path and author that put each there.';

-- Name: tools_by_category_with_tags; Type: VIEW (api)

CREATE VIEW api.tools_by_category_with_tags WITH (security_invoker='true') AS
 SELECT tool.category,
    count(DISTINCT tool.id) AS tools,
    array_agg(DISTINCT tool.name ORDER BY tool.name) AS names,
    array_agg(DISTINCT tag.tag ORDER BY tag.tag) FILTER (WHERE (tag.tag IS NOT NULL)) AS tags
   FROM (registry.tools tool
     LEFT JOIN registry.tool_tags tag ON ((tag.tool_id = tool.id)))
  GROUP BY tool.category;

-- Name: VIEW tools_by_category_with_tags; Type: COMMENT (api)

COMMENT ON VIEW api.tools_by_category_with_tags IS 'Each category: how many tools, their names, and the tags that they carry.';

-- Name: tools_without_nodes; Type: VIEW (api)

CREATE VIEW api.tools_without_nodes WITH (security_invoker='true') AS
 SELECT name,
    version,
    category,
    lifecycle,
    service,
    owner,
    path
   FROM registry.tools tool
  WHERE (node IS NULL);

-- Name: VIEW tools_without_nodes; Type: COMMENT (api)

COMMENT ON VIEW api.tools_without_nodes IS 'Tools that name no node to run on.';

-- Name: former_names; Type: TABLE (registry)

CREATE TABLE registry.former_names (
    entity_id uuid NOT NULL,
    kind text NOT NULL,
    name text NOT NULL,
    blob text NOT NULL,
    revision bigint
);

-- Name: TABLE former_names; Type: COMMENT (registry)

COMMENT ON TABLE registry.former_names IS 'Names that a resource left for another one, also on the way between two applied commits. Written by toolreg apply. Append-only.';

-- Name: COLUMN former_names.kind; Type: COMMENT (registry)

COMMENT ON COLUMN registry.former_names.kind IS 'The kind of the resource, so that a name is found by one index.';

-- Name: COLUMN former_names.blob; Type: COMMENT (registry)

COMMENT ON COLUMN registry.former_names.blob IS 'The git blob of its file when it left the name: the same blob there again takes the rename back. Empty where it is not known.';

-- Name: COLUMN former_names.revision; Type: COMMENT (registry)

COMMENT ON COLUMN registry.former_names.revision IS 'The first revision that knew of it; NULL for a name that was left before this table was made.';

-- Name: hand_changes_id_seq; Type: SEQUENCE (registry)

ALTER TABLE registry.hand_changes ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME registry.hand_changes_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

-- Name: horizon; Type: TABLE (registry)

CREATE TABLE registry.horizon (
    only_row boolean DEFAULT true NOT NULL,
    revision bigint NOT NULL,
    CONSTRAINT horizon_row_is_the_only_one CHECK (only_row)
);

-- Name: TABLE horizon; Type: COMMENT (registry)

COMMENT ON TABLE registry.horizon IS 'How far back is known what was declared: one row, or none as long as no version was removed. Written by api.purge_history alone.';

-- Name: COLUMN horizon.revision; Type: COMMENT (registry)

COMMENT ON COLUMN registry.horizon.revision IS 'Of this revision and every later one, all versions that were declared then are kept; before it, some may be gone.';

-- Name: relocations; Type: TABLE (registry)

CREATE TABLE registry.relocations (
    entity_id uuid NOT NULL,
    revision bigint NOT NULL,
    path text NOT NULL,
    blob text
);

-- Name: TABLE relocations; Type: COMMENT (registry)

COMMENT ON TABLE registry.relocations IS 'Where a resource stood from a revision on that did not change it: its file was moved, or written differently. Append-only.';

-- Name: revisions_number_seq; Type: SEQUENCE (registry)

ALTER TABLE registry.revisions ALTER COLUMN number ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME registry.revisions_number_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

-- Name: suspensions_id_seq; Type: SEQUENCE (registry)

ALTER TABLE registry.suspensions ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME registry.suspensions_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

-- Name: dropped_days; Type: TABLE (runtime)

CREATE TABLE runtime.dropped_days (
    day date NOT NULL,
    dropped_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    calls bigint NOT NULL,
    CONSTRAINT dropped_calls_are_counted CHECK ((calls >= 0))
);

-- Name: TABLE dropped_days; Type: COMMENT (runtime)

COMMENT ON TABLE runtime.dropped_days IS 'Days (UTC) whose logs were dropped, all or some. Their rollups are never counted anew.';

-- Name: COLUMN dropped_days.calls; Type: COMMENT (runtime)

COMMENT ON COLUMN runtime.dropped_days.calls IS 'How many calls of the day are in the rollups alone.';

-- Name: duration_histogram; Type: TABLE (runtime)

CREATE TABLE runtime.duration_histogram (
    day date NOT NULL,
    series_id bigint NOT NULL,
    bucket smallint NOT NULL,
    calls bigint NOT NULL
);

-- Name: TABLE duration_histogram; Type: COMMENT (runtime)

COMMENT ON TABLE runtime.duration_histogram IS 'Durations of each day (UTC) and series: how many calls fell into which bucket.';

-- Name: COLUMN duration_histogram.bucket; Type: COMMENT (runtime)

COMMENT ON COLUMN runtime.duration_histogram.bucket IS 'Each is 10 % wide: bucket b holds durations from 1.1^b ms to below 1.1^(b+1) ms; the lowest one holds all below it.';

-- Name: duration_histogram_total; Type: TABLE (runtime)

CREATE TABLE runtime.duration_histogram_total (
    day date NOT NULL,
    bucket smallint NOT NULL,
    calls bigint NOT NULL
);

-- Name: TABLE duration_histogram_total; Type: COMMENT (runtime)

COMMENT ON TABLE runtime.duration_histogram_total IS 'Durations of each day (UTC), of all series together: read where nothing is filtered.';

-- Name: invocation_logs_id_seq; Type: SEQUENCE (runtime)

ALTER TABLE runtime.invocation_logs ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME runtime.invocation_logs_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

-- Name: invocation_rollup; Type: TABLE (runtime)

CREATE TABLE runtime.invocation_rollup (
    hour timestamp with time zone NOT NULL,
    series_id bigint NOT NULL,
    calls bigint NOT NULL,
    successes bigint NOT NULL,
    failures bigint NOT NULL,
    timeouts bigint NOT NULL,
    cancellations bigint NOT NULL,
    duration_ms_sum double precision NOT NULL,
    duration_ms_max double precision NOT NULL,
    request_bytes bigint NOT NULL,
    response_bytes bigint NOT NULL,
    last_started_at timestamp with time zone NOT NULL,
    CONSTRAINT calls_are_those_of_each_status CHECK ((calls = (((successes + failures) + timeouts) + cancellations)))
);

-- Name: TABLE invocation_rollup; Type: COMMENT (runtime)

COMMENT ON TABLE runtime.invocation_rollup IS 'Calls of each hour (UTC) and series, counted.';

-- Name: invocation_rollup_daily; Type: TABLE (runtime)

CREATE TABLE runtime.invocation_rollup_daily (
    day date NOT NULL,
    series_id bigint NOT NULL,
    calls bigint NOT NULL,
    successes bigint NOT NULL,
    failures bigint NOT NULL,
    timeouts bigint NOT NULL,
    cancellations bigint NOT NULL,
    duration_ms_sum double precision NOT NULL,
    duration_ms_max double precision NOT NULL,
    request_bytes bigint NOT NULL,
    response_bytes bigint NOT NULL,
    last_started_at timestamp with time zone NOT NULL,
    CONSTRAINT daily_calls_are_those_of_each_status CHECK ((calls = (((successes + failures) + timeouts) + cancellations)))
);

-- Name: TABLE invocation_rollup_daily; Type: COMMENT (runtime)

COMMENT ON TABLE runtime.invocation_rollup_daily IS 'Calls of each day (UTC) and series, counted.';

-- Name: maintenance_runs_id_seq; Type: SEQUENCE (runtime)

ALTER TABLE runtime.maintenance_runs ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME runtime.maintenance_runs_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

-- Name: series; Type: TABLE (runtime)

CREATE TABLE runtime.series (
    id bigint NOT NULL,
    tool_id uuid,
    tool text NOT NULL,
    tool_version text,
    agent text NOT NULL,
    service_id uuid,
    service text,
    node_id uuid,
    node text
);

-- Name: TABLE series; Type: COMMENT (runtime)

COMMENT ON TABLE runtime.series IS 'Who called what where: each combination that was ever rolled up, once.';

-- Name: series_id_seq; Type: SEQUENCE (runtime)

ALTER TABLE runtime.series ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME runtime.series_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

-- Name: tool_overrides_id_seq; Type: SEQUENCE (runtime)

ALTER TABLE runtime.tool_overrides ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME runtime.tool_overrides_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

-- Name: tool_status_changes_id_seq; Type: SEQUENCE (runtime)

ALTER TABLE runtime.tool_status_changes ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME runtime.tool_status_changes_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

-- Name: tool_successions; Type: TABLE (runtime)

CREATE TABLE runtime.tool_successions (
    tool text NOT NULL,
    next_tool text NOT NULL,
    agent text NOT NULL,
    calls bigint NOT NULL,
    last_at timestamp with time zone NOT NULL
);

-- Name: TABLE tool_successions; Type: COMMENT (runtime)

COMMENT ON TABLE runtime.tool_successions IS 'Which tool was called next after which in the same trace, and how often.';

-- Name: invocation_logs_default; Type: TABLE ATTACH (runtime)

ALTER TABLE ONLY runtime.invocation_logs ATTACH PARTITION runtime.invocation_logs_default DEFAULT;

-- Name: nodes updated_at; Type: DEFAULT (registry)

ALTER TABLE ONLY registry.nodes ALTER COLUMN updated_at SET DEFAULT now();

-- Name: services updated_at; Type: DEFAULT (registry)

ALTER TABLE ONLY registry.services ALTER COLUMN updated_at SET DEFAULT now();

-- Name: tools updated_at; Type: DEFAULT (registry)

ALTER TABLE ONLY registry.tools ALTER COLUMN updated_at SET DEFAULT now();

-- Name: entities entities_have_an_id; Type: CONSTRAINT (registry)

ALTER TABLE ONLY registry.entities
    ADD CONSTRAINT entities_have_an_id PRIMARY KEY (id);

-- Name: former_names former_name_is_left_once_with_a_file; Type: CONSTRAINT (registry)

ALTER TABLE ONLY registry.former_names
    ADD CONSTRAINT former_name_is_left_once_with_a_file PRIMARY KEY (entity_id, name, blob);

-- Name: hand_changes hand_changes_have_an_id; Type: CONSTRAINT (registry)

ALTER TABLE ONLY registry.hand_changes
    ADD CONSTRAINT hand_changes_have_an_id PRIMARY KEY (id);

-- Name: horizon horizon_is_one_row; Type: CONSTRAINT (registry)

ALTER TABLE ONLY registry.horizon
    ADD CONSTRAINT horizon_is_one_row PRIMARY KEY (only_row);

-- Name: entities name_is_unique_in_its_kind; Type: CONSTRAINT (registry)

ALTER TABLE ONLY registry.entities
    ADD CONSTRAINT name_is_unique_in_its_kind EXCLUDE USING btree (kind WITH =, name WITH =) DEFERRABLE INITIALLY DEFERRED;

-- Name: nodes node_name_is_unique; Type: CONSTRAINT (registry)

ALTER TABLE ONLY registry.nodes
    ADD CONSTRAINT node_name_is_unique UNIQUE (name);

-- Name: nodes nodes_have_an_id; Type: CONSTRAINT (registry)

ALTER TABLE ONLY registry.nodes
    ADD CONSTRAINT nodes_have_an_id PRIMARY KEY (id);

-- Name: relocations one_place_per_revision; Type: CONSTRAINT (registry)

ALTER TABLE ONLY registry.relocations
    ADD CONSTRAINT one_place_per_revision PRIMARY KEY (entity_id, revision);

-- Name: references one_reference_per_place; Type: CONSTRAINT (registry)

ALTER TABLE ONLY registry."references"
    ADD CONSTRAINT one_reference_per_place PRIMARY KEY (source_id, pointer);

-- Name: history one_version_per_revision; Type: CONSTRAINT (registry)

ALTER TABLE ONLY registry.history
    ADD CONSTRAINT one_version_per_revision PRIMARY KEY (entity_id, revision);

-- Name: resources resources_have_an_id; Type: CONSTRAINT (registry)

ALTER TABLE ONLY registry.resources
    ADD CONSTRAINT resources_have_an_id PRIMARY KEY (id);

-- Name: revisions revisions_have_a_number; Type: CONSTRAINT (registry)

ALTER TABLE ONLY registry.revisions
    ADD CONSTRAINT revisions_have_a_number UNIQUE (number);

-- Name: revisions revisions_have_an_id; Type: CONSTRAINT (registry)

ALTER TABLE ONLY registry.revisions
    ADD CONSTRAINT revisions_have_an_id PRIMARY KEY (id);

-- Name: services service_name_is_unique; Type: CONSTRAINT (registry)

ALTER TABLE ONLY registry.services
    ADD CONSTRAINT service_name_is_unique UNIQUE (name);

-- Name: services services_have_an_id; Type: CONSTRAINT (registry)

ALTER TABLE ONLY registry.services
    ADD CONSTRAINT services_have_an_id PRIMARY KEY (id);

-- Name: suspensions suspensions_have_an_id; Type: CONSTRAINT (registry)

ALTER TABLE ONLY registry.suspensions
    ADD CONSTRAINT suspensions_have_an_id PRIMARY KEY (id);

-- Name: tool_tags tool_has_a_tag_once; Type: CONSTRAINT (registry)

ALTER TABLE ONLY registry.tool_tags
    ADD CONSTRAINT tool_has_a_tag_once PRIMARY KEY (tool_id, tag);

-- Name: tools tool_name_is_unique; Type: CONSTRAINT (registry)

ALTER TABLE ONLY registry.tools
    ADD CONSTRAINT tool_name_is_unique UNIQUE (name);

-- Name: tools tools_have_an_id; Type: CONSTRAINT (registry)

ALTER TABLE ONLY registry.tools
    ADD CONSTRAINT tools_have_an_id PRIMARY KEY (id);

-- Name: artifacts artifact_is_registered_once; Type: CONSTRAINT (runtime)

ALTER TABLE ONLY runtime.artifacts
    ADD CONSTRAINT artifact_is_registered_once UNIQUE (uri);

-- Name: artifacts artifacts_have_an_id; Type: CONSTRAINT (runtime)

ALTER TABLE ONLY runtime.artifacts
    ADD CONSTRAINT artifacts_have_an_id PRIMARY KEY (id);

-- Name: duration_histogram bucket_is_counted_once_a_day; Type: CONSTRAINT (runtime)

ALTER TABLE ONLY runtime.duration_histogram
    ADD CONSTRAINT bucket_is_counted_once_a_day PRIMARY KEY (day, series_id, bucket);

-- Name: duration_histogram_total bucket_of_all_is_counted_once_a_day; Type: CONSTRAINT (runtime)

ALTER TABLE ONLY runtime.duration_histogram_total
    ADD CONSTRAINT bucket_of_all_is_counted_once_a_day PRIMARY KEY (day, bucket);

-- Name: dropped_days day_is_dropped_once; Type: CONSTRAINT (runtime)

ALTER TABLE ONLY runtime.dropped_days
    ADD CONSTRAINT day_is_dropped_once PRIMARY KEY (day);

-- Name: invocation_logs invocations_have_an_id; Type: CONSTRAINT (runtime)

ALTER TABLE ONLY runtime.invocation_logs
    ADD CONSTRAINT invocations_have_an_id PRIMARY KEY (id, started_at);

-- Name: invocation_logs_default invocation_logs_default_pkey; Type: CONSTRAINT (runtime)

ALTER TABLE ONLY runtime.invocation_logs_default
    ADD CONSTRAINT invocation_logs_default_pkey PRIMARY KEY (id, started_at);

-- Name: node_heartbeats node_has_one_last_heartbeat; Type: CONSTRAINT (runtime)

ALTER TABLE ONLY runtime.node_heartbeats
    ADD CONSTRAINT node_has_one_last_heartbeat PRIMARY KEY (node_id);

-- Name: tool_overrides overrides_have_an_id; Type: CONSTRAINT (runtime)

ALTER TABLE ONLY runtime.tool_overrides
    ADD CONSTRAINT overrides_have_an_id PRIMARY KEY (id);

-- Name: rollup_state rollup_has_one_state; Type: CONSTRAINT (runtime)

ALTER TABLE ONLY runtime.rollup_state
    ADD CONSTRAINT rollup_has_one_state PRIMARY KEY (only_row);

-- Name: maintenance_runs runs_have_an_id; Type: CONSTRAINT (runtime)

ALTER TABLE ONLY runtime.maintenance_runs
    ADD CONSTRAINT runs_have_an_id PRIMARY KEY (id);

-- Name: series series_are_told_apart; Type: CONSTRAINT (runtime)

ALTER TABLE ONLY runtime.series
    ADD CONSTRAINT series_are_told_apart UNIQUE NULLS NOT DISTINCT (tool_id, tool, tool_version, agent, service_id, service, node_id, node);

-- Name: series series_have_an_id; Type: CONSTRAINT (runtime)

ALTER TABLE ONLY runtime.series
    ADD CONSTRAINT series_have_an_id PRIMARY KEY (id);

-- Name: invocation_rollup_daily series_is_counted_once_a_day; Type: CONSTRAINT (runtime)

ALTER TABLE ONLY runtime.invocation_rollup_daily
    ADD CONSTRAINT series_is_counted_once_a_day PRIMARY KEY (day, series_id);

-- Name: invocation_rollup series_is_counted_once_an_hour; Type: CONSTRAINT (runtime)

ALTER TABLE ONLY runtime.invocation_rollup
    ADD CONSTRAINT series_is_counted_once_an_hour PRIMARY KEY (hour, series_id);

-- Name: tool_status_changes status_changes_have_an_id; Type: CONSTRAINT (runtime)

ALTER TABLE ONLY runtime.tool_status_changes
    ADD CONSTRAINT status_changes_have_an_id PRIMARY KEY (id);

-- Name: tool_successions succession_is_counted_once; Type: CONSTRAINT (runtime)

ALTER TABLE ONLY runtime.tool_successions
    ADD CONSTRAINT succession_is_counted_once PRIMARY KEY (tool, next_tool, agent);

-- Name: maintenance_tasks tasks_have_a_name; Type: CONSTRAINT (runtime)

ALTER TABLE ONLY runtime.maintenance_tasks
    ADD CONSTRAINT tasks_have_a_name PRIMARY KEY (task);

-- Name: maintenance_tasks tasks_take_turns; Type: CONSTRAINT (runtime)

ALTER TABLE ONLY runtime.maintenance_tasks
    ADD CONSTRAINT tasks_take_turns UNIQUE (turn);

-- Name: settings there_is_one_row; Type: CONSTRAINT (runtime)

ALTER TABLE ONLY runtime.settings
    ADD CONSTRAINT there_is_one_row PRIMARY KEY (only_row);

-- Name: tool_statuses tool_has_one_status; Type: CONSTRAINT (runtime)

ALTER TABLE ONLY runtime.tool_statuses
    ADD CONSTRAINT tool_has_one_status PRIMARY KEY (tool_id);

-- Name: former_names_by_name; Type: INDEX (registry)

CREATE INDEX former_names_by_name ON registry.former_names USING btree (kind, name);

-- Name: hand_changes_by_entity; Type: INDEX (registry)

CREATE INDEX hand_changes_by_entity ON registry.hand_changes USING btree (entity_id, id);

-- Name: hand_changes_by_time; Type: INDEX (registry)

CREATE INDEX hand_changes_by_time ON registry.hand_changes USING btree (at);

-- Name: history_by_name; Type: INDEX (registry)

CREATE INDEX history_by_name ON registry.history USING btree (name);

-- Name: history_by_newest; Type: INDEX (registry)

CREATE INDEX history_by_newest ON registry.history USING btree (entity_id, revision DESC) INCLUDE (digest);

-- Name: history_by_revision; Type: INDEX (registry)

CREATE INDEX history_by_revision ON registry.history USING btree (revision);

-- Name: nodes_by_digest; Type: INDEX (registry)

CREATE INDEX nodes_by_digest ON registry.nodes USING btree (id) INCLUDE (digest);

-- Name: nodes_by_path; Type: INDEX (registry)

CREATE INDEX nodes_by_path ON registry.nodes USING btree (path);

-- Name: nodes_by_revision; Type: INDEX (registry)

CREATE INDEX nodes_by_revision ON registry.nodes USING btree (revision);

-- Name: nodes_drifted; Type: INDEX (registry)

CREATE INDEX nodes_drifted ON registry.nodes USING btree (id) WHERE (digest IS DISTINCT FROM applied_digest);

-- Name: one_suspension_is_open; Type: INDEX (registry)

CREATE UNIQUE INDEX one_suspension_is_open ON registry.suspensions USING btree ((true)) WHERE (resumed_at IS NULL);

-- Name: references_by_target; Type: INDEX (registry)

CREATE INDEX references_by_target ON registry."references" USING btree (target_kind, target_name);

-- Name: relocations_by_revision; Type: INDEX (registry)

CREATE INDEX relocations_by_revision ON registry.relocations USING btree (revision);

-- Name: revisions_applied_from_commits; Type: INDEX (registry)

CREATE INDEX revisions_applied_from_commits ON registry.revisions USING btree (number DESC) WHERE ((outcome = 'applied'::text) AND (source <> 'history'::text) AND (commit IS NOT NULL));

-- Name: revisions_by_outcome; Type: INDEX (registry)

CREATE INDEX revisions_by_outcome ON registry.revisions USING btree (outcome, number DESC);

-- Name: services_by_digest; Type: INDEX (registry)

CREATE INDEX services_by_digest ON registry.services USING btree (id) INCLUDE (digest);

-- Name: services_by_path; Type: INDEX (registry)

CREATE INDEX services_by_path ON registry.services USING btree (path);

-- Name: services_by_revision; Type: INDEX (registry)

CREATE INDEX services_by_revision ON registry.services USING btree (revision);

-- Name: services_drifted; Type: INDEX (registry)

CREATE INDEX services_drifted ON registry.services USING btree (id) WHERE (digest IS DISTINCT FROM applied_digest);

-- Name: tool_tags_by_tag; Type: INDEX (registry)

CREATE INDEX tool_tags_by_tag ON registry.tool_tags USING btree (tag);

-- Name: tools_by_category; Type: INDEX (registry)

CREATE INDEX tools_by_category ON registry.tools USING btree (category);

-- Name: tools_by_digest; Type: INDEX (registry)

CREATE INDEX tools_by_digest ON registry.tools USING btree (id) INCLUDE (digest);

-- Name: tools_by_input_schema; Type: INDEX (registry)

CREATE INDEX tools_by_input_schema ON registry.tools USING gin (input_schema jsonb_path_ops);

-- Name: tools_by_node; Type: INDEX (registry)

CREATE INDEX tools_by_node ON registry.tools USING btree (node);

-- Name: tools_by_output_schema; Type: INDEX (registry)

CREATE INDEX tools_by_output_schema ON registry.tools USING gin (output_schema jsonb_path_ops);

-- Name: tools_by_parameter; Type: INDEX (registry)

CREATE INDEX tools_by_parameter ON registry.tools USING gin (registry.parameter_names(input_schema));

-- Name: tools_by_path; Type: INDEX (registry)

CREATE INDEX tools_by_path ON registry.tools USING btree (path);

-- Name: tools_by_required_parameter; Type: INDEX (registry)

CREATE INDEX tools_by_required_parameter ON registry.tools USING gin (registry.required_parameters(input_schema));

-- Name: tools_by_revision; Type: INDEX (registry)

CREATE INDEX tools_by_revision ON registry.tools USING btree (revision);

-- Name: tools_by_service; Type: INDEX (registry)

CREATE INDEX tools_by_service ON registry.tools USING btree (service);

-- Name: tools_by_tool_name; Type: INDEX (registry)

CREATE INDEX tools_by_tool_name ON registry.tools USING btree (lower(tool_name));

-- Name: tools_by_words; Type: INDEX (registry)

CREATE INDEX tools_by_words ON registry.tools USING gin (search);

-- Name: tools_drifted; Type: INDEX (registry)

CREATE INDEX tools_drifted ON registry.tools USING btree (id) WHERE (digest IS DISTINCT FROM applied_digest);

-- Name: artifacts_by_creation; Type: INDEX (runtime)

CREATE INDEX artifacts_by_creation ON runtime.artifacts USING btree (created_at);

-- Name: artifacts_by_expiry; Type: INDEX (runtime)

CREATE INDEX artifacts_by_expiry ON runtime.artifacts USING btree (expires_at) WHERE (expires_at IS NOT NULL);

-- Name: artifacts_by_invocation; Type: INDEX (runtime)

CREATE INDEX artifacts_by_invocation ON runtime.artifacts USING btree (invocation_id) WHERE (invocation_id IS NOT NULL);

-- Name: artifacts_by_tool; Type: INDEX (runtime)

CREATE INDEX artifacts_by_tool ON runtime.artifacts USING btree (tool_id, size_bytes);

-- Name: daily_rollup_by_series; Type: INDEX (runtime)

CREATE INDEX daily_rollup_by_series ON runtime.invocation_rollup_daily USING btree (series_id, day);

-- Name: histogram_by_series; Type: INDEX (runtime)

CREATE INDEX histogram_by_series ON runtime.duration_histogram USING btree (series_id, day);

-- Name: invocations_failed; Type: INDEX (runtime)

CREATE INDEX invocations_failed ON ONLY runtime.invocation_logs USING btree (started_at) WHERE (status <> 'success'::text);

-- Name: invocation_logs_default_started_at_idx; Type: INDEX (runtime)

CREATE INDEX invocation_logs_default_started_at_idx ON runtime.invocation_logs_default USING btree (started_at) WHERE (status <> 'success'::text);

-- Name: invocations_by_time; Type: INDEX (runtime)

CREATE INDEX invocations_by_time ON ONLY runtime.invocation_logs USING brin (started_at, recorded_xid) WITH (autosummarize='on');

-- Name: invocation_logs_default_started_at_recorded_xid_idx; Type: INDEX (runtime)

CREATE INDEX invocation_logs_default_started_at_recorded_xid_idx ON runtime.invocation_logs_default USING brin (started_at, recorded_xid) WITH (autosummarize='on');

-- Name: invocations_by_tool; Type: INDEX (runtime)

CREATE INDEX invocations_by_tool ON ONLY runtime.invocation_logs USING btree (tool_id, started_at) INCLUDE (duration_ms, status);

-- Name: invocation_logs_default_tool_id_started_at_duration_ms_stat_idx; Type: INDEX (runtime)

CREATE INDEX invocation_logs_default_tool_id_started_at_duration_ms_stat_idx ON runtime.invocation_logs_default USING btree (tool_id, started_at) INCLUDE (duration_ms, status);

-- Name: invocations_by_trace; Type: INDEX (runtime)

CREATE INDEX invocations_by_trace ON ONLY runtime.invocation_logs USING btree (trace_id) WHERE (trace_id IS NOT NULL);

-- Name: invocation_logs_default_trace_id_idx; Type: INDEX (runtime)

CREATE INDEX invocation_logs_default_trace_id_idx ON runtime.invocation_logs_default USING btree (trace_id) WHERE (trace_id IS NOT NULL);

-- Name: overrides_by_tool; Type: INDEX (runtime)

CREATE INDEX overrides_by_tool ON runtime.tool_overrides USING btree (tool_id, set_at);

-- Name: rollup_by_series; Type: INDEX (runtime)

CREATE INDEX rollup_by_series ON runtime.invocation_rollup USING btree (series_id, hour);

-- Name: runs_by_task; Type: INDEX (runtime)

CREATE INDEX runs_by_task ON runtime.maintenance_runs USING btree (task, started_at DESC);

-- Name: status_changes_by_tool; Type: INDEX (runtime)

CREATE INDEX status_changes_by_tool ON runtime.tool_status_changes USING btree (tool_id, changed_at);

-- Name: tool_has_one_override; Type: INDEX (runtime)

CREATE UNIQUE INDEX tool_has_one_override ON runtime.tool_overrides USING btree (tool_id) WHERE (ended_at IS NULL);

-- Name: invocation_logs_default_pkey; Type: INDEX ATTACH (runtime)

ALTER INDEX runtime.invocations_have_an_id ATTACH PARTITION runtime.invocation_logs_default_pkey;

-- Name: invocation_logs_default_started_at_idx; Type: INDEX ATTACH (runtime)

ALTER INDEX runtime.invocations_failed ATTACH PARTITION runtime.invocation_logs_default_started_at_idx;

-- Name: invocation_logs_default_started_at_recorded_xid_idx; Type: INDEX ATTACH (runtime)

ALTER INDEX runtime.invocations_by_time ATTACH PARTITION runtime.invocation_logs_default_started_at_recorded_xid_idx;

-- Name: invocation_logs_default_tool_id_started_at_duration_ms_stat_idx; Type: INDEX ATTACH (runtime)

ALTER INDEX runtime.invocations_by_tool ATTACH PARTITION runtime.invocation_logs_default_tool_id_started_at_duration_ms_stat_idx;

-- Name: invocation_logs_default_trace_id_idx; Type: INDEX ATTACH (runtime)

ALTER INDEX runtime.invocations_by_trace ATTACH PARTITION runtime.invocation_logs_default_trace_id_idx;

-- Name: runtime_problems _RETURN; Type: RULE (api)

CREATE OR REPLACE VIEW api.runtime_problems WITH (security_invoker='true') AS
 WITH logged AS MATERIALIZED (
         SELECT date_trunc('day'::text, log.started_at, 'UTC'::text) AS day,
            count(*) FILTER (WHERE ((log.recorded_xid < state.floor) OR pg_visible_in_snapshot(((log.recorded_xid)::text)::xid8, state.counted))) AS counted_calls,
            count(*) FILTER (WHERE (log.started_at > (log.recorded_at + '00:01:00'::interval))) AS future_calls
           FROM (runtime.invocation_logs log
             CROSS JOIN ( SELECT snapshot.counted,
                    ((pg_snapshot_xmin(snapshot.counted))::text)::bigint AS floor
                   FROM api.counted_snapshot() snapshot(counted)) state)
          WHERE (log.started_at >= (date_trunc('day'::text, now(), 'UTC'::text) - '6 days'::interval))
          GROUP BY (date_trunc('day'::text, log.started_at, 'UTC'::text))
        ), rolled AS (
         SELECT date_trunc('day'::text, rollup.hour, 'UTC'::text) AS day,
            sum(rollup.calls) AS calls
           FROM runtime.invocation_rollup rollup
          WHERE (rollup.hour >= (date_trunc('day'::text, now(), 'UTC'::text) - '6 days'::interval))
          GROUP BY (date_trunc('day'::text, rollup.hour, 'UTC'::text))
        ), dropped AS (
         SELECT ((one.day)::timestamp without time zone AT TIME ZONE 'UTC'::text) AS day,
            one.calls
           FROM runtime.dropped_days one
        ), measured AS (
         SELECT ((histogram.day)::timestamp without time zone AT TIME ZONE 'UTC'::text) AS day,
            sum(histogram.calls) AS calls
           FROM runtime.duration_histogram histogram
          WHERE (histogram.day > (((now() AT TIME ZONE 'UTC'::text))::date - 7))
          GROUP BY histogram.day
        ), orphans AS (
         SELECT COALESCE(entity.name, (entity.id)::text) AS name,
            count(*) AS artifacts,
            sum(artifact.size_bytes) AS bytes
           FROM (runtime.artifacts artifact
             JOIN registry.entities entity ON ((entity.id = artifact.tool_id)))
          WHERE (NOT (EXISTS ( SELECT
                   FROM registry.tools tool
                  WHERE (tool.id = artifact.tool_id))))
          GROUP BY entity.id
        ), lost AS (
         SELECT artifact.tool_id,
            count(*) AS artifacts
           FROM ( SELECT newest.tool_id,
                    newest.invocation_id,
                    newest.invocation_started_at
                   FROM runtime.artifacts newest
                  ORDER BY newest.created_at DESC
                 LIMIT 10000) artifact
          WHERE ((artifact.invocation_id IS NOT NULL) AND (artifact.invocation_started_at >= ( SELECT api.log_cutoff() AS log_cutoff)) AND (NOT (EXISTS ( SELECT
                   FROM runtime.invocation_logs log
                  WHERE ((log.id = artifact.invocation_id) AND (log.started_at = artifact.invocation_started_at))
                 OFFSET 0))))
          GROUP BY artifact.tool_id
        ), strange AS (
         SELECT log.tool,
            count(*) AS calls,
            max(log.agent) AS agent
           FROM runtime.invocation_logs log
          WHERE ((log.tool_id IS NULL) AND (log.started_at >= (now() - '7 days'::interval)) AND (NOT (EXISTS ( SELECT
                   FROM registry.tools tool
                  WHERE (tool.name = lower(log.tool))))))
          GROUP BY log.tool
          ORDER BY (count(*)) DESC
         LIMIT 100
        )
 SELECT 'error'::text AS severity,
    'rollup_disagrees'::text AS check_name,
    to_char((logged.day AT TIME ZONE 'UTC'::text), 'YYYY-MM-DD'::text) AS subject,
    format('%s calls were logged and counted; the hourly rollup has %s, the histogram %s'::text, (logged.counted_calls + COALESCE(dropped.calls, (0)::bigint)), COALESCE(rolled.calls, (0)::numeric), COALESCE(measured.calls, (0)::numeric)) AS problem,
    format('SELECT api.rebuild_rollup(%L, %L)'::text, to_char((logged.day AT TIME ZONE 'UTC'::text), 'YYYY-MM-DD'::text), to_char(((logged.day + '1 day'::interval) AT TIME ZONE 'UTC'::text), 'YYYY-MM-DD'::text)) AS fix
   FROM (((logged
     LEFT JOIN rolled ON ((rolled.day = logged.day)))
     LEFT JOIN measured ON ((measured.day = logged.day)))
     LEFT JOIN dropped ON ((dropped.day = logged.day)))
  WHERE ((((logged.counted_calls + COALESCE(dropped.calls, (0)::bigint)))::numeric <> ANY (ARRAY[COALESCE(rolled.calls, (0)::numeric), COALESCE(measured.calls, (0)::numeric)])) AND (( SELECT api.counted_snapshot() AS counted_snapshot) IS NOT NULL) AND (EXISTS ( SELECT
           FROM api.log_partitions part
          WHERE (part.since = logged.day))))
UNION ALL
 SELECT 'warning'::text AS severity,
    'start_after_recording'::text AS check_name,
    to_char((logged.day AT TIME ZONE 'UTC'::text), 'YYYY-MM-DD'::text) AS subject,
    format('%s calls say that they began over a minute after they were logged'::text, logged.future_calls) AS problem,
    'set the clock of the machine that loaded them; such calls come from a direct load, since api.log_invocation refuses them'::text AS fix
   FROM logged
  WHERE (logged.future_calls > 0)
UNION ALL
 SELECT 'notice'::text AS severity,
    'orphaned_artifacts'::text AS check_name,
    ('Tool/'::text || orphans.name) AS subject,
    format('%s artifacts, %s, of a tool that was removed'::text, orphans.artifacts, pg_size_pretty(orphans.bytes)) AS problem,
    'toolreg maintain cleanup_orphaned_artifacts, after the grace period; or restore the tool'::text AS fix
   FROM orphans
UNION ALL
 SELECT 'warning'::text AS severity,
    'artifact_without_invocation'::text AS check_name,
    ('Tool/'::text || COALESCE(entity.name, (entity.id)::text)) AS subject,
    format('%s artifacts name a call that is not in the logs, though logs of its day are kept'::text, lost.artifacts) AS problem,
    'look whether the day''s table was dropped by hand; the artifacts can stay'::text AS fix
   FROM (lost
     JOIN registry.entities entity ON ((entity.id = lost.tool_id)))
UNION ALL
 SELECT 'notice'::text AS severity,
    'expired_artifacts'::text AS check_name,
    'artifacts'::text AS subject,
    format('%s artifacts expired over a day ago and are still listed'::text, count(*)) AS problem,
    'toolreg maintain expire_artifacts'::text AS fix
   FROM runtime.artifacts artifact
  WHERE (artifact.expires_at < (now() - '1 day'::interval))
 HAVING (count(*) > 0)
UNION ALL
 SELECT 'notice'::text AS severity,
    'heartbeat_of_removed_node'::text AS check_name,
    ('Node/'::text || COALESCE(entity.name, (entity.id)::text)) AS subject,
    format('it was removed, and reported last at %s'::text, heartbeat.seen_at) AS problem,
    'stop what reports as this node, or declare it again'::text AS fix
   FROM (runtime.node_heartbeats heartbeat
     JOIN registry.entities entity ON ((entity.id = heartbeat.node_id)))
  WHERE (NOT (EXISTS ( SELECT
           FROM registry.nodes node
          WHERE (node.id = heartbeat.node_id))))
UNION ALL
 SELECT 'warning'::text AS severity,
    'override_of_removed_tool'::text AS check_name,
    ('Tool/'::text || override.tool) AS subject,
    format('%s set it %s: %s; but the tool was removed'::text, override.set_by, override.status, "left"(override.reason, 100)) AS problem,
    format('SELECT api.remove_tool_override(%L)'::text, override.tool) AS fix
   FROM api.tool_overrides override
  WHERE (override.active AND (NOT (EXISTS ( SELECT
           FROM registry.tools tool
          WHERE (tool.id = override.tool_id)))))
UNION ALL
 SELECT 'warning'::text AS severity,
    'unknown_tool'::text AS check_name,
    "left"(strange.tool, 100) AS subject,
    format('%s calls in seven days, by %s and maybe others, of a tool that nobody declared'::text, strange.calls, "left"(strange.agent, 100)) AS problem,
    'declare the tool, or correct the name that the agent uses'::text AS fix
   FROM strange
UNION ALL
 SELECT
        CASE tool.lifecycle
            WHEN 'retired'::text THEN 'warning'::text
            ELSE 'notice'::text
        END AS severity,
    (tool.lifecycle || '_tool_called'::text) AS check_name,
    ('Tool/'::text || tool.name) AS subject,
    format('it is %s, and %s called it at %s'::text, tool.lifecycle, "left"(last.agent, 100), last.started_at) AS problem,
    'toolreg query tool_usage_statistics shows how much; move its callers to another tool'::text AS fix
   FROM (registry.tools tool
     CROSS JOIN LATERAL ( SELECT log.agent,
            log.started_at
           FROM runtime.invocation_logs log
          WHERE ((log.tool_id = tool.id) AND (log.started_at >= (now() - '7 days'::interval)))
          ORDER BY log.started_at DESC
         LIMIT 1) last)
  WHERE (tool.lifecycle = ANY (ARRAY['deprecated'::text, 'retired'::text]))
UNION ALL
 SELECT 'error'::text AS severity,
    'settings_missing'::text AS check_name,
    'runtime.settings'::text AS subject,
    'its one row is missing: nothing says how long logs are kept, or how large a payload may be'::text AS problem,
    'INSERT INTO runtime.settings DEFAULT VALUES'::text AS fix
  WHERE (NOT (EXISTS ( SELECT
           FROM runtime.settings)));

-- Name: entities entities_are_ours; Type: TRIGGER (registry)

CREATE TRIGGER entities_are_ours BEFORE DELETE OR UPDATE ON registry.entities FOR EACH ROW WHEN ((NOT registry.is_applying())) EXECUTE FUNCTION registry.refuse_by_hand();

-- Name: entities entities_put_in_by_hand; Type: TRIGGER (registry)

CREATE TRIGGER entities_put_in_by_hand BEFORE INSERT ON registry.entities FOR EACH ROW WHEN ((NOT registry.is_applying())) EXECUTE FUNCTION registry.disown();

-- Name: former_names former_names_are_append_only; Type: TRIGGER (registry)

CREATE TRIGGER former_names_are_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON registry.former_names FOR EACH STATEMENT EXECUTE FUNCTION registry.refuse_rewriting();

-- Name: hand_changes hand_changes_are_append_only; Type: TRIGGER (registry)

CREATE TRIGGER hand_changes_are_append_only BEFORE UPDATE OR TRUNCATE ON registry.hand_changes FOR EACH STATEMENT EXECUTE FUNCTION registry.refuse_rewriting();

-- Name: hand_changes hand_changes_are_purged_by_api_alone; Type: TRIGGER (registry)

CREATE TRIGGER hand_changes_are_purged_by_api_alone BEFORE DELETE ON registry.hand_changes FOR EACH STATEMENT WHEN ((NOT registry.is_purging())) EXECUTE FUNCTION registry.refuse_rewriting();

-- Name: hand_changes hand_changes_number_on; Type: TRIGGER (registry)

CREATE TRIGGER hand_changes_number_on BEFORE INSERT ON registry.hand_changes FOR EACH ROW EXECUTE FUNCTION registry.number_on();

-- Name: history history_is_append_only; Type: TRIGGER (registry)

CREATE TRIGGER history_is_append_only BEFORE UPDATE OR TRUNCATE ON registry.history FOR EACH STATEMENT EXECUTE FUNCTION registry.refuse_rewriting();

-- Name: history history_is_purged_by_api_alone; Type: TRIGGER (registry)

CREATE TRIGGER history_is_purged_by_api_alone BEFORE DELETE ON registry.history FOR EACH STATEMENT WHEN ((NOT registry.is_purging())) EXECUTE FUNCTION registry.refuse_rewriting();

-- Name: nodes nodes_are_not_truncated; Type: TRIGGER (registry)

CREATE TRIGGER nodes_are_not_truncated BEFORE TRUNCATE ON registry.nodes FOR EACH STATEMENT EXECUTE FUNCTION registry.refuse_by_hand();

-- Name: nodes nodes_changed_by_hand; Type: TRIGGER (registry)

CREATE TRIGGER nodes_changed_by_hand AFTER INSERT OR DELETE OR UPDATE ON registry.nodes FOR EACH ROW WHEN ((NOT registry.is_applying())) EXECUTE FUNCTION registry.record_by_hand();

-- Name: nodes nodes_provenance_is_ours; Type: TRIGGER (registry)

CREATE TRIGGER nodes_provenance_is_ours BEFORE UPDATE ON registry.nodes FOR EACH ROW WHEN (((((((old.id IS DISTINCT FROM new.id) OR (old.path IS DISTINCT FROM new.path)) OR (old.blob IS DISTINCT FROM new.blob)) OR (old.revision IS DISTINCT FROM new.revision)) OR (old.applied_digest IS DISTINCT FROM new.applied_digest)) AND (NOT registry.is_applying()))) EXECUTE FUNCTION registry.refuse_by_hand();

-- Name: nodes nodes_put_in_by_hand; Type: TRIGGER (registry)

CREATE TRIGGER nodes_put_in_by_hand BEFORE INSERT ON registry.nodes FOR EACH ROW WHEN ((NOT registry.is_applying())) EXECUTE FUNCTION registry.disown();

-- Name: nodes nodes_updated_at; Type: TRIGGER (registry)

CREATE TRIGGER nodes_updated_at BEFORE UPDATE ON registry.nodes FOR EACH ROW WHEN (((old.manifest)::text IS DISTINCT FROM (new.manifest)::text)) EXECUTE FUNCTION registry.touch();

-- Name: references references_are_not_truncated; Type: TRIGGER (registry)

CREATE TRIGGER references_are_not_truncated BEFORE TRUNCATE ON registry."references" FOR EACH STATEMENT EXECUTE FUNCTION registry.refuse_by_hand();

-- Name: references references_are_ours; Type: TRIGGER (registry)

CREATE TRIGGER references_are_ours BEFORE INSERT OR DELETE OR UPDATE ON registry."references" FOR EACH ROW WHEN ((NOT registry.is_applying())) EXECUTE FUNCTION registry.refuse_by_hand();

-- Name: relocations relocations_are_append_only; Type: TRIGGER (registry)

CREATE TRIGGER relocations_are_append_only BEFORE UPDATE OR TRUNCATE ON registry.relocations FOR EACH STATEMENT EXECUTE FUNCTION registry.refuse_rewriting();

-- Name: relocations relocations_are_purged_by_api_alone; Type: TRIGGER (registry)

CREATE TRIGGER relocations_are_purged_by_api_alone BEFORE DELETE ON registry.relocations FOR EACH STATEMENT WHEN ((NOT registry.is_purging())) EXECUTE FUNCTION registry.refuse_rewriting();

-- Name: revisions revisions_are_append_only; Type: TRIGGER (registry)

CREATE TRIGGER revisions_are_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON registry.revisions FOR EACH STATEMENT EXECUTE FUNCTION registry.refuse_rewriting();

-- Name: services services_are_not_truncated; Type: TRIGGER (registry)

CREATE TRIGGER services_are_not_truncated BEFORE TRUNCATE ON registry.services FOR EACH STATEMENT EXECUTE FUNCTION registry.refuse_by_hand();

-- Name: services services_changed_by_hand; Type: TRIGGER (registry)

CREATE TRIGGER services_changed_by_hand AFTER INSERT OR DELETE OR UPDATE ON registry.services FOR EACH ROW WHEN ((NOT registry.is_applying())) EXECUTE FUNCTION registry.record_by_hand();

-- Name: services services_provenance_is_ours; Type: TRIGGER (registry)

CREATE TRIGGER services_provenance_is_ours BEFORE UPDATE ON registry.services FOR EACH ROW WHEN (((((((old.id IS DISTINCT FROM new.id) OR (old.path IS DISTINCT FROM new.path)) OR (old.blob IS DISTINCT FROM new.blob)) OR (old.revision IS DISTINCT FROM new.revision)) OR (old.applied_digest IS DISTINCT FROM new.applied_digest)) AND (NOT registry.is_applying()))) EXECUTE FUNCTION registry.refuse_by_hand();

-- Name: services services_put_in_by_hand; Type: TRIGGER (registry)

CREATE TRIGGER services_put_in_by_hand BEFORE INSERT ON registry.services FOR EACH ROW WHEN ((NOT registry.is_applying())) EXECUTE FUNCTION registry.disown();

-- Name: services services_updated_at; Type: TRIGGER (registry)

CREATE TRIGGER services_updated_at BEFORE UPDATE ON registry.services FOR EACH ROW WHEN (((old.manifest)::text IS DISTINCT FROM (new.manifest)::text)) EXECUTE FUNCTION registry.touch();

-- Name: suspensions suspensions_are_kept; Type: TRIGGER (registry)

CREATE TRIGGER suspensions_are_kept BEFORE DELETE OR TRUNCATE ON registry.suspensions FOR EACH STATEMENT EXECUTE FUNCTION registry.refuse_rewriting();

-- Name: suspensions suspensions_number_on; Type: TRIGGER (registry)

CREATE TRIGGER suspensions_number_on BEFORE INSERT ON registry.suspensions FOR EACH ROW EXECUTE FUNCTION registry.number_on();

-- Name: suspensions suspensions_only_end; Type: TRIGGER (registry)

CREATE TRIGGER suspensions_only_end BEFORE UPDATE ON registry.suspensions FOR EACH ROW WHEN (((old.resumed_at IS NOT NULL) OR ((((old.reason IS DISTINCT FROM new.reason) OR (old.until IS DISTINCT FROM new.until)) OR (old.suspended_by IS DISTINCT FROM new.suspended_by)) OR (old.suspended_at IS DISTINCT FROM new.suspended_at)))) EXECUTE FUNCTION registry.refuse_rewriting();

-- Name: tool_tags tool_tags_are_not_truncated; Type: TRIGGER (registry)

CREATE TRIGGER tool_tags_are_not_truncated BEFORE TRUNCATE ON registry.tool_tags FOR EACH STATEMENT EXECUTE FUNCTION registry.refuse_by_hand();

-- Name: tool_tags tool_tags_are_ours; Type: TRIGGER (registry)

CREATE TRIGGER tool_tags_are_ours BEFORE INSERT OR DELETE OR UPDATE ON registry.tool_tags FOR EACH ROW WHEN ((NOT registry.is_applying())) EXECUTE FUNCTION registry.refuse_by_hand();

-- Name: tools tools_are_not_truncated; Type: TRIGGER (registry)

CREATE TRIGGER tools_are_not_truncated BEFORE TRUNCATE ON registry.tools FOR EACH STATEMENT EXECUTE FUNCTION registry.refuse_by_hand();

-- Name: tools tools_changed_by_hand; Type: TRIGGER (registry)

CREATE TRIGGER tools_changed_by_hand AFTER INSERT OR DELETE OR UPDATE ON registry.tools FOR EACH ROW WHEN ((NOT registry.is_applying())) EXECUTE FUNCTION registry.record_by_hand();

-- Name: tools tools_provenance_is_ours; Type: TRIGGER (registry)

CREATE TRIGGER tools_provenance_is_ours BEFORE UPDATE ON registry.tools FOR EACH ROW WHEN (((((((old.id IS DISTINCT FROM new.id) OR (old.path IS DISTINCT FROM new.path)) OR (old.blob IS DISTINCT FROM new.blob)) OR (old.revision IS DISTINCT FROM new.revision)) OR (old.applied_digest IS DISTINCT FROM new.applied_digest)) AND (NOT registry.is_applying()))) EXECUTE FUNCTION registry.refuse_by_hand();

-- Name: tools tools_put_in_by_hand; Type: TRIGGER (registry)

CREATE TRIGGER tools_put_in_by_hand BEFORE INSERT ON registry.tools FOR EACH ROW WHEN ((NOT registry.is_applying())) EXECUTE FUNCTION registry.disown();

-- Name: tools tools_updated_at; Type: TRIGGER (registry)

CREATE TRIGGER tools_updated_at BEFORE UPDATE ON registry.tools FOR EACH ROW WHEN (((old.manifest)::text IS DISTINCT FROM (new.manifest)::text)) EXECUTE FUNCTION registry.touch();

-- Name: maintenance_runs maintenance_runs_number_on; Type: TRIGGER (runtime)

CREATE TRIGGER maintenance_runs_number_on BEFORE INSERT ON runtime.maintenance_runs FOR EACH ROW EXECUTE FUNCTION registry.number_on();

-- Name: series series_number_on; Type: TRIGGER (runtime)

CREATE TRIGGER series_number_on BEFORE INSERT ON runtime.series FOR EACH ROW EXECUTE FUNCTION registry.number_on();

-- Name: tool_overrides tool_overrides_number_on; Type: TRIGGER (runtime)

CREATE TRIGGER tool_overrides_number_on BEFORE INSERT ON runtime.tool_overrides FOR EACH ROW EXECUTE FUNCTION registry.number_on();

-- Name: tool_status_changes tool_status_changes_number_on; Type: TRIGGER (runtime)

CREATE TRIGGER tool_status_changes_number_on BEFORE INSERT ON runtime.tool_status_changes FOR EACH ROW EXECUTE FUNCTION registry.number_on();

-- Name: hand_changes changed_entity_exists; Type: FK CONSTRAINT (registry)

ALTER TABLE ONLY registry.hand_changes
    ADD CONSTRAINT changed_entity_exists FOREIGN KEY (entity_id) REFERENCES registry.entities(id) DEFERRABLE INITIALLY DEFERRED;

-- Name: history entity_exists; Type: FK CONSTRAINT (registry)

ALTER TABLE ONLY registry.history
    ADD CONSTRAINT entity_exists FOREIGN KEY (entity_id) REFERENCES registry.entities(id);

-- Name: nodes node_has_an_identity; Type: FK CONSTRAINT (registry)

ALTER TABLE ONLY registry.nodes
    ADD CONSTRAINT node_has_an_identity FOREIGN KEY (id) REFERENCES registry.entities(id) DEFERRABLE INITIALLY DEFERRED;

-- Name: nodes node_revision_exists; Type: FK CONSTRAINT (registry)

ALTER TABLE ONLY registry.nodes
    ADD CONSTRAINT node_revision_exists FOREIGN KEY (revision) REFERENCES registry.revisions(number) DEFERRABLE INITIALLY DEFERRED;

-- Name: relocations relocated_entity_exists; Type: FK CONSTRAINT (registry)

ALTER TABLE ONLY registry.relocations
    ADD CONSTRAINT relocated_entity_exists FOREIGN KEY (entity_id) REFERENCES registry.entities(id);

-- Name: relocations relocating_revision_exists; Type: FK CONSTRAINT (registry)

ALTER TABLE ONLY registry.relocations
    ADD CONSTRAINT relocating_revision_exists FOREIGN KEY (revision) REFERENCES registry.revisions(number) DEFERRABLE INITIALLY DEFERRED;

-- Name: former_names renamed_entity_exists; Type: FK CONSTRAINT (registry)

ALTER TABLE ONLY registry.former_names
    ADD CONSTRAINT renamed_entity_exists FOREIGN KEY (entity_id) REFERENCES registry.entities(id);

-- Name: history revision_exists; Type: FK CONSTRAINT (registry)

ALTER TABLE ONLY registry.history
    ADD CONSTRAINT revision_exists FOREIGN KEY (revision) REFERENCES registry.revisions(number) DEFERRABLE INITIALLY DEFERRED;

-- Name: services service_has_an_identity; Type: FK CONSTRAINT (registry)

ALTER TABLE ONLY registry.services
    ADD CONSTRAINT service_has_an_identity FOREIGN KEY (id) REFERENCES registry.entities(id) DEFERRABLE INITIALLY DEFERRED;

-- Name: services service_revision_exists; Type: FK CONSTRAINT (registry)

ALTER TABLE ONLY registry.services
    ADD CONSTRAINT service_revision_exists FOREIGN KEY (revision) REFERENCES registry.revisions(number) DEFERRABLE INITIALLY DEFERRED;

-- Name: references source_exists; Type: FK CONSTRAINT (registry)

ALTER TABLE ONLY registry."references"
    ADD CONSTRAINT source_exists FOREIGN KEY (source_id) REFERENCES registry.entities(id);

-- Name: tool_tags tagged_tool_exists; Type: FK CONSTRAINT (registry)

ALTER TABLE ONLY registry.tool_tags
    ADD CONSTRAINT tagged_tool_exists FOREIGN KEY (tool_id) REFERENCES registry.tools(id) ON DELETE CASCADE;

-- Name: tools tool_has_an_identity; Type: FK CONSTRAINT (registry)

ALTER TABLE ONLY registry.tools
    ADD CONSTRAINT tool_has_an_identity FOREIGN KEY (id) REFERENCES registry.entities(id) DEFERRABLE INITIALLY DEFERRED;

-- Name: tools tool_node_exists; Type: FK CONSTRAINT (registry)

ALTER TABLE ONLY registry.tools
    ADD CONSTRAINT tool_node_exists FOREIGN KEY (node) REFERENCES registry.nodes(name) DEFERRABLE INITIALLY DEFERRED;

-- Name: tools tool_revision_exists; Type: FK CONSTRAINT (registry)

ALTER TABLE ONLY registry.tools
    ADD CONSTRAINT tool_revision_exists FOREIGN KEY (revision) REFERENCES registry.revisions(number) DEFERRABLE INITIALLY DEFERRED;

-- Name: tools tool_service_exists; Type: FK CONSTRAINT (registry)

ALTER TABLE ONLY registry.tools
    ADD CONSTRAINT tool_service_exists FOREIGN KEY (service) REFERENCES registry.services(name) DEFERRABLE INITIALLY DEFERRED;

-- Name: artifacts artifact_tool_has_an_identity; Type: FK CONSTRAINT (runtime)

ALTER TABLE ONLY runtime.artifacts
    ADD CONSTRAINT artifact_tool_has_an_identity FOREIGN KEY (tool_id) REFERENCES registry.entities(id);

-- Name: invocation_rollup counted_series_exists; Type: FK CONSTRAINT (runtime)

ALTER TABLE ONLY runtime.invocation_rollup
    ADD CONSTRAINT counted_series_exists FOREIGN KEY (series_id) REFERENCES runtime.series(id);

-- Name: invocation_rollup_daily daily_counted_series_exists; Type: FK CONSTRAINT (runtime)

ALTER TABLE ONLY runtime.invocation_rollup_daily
    ADD CONSTRAINT daily_counted_series_exists FOREIGN KEY (series_id) REFERENCES runtime.series(id);

-- Name: node_heartbeats heard_node_has_an_identity; Type: FK CONSTRAINT (runtime)

ALTER TABLE ONLY runtime.node_heartbeats
    ADD CONSTRAINT heard_node_has_an_identity FOREIGN KEY (node_id) REFERENCES registry.entities(id);

-- Name: invocation_logs invoked_node_has_an_identity; Type: FK CONSTRAINT (runtime)

ALTER TABLE runtime.invocation_logs
    ADD CONSTRAINT invoked_node_has_an_identity FOREIGN KEY (node_id) REFERENCES registry.entities(id);

-- Name: invocation_logs invoked_service_has_an_identity; Type: FK CONSTRAINT (runtime)

ALTER TABLE runtime.invocation_logs
    ADD CONSTRAINT invoked_service_has_an_identity FOREIGN KEY (service_id) REFERENCES registry.entities(id);

-- Name: invocation_logs invoked_tool_has_an_identity; Type: FK CONSTRAINT (runtime)

ALTER TABLE runtime.invocation_logs
    ADD CONSTRAINT invoked_tool_has_an_identity FOREIGN KEY (tool_id) REFERENCES registry.entities(id);

-- Name: duration_histogram measured_series_exists; Type: FK CONSTRAINT (runtime)

ALTER TABLE ONLY runtime.duration_histogram
    ADD CONSTRAINT measured_series_exists FOREIGN KEY (series_id) REFERENCES runtime.series(id);

-- Name: tool_overrides overridden_tool_has_an_identity; Type: FK CONSTRAINT (runtime)

ALTER TABLE ONLY runtime.tool_overrides
    ADD CONSTRAINT overridden_tool_has_an_identity FOREIGN KEY (tool_id) REFERENCES registry.entities(id);

-- Name: series series_node_has_an_identity; Type: FK CONSTRAINT (runtime)

ALTER TABLE ONLY runtime.series
    ADD CONSTRAINT series_node_has_an_identity FOREIGN KEY (node_id) REFERENCES registry.entities(id);

-- Name: series series_service_has_an_identity; Type: FK CONSTRAINT (runtime)

ALTER TABLE ONLY runtime.series
    ADD CONSTRAINT series_service_has_an_identity FOREIGN KEY (service_id) REFERENCES registry.entities(id);

-- Name: series series_tool_has_an_identity; Type: FK CONSTRAINT (runtime)

ALTER TABLE ONLY runtime.series
    ADD CONSTRAINT series_tool_has_an_identity FOREIGN KEY (tool_id) REFERENCES registry.entities(id);

-- Name: tool_status_changes tool_of_change_has_an_identity; Type: FK CONSTRAINT (runtime)

ALTER TABLE ONLY runtime.tool_status_changes
    ADD CONSTRAINT tool_of_change_has_an_identity FOREIGN KEY (tool_id) REFERENCES registry.entities(id);

-- Name: tool_statuses tool_of_status_has_an_identity; Type: FK CONSTRAINT (runtime)

ALTER TABLE ONLY runtime.tool_statuses
    ADD CONSTRAINT tool_of_status_has_an_identity FOREIGN KEY (tool_id) REFERENCES registry.entities(id);

-- Name: SCHEMA api; Type: ACL (-)

GRANT USAGE ON SCHEMA api TO toolreg_agent;
GRANT USAGE ON SCHEMA api TO toolreg_reader;
GRANT USAGE ON SCHEMA api TO toolreg_reconciler;

-- Name: SCHEMA registry; Type: ACL (-)

GRANT USAGE ON SCHEMA registry TO toolreg_reader;
GRANT USAGE ON SCHEMA registry TO toolreg_agent;
GRANT USAGE ON SCHEMA registry TO toolreg_reconciler;

-- Name: SCHEMA runtime; Type: ACL (-)

GRANT USAGE ON SCHEMA runtime TO toolreg_reader;
GRANT USAGE ON SCHEMA runtime TO toolreg_agent;
GRANT USAGE ON SCHEMA runtime TO toolreg_reconciler;

-- Name: FUNCTION analytics_by(dimension text, since timestamp with time zone, until timestamp with time zone, tool text, agent text, service text, node text, category text); Type: ACL (api)

REVOKE ALL ON FUNCTION api.analytics_by(dimension text, since timestamp with time zone, until timestamp with time zone, tool text, agent text, service text, node text, category text) FROM PUBLIC;
GRANT ALL ON FUNCTION api.analytics_by(dimension text, since timestamp with time zone, until timestamp with time zone, tool text, agent text, service text, node text, category text) TO toolreg_agent;
GRANT ALL ON FUNCTION api.analytics_by(dimension text, since timestamp with time zone, until timestamp with time zone, tool text, agent text, service text, node text, category text) TO toolreg_reader;
GRANT ALL ON FUNCTION api.analytics_by(dimension text, since timestamp with time zone, until timestamp with time zone, tool text, agent text, service text, node text, category text) TO toolreg_reconciler;

-- Name: FUNCTION analytics_over_time(bucket interval, since timestamp with time zone, until timestamp with time zone, tool text, agent text, service text, node text, category text); Type: ACL (api)

REVOKE ALL ON FUNCTION api.analytics_over_time(bucket interval, since timestamp with time zone, until timestamp with time zone, tool text, agent text, service text, node text, category text) FROM PUBLIC;
GRANT ALL ON FUNCTION api.analytics_over_time(bucket interval, since timestamp with time zone, until timestamp with time zone, tool text, agent text, service text, node text, category text) TO toolreg_agent;
GRANT ALL ON FUNCTION api.analytics_over_time(bucket interval, since timestamp with time zone, until timestamp with time zone, tool text, agent text, service text, node text, category text) TO toolreg_reader;
GRANT ALL ON FUNCTION api.analytics_over_time(bucket interval, since timestamp with time zone, until timestamp with time zone, tool text, agent text, service text, node text, category text) TO toolreg_reconciler;

-- Name: FUNCTION applied_revision(number bigint, at timestamp with time zone); Type: ACL (api)

REVOKE ALL ON FUNCTION api.applied_revision(number bigint, at timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION api.applied_revision(number bigint, at timestamp with time zone) TO toolreg_agent;
GRANT ALL ON FUNCTION api.applied_revision(number bigint, at timestamp with time zone) TO toolreg_reader;
GRANT ALL ON FUNCTION api.applied_revision(number bigint, at timestamp with time zone) TO toolreg_reconciler;

-- Name: FUNCTION bucket_duration(bucket smallint); Type: ACL (api)

REVOKE ALL ON FUNCTION api.bucket_duration(bucket smallint) FROM PUBLIC;
GRANT ALL ON FUNCTION api.bucket_duration(bucket smallint) TO toolreg_agent;
GRANT ALL ON FUNCTION api.bucket_duration(bucket smallint) TO toolreg_reader;
GRANT ALL ON FUNCTION api.bucket_duration(bucket smallint) TO toolreg_reconciler;

-- Name: FUNCTION call_counts(since timestamp with time zone, until timestamp with time zone, bucket interval, tool text, agent text, service text, node text, category text); Type: ACL (api)

REVOKE ALL ON FUNCTION api.call_counts(since timestamp with time zone, until timestamp with time zone, bucket interval, tool text, agent text, service text, node text, category text) FROM PUBLIC;
GRANT ALL ON FUNCTION api.call_counts(since timestamp with time zone, until timestamp with time zone, bucket interval, tool text, agent text, service text, node text, category text) TO toolreg_agent;
GRANT ALL ON FUNCTION api.call_counts(since timestamp with time zone, until timestamp with time zone, bucket interval, tool text, agent text, service text, node text, category text) TO toolreg_reader;
GRANT ALL ON FUNCTION api.call_counts(since timestamp with time zone, until timestamp with time zone, bucket interval, tool text, agent text, service text, node text, category text) TO toolreg_reconciler;

-- Name: FUNCTION call_durations(since timestamp with time zone, until timestamp with time zone, bucket interval, by_series boolean, tool text, agent text, service text, node text, category text); Type: ACL (api)

REVOKE ALL ON FUNCTION api.call_durations(since timestamp with time zone, until timestamp with time zone, bucket interval, by_series boolean, tool text, agent text, service text, node text, category text) FROM PUBLIC;
GRANT ALL ON FUNCTION api.call_durations(since timestamp with time zone, until timestamp with time zone, bucket interval, by_series boolean, tool text, agent text, service text, node text, category text) TO toolreg_agent;
GRANT ALL ON FUNCTION api.call_durations(since timestamp with time zone, until timestamp with time zone, bucket interval, by_series boolean, tool text, agent text, service text, node text, category text) TO toolreg_reader;
GRANT ALL ON FUNCTION api.call_durations(since timestamp with time zone, until timestamp with time zone, bucket interval, by_series boolean, tool text, agent text, service text, node text, category text) TO toolreg_reconciler;

-- Name: FUNCTION calls_to_add(since timestamp with time zone, until timestamp with time zone, running bigint[], next bigint, counted pg_snapshot); Type: ACL (api)

REVOKE ALL ON FUNCTION api.calls_to_add(since timestamp with time zone, until timestamp with time zone, running bigint[], next bigint, counted pg_snapshot) FROM PUBLIC;

-- Name: TABLE rollup_state; Type: ACL (runtime)

GRANT SELECT ON TABLE runtime.rollup_state TO toolreg_reader;
GRANT SELECT ON TABLE runtime.rollup_state TO toolreg_agent;
GRANT SELECT ON TABLE runtime.rollup_state TO toolreg_reconciler;

-- Name: FUNCTION counted_snapshot(); Type: ACL (api)

REVOKE ALL ON FUNCTION api.counted_snapshot() FROM PUBLIC;
GRANT ALL ON FUNCTION api.counted_snapshot() TO toolreg_agent;
GRANT ALL ON FUNCTION api.counted_snapshot() TO toolreg_reader;
GRANT ALL ON FUNCTION api.counted_snapshot() TO toolreg_reconciler;

-- Name: FUNCTION create_partition(day date); Type: ACL (api)

REVOKE ALL ON FUNCTION api.create_partition(day date) FROM PUBLIC;
GRANT ALL ON FUNCTION api.create_partition(day date) TO toolreg_reconciler;

-- Name: FUNCTION delete_artifact(id uuid); Type: ACL (api)

REVOKE ALL ON FUNCTION api.delete_artifact(id uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION api.delete_artifact(id uuid) TO toolreg_agent;
GRANT ALL ON FUNCTION api.delete_artifact(id uuid) TO toolreg_reconciler;

-- Name: FUNCTION delete_expired_calls(most bigint); Type: ACL (api)

REVOKE ALL ON FUNCTION api.delete_expired_calls(most bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION api.delete_expired_calls(most bigint) TO toolreg_reconciler;

-- Name: FUNCTION drop_partition(day date); Type: ACL (api)

REVOKE ALL ON FUNCTION api.drop_partition(day date) FROM PUBLIC;
GRANT ALL ON FUNCTION api.drop_partition(day date) TO toolreg_reconciler;

-- Name: FUNCTION duration_bucket(duration_ms double precision); Type: ACL (api)

REVOKE ALL ON FUNCTION api.duration_bucket(duration_ms double precision) FROM PUBLIC;
GRANT ALL ON FUNCTION api.duration_bucket(duration_ms double precision) TO toolreg_agent;
GRANT ALL ON FUNCTION api.duration_bucket(duration_ms double precision) TO toolreg_reader;
GRANT ALL ON FUNCTION api.duration_bucket(duration_ms double precision) TO toolreg_reconciler;

-- Name: FUNCTION error_breakdown(since timestamp with time zone, until timestamp with time zone, tool text, agent text, service text, node text, category text); Type: ACL (api)

REVOKE ALL ON FUNCTION api.error_breakdown(since timestamp with time zone, until timestamp with time zone, tool text, agent text, service text, node text, category text) FROM PUBLIC;
GRANT ALL ON FUNCTION api.error_breakdown(since timestamp with time zone, until timestamp with time zone, tool text, agent text, service text, node text, category text) TO toolreg_agent;
GRANT ALL ON FUNCTION api.error_breakdown(since timestamp with time zone, until timestamp with time zone, tool text, agent text, service text, node text, category text) TO toolreg_reader;
GRANT ALL ON FUNCTION api.error_breakdown(since timestamp with time zone, until timestamp with time zone, tool text, agent text, service text, node text, category text) TO toolreg_reconciler;

-- Name: FUNCTION heartbeat(node text, load double precision, running bigint, details jsonb); Type: ACL (api)

REVOKE ALL ON FUNCTION api.heartbeat(node text, load double precision, running bigint, details jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION api.heartbeat(node text, load double precision, running bigint, details jsonb) TO toolreg_agent;

-- Name: FUNCTION histogram_percentile(share double precision, buckets smallint[], calls bigint[]); Type: ACL (api)

REVOKE ALL ON FUNCTION api.histogram_percentile(share double precision, buckets smallint[], calls bigint[]) FROM PUBLIC;
GRANT ALL ON FUNCTION api.histogram_percentile(share double precision, buckets smallint[], calls bigint[]) TO toolreg_agent;
GRANT ALL ON FUNCTION api.histogram_percentile(share double precision, buckets smallint[], calls bigint[]) TO toolreg_reader;
GRANT ALL ON FUNCTION api.histogram_percentile(share double precision, buckets smallint[], calls bigint[]) TO toolreg_reconciler;

-- Name: FUNCTION identities(kind text, name text); Type: ACL (api)

REVOKE ALL ON FUNCTION api.identities(kind text, name text) FROM PUBLIC;
GRANT ALL ON FUNCTION api.identities(kind text, name text) TO toolreg_agent;
GRANT ALL ON FUNCTION api.identities(kind text, name text) TO toolreg_reader;
GRANT ALL ON FUNCTION api.identities(kind text, name text) TO toolreg_reconciler;

-- Name: FUNCTION integrity_problems(); Type: ACL (api)

REVOKE ALL ON FUNCTION api.integrity_problems() FROM PUBLIC;
GRANT ALL ON FUNCTION api.integrity_problems() TO toolreg_agent;
GRANT ALL ON FUNCTION api.integrity_problems() TO toolreg_reader;
GRANT ALL ON FUNCTION api.integrity_problems() TO toolreg_reconciler;

-- Name: FUNCTION interval_of(duration text); Type: ACL (api)

REVOKE ALL ON FUNCTION api.interval_of(duration text) FROM PUBLIC;
GRANT ALL ON FUNCTION api.interval_of(duration text) TO toolreg_agent;
GRANT ALL ON FUNCTION api.interval_of(duration text) TO toolreg_reader;
GRANT ALL ON FUNCTION api.interval_of(duration text) TO toolreg_reconciler;

-- Name: FUNCTION invocation_payload(invocation bigint); Type: ACL (api)

REVOKE ALL ON FUNCTION api.invocation_payload(invocation bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION api.invocation_payload(invocation bigint) TO toolreg_agent;
GRANT ALL ON FUNCTION api.invocation_payload(invocation bigint) TO toolreg_reader;
GRANT ALL ON FUNCTION api.invocation_payload(invocation bigint) TO toolreg_reconciler;

-- Name: FUNCTION invocation_problem(tool text, status text, duration_ms double precision, agent text, started_at timestamp with time zone, trace_id text, span_id text, parent_span_id text, error_code text, node text, service text, tool_version text, attempt bigint, request_bytes bigint, response_bytes bigint, attributes jsonb, arguments jsonb, result jsonb, largest_payload bigint, clock timestamp with time zone); Type: ACL (api)

REVOKE ALL ON FUNCTION api.invocation_problem(tool text, status text, duration_ms double precision, agent text, started_at timestamp with time zone, trace_id text, span_id text, parent_span_id text, error_code text, node text, service text, tool_version text, attempt bigint, request_bytes bigint, response_bytes bigint, attributes jsonb, arguments jsonb, result jsonb, largest_payload bigint, clock timestamp with time zone) FROM PUBLIC;

-- Name: FUNCTION is_time(value text); Type: ACL (api)

REVOKE ALL ON FUNCTION api.is_time(value text) FROM PUBLIC;

-- Name: FUNCTION large_artifacts_by_tool(min_bytes bigint); Type: ACL (api)

REVOKE ALL ON FUNCTION api.large_artifacts_by_tool(min_bytes bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION api.large_artifacts_by_tool(min_bytes bigint) TO toolreg_agent;
GRANT ALL ON FUNCTION api.large_artifacts_by_tool(min_bytes bigint) TO toolreg_reader;
GRANT ALL ON FUNCTION api.large_artifacts_by_tool(min_bytes bigint) TO toolreg_reconciler;

-- Name: FUNCTION acting_role(); Type: ACL (registry)

REVOKE ALL ON FUNCTION registry.acting_role() FROM PUBLIC;
GRANT ALL ON FUNCTION registry.acting_role() TO toolreg_agent;
GRANT ALL ON FUNCTION registry.acting_role() TO toolreg_reader;
GRANT ALL ON FUNCTION registry.acting_role() TO toolreg_reconciler;

-- Name: FUNCTION claimed_caller(); Type: ACL (registry)

REVOKE ALL ON FUNCTION registry.claimed_caller() FROM PUBLIC;
GRANT ALL ON FUNCTION registry.claimed_caller() TO toolreg_agent;
GRANT ALL ON FUNCTION registry.claimed_caller() TO toolreg_reader;
GRANT ALL ON FUNCTION registry.claimed_caller() TO toolreg_reconciler;

-- Name: FUNCTION caller(); Type: ACL (registry)

REVOKE ALL ON FUNCTION registry.caller() FROM PUBLIC;
GRANT ALL ON FUNCTION registry.caller() TO toolreg_agent;
GRANT ALL ON FUNCTION registry.caller() TO toolreg_reader;
GRANT ALL ON FUNCTION registry.caller() TO toolreg_reconciler;

-- Name: FUNCTION digest(manifest json); Type: ACL (registry)

REVOKE ALL ON FUNCTION registry.digest(manifest json) FROM PUBLIC;
GRANT ALL ON FUNCTION registry.digest(manifest json) TO toolreg_reconciler;

-- Name: FUNCTION search_text(manifest json); Type: ACL (registry)

REVOKE ALL ON FUNCTION registry.search_text(manifest json) FROM PUBLIC;
GRANT ALL ON FUNCTION registry.search_text(manifest json) TO toolreg_reconciler;

-- Name: TABLE entities; Type: ACL (registry)

GRANT SELECT ON TABLE registry.entities TO toolreg_reader;
GRANT SELECT ON TABLE registry.entities TO toolreg_agent;
GRANT SELECT,INSERT,UPDATE ON TABLE registry.entities TO toolreg_reconciler;

-- Name: TABLE resources; Type: ACL (registry)

GRANT SELECT ON TABLE registry.resources TO toolreg_reader;
GRANT SELECT ON TABLE registry.resources TO toolreg_agent;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE registry.resources TO toolreg_reconciler;

-- Name: TABLE tools; Type: ACL (registry)

GRANT SELECT ON TABLE registry.tools TO toolreg_reader;
GRANT SELECT ON TABLE registry.tools TO toolreg_agent;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE registry.tools TO toolreg_reconciler;

-- Name: COLUMN invocation_logs.id; Type: ACL (runtime)

GRANT SELECT(id) ON TABLE runtime.invocation_logs TO toolreg_reader;
GRANT SELECT(id) ON TABLE runtime.invocation_logs TO toolreg_agent;
GRANT SELECT(id) ON TABLE runtime.invocation_logs TO toolreg_reconciler;

-- Name: COLUMN invocation_logs.started_at; Type: ACL (runtime)

GRANT SELECT(started_at) ON TABLE runtime.invocation_logs TO toolreg_reader;
GRANT SELECT(started_at) ON TABLE runtime.invocation_logs TO toolreg_agent;
GRANT SELECT(started_at) ON TABLE runtime.invocation_logs TO toolreg_reconciler;

-- Name: COLUMN invocation_logs.duration_ms; Type: ACL (runtime)

GRANT SELECT(duration_ms) ON TABLE runtime.invocation_logs TO toolreg_reader;
GRANT SELECT(duration_ms) ON TABLE runtime.invocation_logs TO toolreg_agent;
GRANT SELECT(duration_ms) ON TABLE runtime.invocation_logs TO toolreg_reconciler;

-- Name: COLUMN invocation_logs.recorded_at; Type: ACL (runtime)

GRANT SELECT(recorded_at) ON TABLE runtime.invocation_logs TO toolreg_reader;
GRANT SELECT(recorded_at) ON TABLE runtime.invocation_logs TO toolreg_agent;
GRANT SELECT(recorded_at) ON TABLE runtime.invocation_logs TO toolreg_reconciler;

-- Name: COLUMN invocation_logs.recorded_xid; Type: ACL (runtime)

GRANT SELECT(recorded_xid) ON TABLE runtime.invocation_logs TO toolreg_reader;
GRANT SELECT(recorded_xid) ON TABLE runtime.invocation_logs TO toolreg_agent;
GRANT SELECT(recorded_xid) ON TABLE runtime.invocation_logs TO toolreg_reconciler;

-- Name: COLUMN invocation_logs.request_bytes; Type: ACL (runtime)

GRANT SELECT(request_bytes) ON TABLE runtime.invocation_logs TO toolreg_reader;
GRANT SELECT(request_bytes) ON TABLE runtime.invocation_logs TO toolreg_agent;
GRANT SELECT(request_bytes) ON TABLE runtime.invocation_logs TO toolreg_reconciler;

-- Name: COLUMN invocation_logs.response_bytes; Type: ACL (runtime)

GRANT SELECT(response_bytes) ON TABLE runtime.invocation_logs TO toolreg_reader;
GRANT SELECT(response_bytes) ON TABLE runtime.invocation_logs TO toolreg_agent;
GRANT SELECT(response_bytes) ON TABLE runtime.invocation_logs TO toolreg_reconciler;

-- Name: COLUMN invocation_logs.tool_id; Type: ACL (runtime)

GRANT SELECT(tool_id) ON TABLE runtime.invocation_logs TO toolreg_reader;
GRANT SELECT(tool_id) ON TABLE runtime.invocation_logs TO toolreg_agent;
GRANT SELECT(tool_id) ON TABLE runtime.invocation_logs TO toolreg_reconciler;

-- Name: COLUMN invocation_logs.service_id; Type: ACL (runtime)

GRANT SELECT(service_id) ON TABLE runtime.invocation_logs TO toolreg_reader;
GRANT SELECT(service_id) ON TABLE runtime.invocation_logs TO toolreg_agent;
GRANT SELECT(service_id) ON TABLE runtime.invocation_logs TO toolreg_reconciler;

-- Name: COLUMN invocation_logs.node_id; Type: ACL (runtime)

GRANT SELECT(node_id) ON TABLE runtime.invocation_logs TO toolreg_reader;
GRANT SELECT(node_id) ON TABLE runtime.invocation_logs TO toolreg_agent;
GRANT SELECT(node_id) ON TABLE runtime.invocation_logs TO toolreg_reconciler;

-- Name: COLUMN invocation_logs.attempt; Type: ACL (runtime)

GRANT SELECT(attempt) ON TABLE runtime.invocation_logs TO toolreg_reader;
GRANT SELECT(attempt) ON TABLE runtime.invocation_logs TO toolreg_agent;
GRANT SELECT(attempt) ON TABLE runtime.invocation_logs TO toolreg_reconciler;

-- Name: COLUMN invocation_logs.tool; Type: ACL (runtime)

GRANT SELECT(tool) ON TABLE runtime.invocation_logs TO toolreg_reader;
GRANT SELECT(tool) ON TABLE runtime.invocation_logs TO toolreg_agent;
GRANT SELECT(tool) ON TABLE runtime.invocation_logs TO toolreg_reconciler;

-- Name: COLUMN invocation_logs.tool_version; Type: ACL (runtime)

GRANT SELECT(tool_version) ON TABLE runtime.invocation_logs TO toolreg_reader;
GRANT SELECT(tool_version) ON TABLE runtime.invocation_logs TO toolreg_agent;
GRANT SELECT(tool_version) ON TABLE runtime.invocation_logs TO toolreg_reconciler;

-- Name: COLUMN invocation_logs.agent; Type: ACL (runtime)

GRANT SELECT(agent) ON TABLE runtime.invocation_logs TO toolreg_reader;
GRANT SELECT(agent) ON TABLE runtime.invocation_logs TO toolreg_agent;
GRANT SELECT(agent) ON TABLE runtime.invocation_logs TO toolreg_reconciler;

-- Name: COLUMN invocation_logs.service; Type: ACL (runtime)

GRANT SELECT(service) ON TABLE runtime.invocation_logs TO toolreg_reader;
GRANT SELECT(service) ON TABLE runtime.invocation_logs TO toolreg_agent;
GRANT SELECT(service) ON TABLE runtime.invocation_logs TO toolreg_reconciler;

-- Name: COLUMN invocation_logs.node; Type: ACL (runtime)

GRANT SELECT(node) ON TABLE runtime.invocation_logs TO toolreg_reader;
GRANT SELECT(node) ON TABLE runtime.invocation_logs TO toolreg_agent;
GRANT SELECT(node) ON TABLE runtime.invocation_logs TO toolreg_reconciler;

-- Name: COLUMN invocation_logs.status; Type: ACL (runtime)

GRANT SELECT(status) ON TABLE runtime.invocation_logs TO toolreg_reader;
GRANT SELECT(status) ON TABLE runtime.invocation_logs TO toolreg_agent;
GRANT SELECT(status) ON TABLE runtime.invocation_logs TO toolreg_reconciler;

-- Name: COLUMN invocation_logs.error_code; Type: ACL (runtime)

GRANT SELECT(error_code) ON TABLE runtime.invocation_logs TO toolreg_reader;
GRANT SELECT(error_code) ON TABLE runtime.invocation_logs TO toolreg_agent;
GRANT SELECT(error_code) ON TABLE runtime.invocation_logs TO toolreg_reconciler;

-- Name: COLUMN invocation_logs.error_message; Type: ACL (runtime)

GRANT SELECT(error_message) ON TABLE runtime.invocation_logs TO toolreg_reader;
GRANT SELECT(error_message) ON TABLE runtime.invocation_logs TO toolreg_agent;
GRANT SELECT(error_message) ON TABLE runtime.invocation_logs TO toolreg_reconciler;

-- Name: COLUMN invocation_logs.trace_id; Type: ACL (runtime)

GRANT SELECT(trace_id) ON TABLE runtime.invocation_logs TO toolreg_reader;
GRANT SELECT(trace_id) ON TABLE runtime.invocation_logs TO toolreg_agent;
GRANT SELECT(trace_id) ON TABLE runtime.invocation_logs TO toolreg_reconciler;

-- Name: COLUMN invocation_logs.span_id; Type: ACL (runtime)

GRANT SELECT(span_id) ON TABLE runtime.invocation_logs TO toolreg_reader;
GRANT SELECT(span_id) ON TABLE runtime.invocation_logs TO toolreg_agent;
GRANT SELECT(span_id) ON TABLE runtime.invocation_logs TO toolreg_reconciler;

-- Name: COLUMN invocation_logs.parent_span_id; Type: ACL (runtime)

GRANT SELECT(parent_span_id) ON TABLE runtime.invocation_logs TO toolreg_reader;
GRANT SELECT(parent_span_id) ON TABLE runtime.invocation_logs TO toolreg_agent;
GRANT SELECT(parent_span_id) ON TABLE runtime.invocation_logs TO toolreg_reconciler;

-- Name: COLUMN invocation_logs.recorded_by; Type: ACL (runtime)

GRANT SELECT(recorded_by) ON TABLE runtime.invocation_logs TO toolreg_reader;
GRANT SELECT(recorded_by) ON TABLE runtime.invocation_logs TO toolreg_agent;
GRANT SELECT(recorded_by) ON TABLE runtime.invocation_logs TO toolreg_reconciler;

-- Name: TABLE invocations; Type: ACL (api)

GRANT SELECT ON TABLE api.invocations TO toolreg_agent;
GRANT SELECT ON TABLE api.invocations TO toolreg_reader;
GRANT SELECT ON TABLE api.invocations TO toolreg_reconciler;

-- Name: FUNCTION latest_invocations(tool text, agent text, status text, max_results integer, before timestamp with time zone); Type: ACL (api)

REVOKE ALL ON FUNCTION api.latest_invocations(tool text, agent text, status text, max_results integer, before timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION api.latest_invocations(tool text, agent text, status text, max_results integer, before timestamp with time zone) TO toolreg_agent;
GRANT ALL ON FUNCTION api.latest_invocations(tool text, agent text, status text, max_results integer, before timestamp with time zone) TO toolreg_reader;
GRANT ALL ON FUNCTION api.latest_invocations(tool text, agent text, status text, max_results integer, before timestamp with time zone) TO toolreg_reconciler;

-- Name: TABLE settings; Type: ACL (runtime)

GRANT SELECT ON TABLE runtime.settings TO toolreg_reader;
GRANT SELECT ON TABLE runtime.settings TO toolreg_agent;
GRANT SELECT,UPDATE ON TABLE runtime.settings TO toolreg_reconciler;

-- Name: FUNCTION log_cutoff(); Type: ACL (api)

REVOKE ALL ON FUNCTION api.log_cutoff() FROM PUBLIC;
GRANT ALL ON FUNCTION api.log_cutoff() TO toolreg_agent;
GRANT ALL ON FUNCTION api.log_cutoff() TO toolreg_reader;
GRANT ALL ON FUNCTION api.log_cutoff() TO toolreg_reconciler;

-- Name: FUNCTION log_invocation(tool text, status text, duration_ms double precision, agent text, started_at timestamp with time zone, trace_id text, span_id text, parent_span_id text, error_code text, error_message text, node text, service text, tool_version text, attempt bigint, request_bytes bigint, response_bytes bigint, attributes jsonb, arguments jsonb, result jsonb); Type: ACL (api)

REVOKE ALL ON FUNCTION api.log_invocation(tool text, status text, duration_ms double precision, agent text, started_at timestamp with time zone, trace_id text, span_id text, parent_span_id text, error_code text, error_message text, node text, service text, tool_version text, attempt bigint, request_bytes bigint, response_bytes bigint, attributes jsonb, arguments jsonb, result jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION api.log_invocation(tool text, status text, duration_ms double precision, agent text, started_at timestamp with time zone, trace_id text, span_id text, parent_span_id text, error_code text, error_message text, node text, service text, tool_version text, attempt bigint, request_bytes bigint, response_bytes bigint, attributes jsonb, arguments jsonb, result jsonb) TO toolreg_agent;

-- Name: FUNCTION log_invocations(calls jsonb); Type: ACL (api)

REVOKE ALL ON FUNCTION api.log_invocations(calls jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION api.log_invocations(calls jsonb) TO toolreg_agent;

-- Name: FUNCTION matching_calls(since timestamp with time zone, until timestamp with time zone, of_tool text, tool_ids uuid[], of_agent text, of_service text, service_ids uuid[], of_node text, node_ids uuid[], category_ids uuid[], nameless_ids uuid[]); Type: ACL (api)

REVOKE ALL ON FUNCTION api.matching_calls(since timestamp with time zone, until timestamp with time zone, of_tool text, tool_ids uuid[], of_agent text, of_service text, service_ids uuid[], of_node text, node_ids uuid[], category_ids uuid[], nameless_ids uuid[]) FROM PUBLIC;
GRANT ALL ON FUNCTION api.matching_calls(since timestamp with time zone, until timestamp with time zone, of_tool text, tool_ids uuid[], of_agent text, of_service text, service_ids uuid[], of_node text, node_ids uuid[], category_ids uuid[], nameless_ids uuid[]) TO toolreg_agent;
GRANT ALL ON FUNCTION api.matching_calls(since timestamp with time zone, until timestamp with time zone, of_tool text, tool_ids uuid[], of_agent text, of_service text, service_ids uuid[], of_node text, node_ids uuid[], category_ids uuid[], nameless_ids uuid[]) TO toolreg_reader;
GRANT ALL ON FUNCTION api.matching_calls(since timestamp with time zone, until timestamp with time zone, of_tool text, tool_ids uuid[], of_agent text, of_service text, service_ids uuid[], of_node text, node_ids uuid[], category_ids uuid[], nameless_ids uuid[]) TO toolreg_reconciler;

-- Name: FUNCTION matching_series(tool text, agent text, service text, node text, category text); Type: ACL (api)

REVOKE ALL ON FUNCTION api.matching_series(tool text, agent text, service text, node text, category text) FROM PUBLIC;
GRANT ALL ON FUNCTION api.matching_series(tool text, agent text, service text, node text, category text) TO toolreg_agent;
GRANT ALL ON FUNCTION api.matching_series(tool text, agent text, service text, node text, category text) TO toolreg_reader;
GRANT ALL ON FUNCTION api.matching_series(tool text, agent text, service text, node text, category text) TO toolreg_reconciler;

-- Name: FUNCTION measured_calls(dimension text, since timestamp with time zone, until timestamp with time zone, bucket interval, tool text, agent text, service text, node text, category text); Type: ACL (api)

REVOKE ALL ON FUNCTION api.measured_calls(dimension text, since timestamp with time zone, until timestamp with time zone, bucket interval, tool text, agent text, service text, node text, category text) FROM PUBLIC;
GRANT ALL ON FUNCTION api.measured_calls(dimension text, since timestamp with time zone, until timestamp with time zone, bucket interval, tool text, agent text, service text, node text, category text) TO toolreg_agent;
GRANT ALL ON FUNCTION api.measured_calls(dimension text, since timestamp with time zone, until timestamp with time zone, bucket interval, tool text, agent text, service text, node text, category text) TO toolreg_reader;
GRANT ALL ON FUNCTION api.measured_calls(dimension text, since timestamp with time zone, until timestamp with time zone, bucket interval, tool text, agent text, service text, node text, category text) TO toolreg_reconciler;

-- Name: FUNCTION objectives(since timestamp with time zone, until timestamp with time zone); Type: ACL (api)

REVOKE ALL ON FUNCTION api.objectives(since timestamp with time zone, until timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION api.objectives(since timestamp with time zone, until timestamp with time zone) TO toolreg_agent;
GRANT ALL ON FUNCTION api.objectives(since timestamp with time zone, until timestamp with time zone) TO toolreg_reader;
GRANT ALL ON FUNCTION api.objectives(since timestamp with time zone, until timestamp with time zone) TO toolreg_reconciler;

-- Name: FUNCTION orchestration_analytics(since timestamp with time zone, until timestamp with time zone, tool text, agent text, service text, node text, category text); Type: ACL (api)

REVOKE ALL ON FUNCTION api.orchestration_analytics(since timestamp with time zone, until timestamp with time zone, tool text, agent text, service text, node text, category text) FROM PUBLIC;
GRANT ALL ON FUNCTION api.orchestration_analytics(since timestamp with time zone, until timestamp with time zone, tool text, agent text, service text, node text, category text) TO toolreg_agent;
GRANT ALL ON FUNCTION api.orchestration_analytics(since timestamp with time zone, until timestamp with time zone, tool text, agent text, service text, node text, category text) TO toolreg_reader;
GRANT ALL ON FUNCTION api.orchestration_analytics(since timestamp with time zone, until timestamp with time zone, tool text, agent text, service text, node text, category text) TO toolreg_reconciler;

-- Name: FUNCTION parameter_types(schema jsonb); Type: ACL (api)

REVOKE ALL ON FUNCTION api.parameter_types(schema jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION api.parameter_types(schema jsonb) TO toolreg_agent;
GRANT ALL ON FUNCTION api.parameter_types(schema jsonb) TO toolreg_reader;
GRANT ALL ON FUNCTION api.parameter_types(schema jsonb) TO toolreg_reconciler;

-- Name: FUNCTION plain_blanks(query text); Type: ACL (api)

REVOKE ALL ON FUNCTION api.plain_blanks(query text) FROM PUBLIC;
GRANT ALL ON FUNCTION api.plain_blanks(query text) TO toolreg_agent;
GRANT ALL ON FUNCTION api.plain_blanks(query text) TO toolreg_reader;
GRANT ALL ON FUNCTION api.plain_blanks(query text) TO toolreg_reconciler;

-- Name: FUNCTION problem_of_types(calls jsonb); Type: ACL (api)

REVOKE ALL ON FUNCTION api.problem_of_types(calls jsonb) FROM PUBLIC;

-- Name: FUNCTION purge_history(first uuid, last uuid); Type: ACL (api)

REVOKE ALL ON FUNCTION api.purge_history(first uuid, last uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION api.purge_history(first uuid, last uuid) TO toolreg_reconciler;

-- Name: FUNCTION rank_tools(query text, category text, tag text, owner text, lifecycle text, max_results integer); Type: ACL (api)

REVOKE ALL ON FUNCTION api.rank_tools(query text, category text, tag text, owner text, lifecycle text, max_results integer) FROM PUBLIC;
GRANT ALL ON FUNCTION api.rank_tools(query text, category text, tag text, owner text, lifecycle text, max_results integer) TO toolreg_agent;
GRANT ALL ON FUNCTION api.rank_tools(query text, category text, tag text, owner text, lifecycle text, max_results integer) TO toolreg_reader;
GRANT ALL ON FUNCTION api.rank_tools(query text, category text, tag text, owner text, lifecycle text, max_results integer) TO toolreg_reconciler;

-- Name: FUNCTION rebuild_rollup(since date, until date); Type: ACL (api)

REVOKE ALL ON FUNCTION api.rebuild_rollup(since date, until date) FROM PUBLIC;
GRANT ALL ON FUNCTION api.rebuild_rollup(since date, until date) TO toolreg_reconciler;

-- Name: FUNCTION recommend_tools(task text, agent text, max_results integer); Type: ACL (api)

REVOKE ALL ON FUNCTION api.recommend_tools(task text, agent text, max_results integer) FROM PUBLIC;
GRANT ALL ON FUNCTION api.recommend_tools(task text, agent text, max_results integer) TO toolreg_agent;
GRANT ALL ON FUNCTION api.recommend_tools(task text, agent text, max_results integer) TO toolreg_reader;
GRANT ALL ON FUNCTION api.recommend_tools(task text, agent text, max_results integer) TO toolreg_reconciler;

-- Name: FUNCTION record_maintenance(task text, started_at timestamp with time zone, statements bigint, error text, remaining bigint); Type: ACL (api)

REVOKE ALL ON FUNCTION api.record_maintenance(task text, started_at timestamp with time zone, statements bigint, error text, remaining bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION api.record_maintenance(task text, started_at timestamp with time zone, statements bigint, error text, remaining bigint) TO toolreg_reconciler;

-- Name: FUNCTION recount_days(since date, until date, seen pg_snapshot, counted pg_snapshot, linked_after timestamp with time zone); Type: ACL (api)

REVOKE ALL ON FUNCTION api.recount_days(since date, until date, seen pg_snapshot, counted pg_snapshot, linked_after timestamp with time zone) FROM PUBLIC;

-- Name: FUNCTION refresh_statistics(measured regclass); Type: ACL (api)

REVOKE ALL ON FUNCTION api.refresh_statistics(measured regclass) FROM PUBLIC;
GRANT ALL ON FUNCTION api.refresh_statistics(measured regclass) TO toolreg_reconciler;

-- Name: FUNCTION register_artifact(tool text, uri text, media_type text, size_bytes bigint, sha256 text, invocation bigint, metadata jsonb, expires_at timestamp with time zone); Type: ACL (api)

REVOKE ALL ON FUNCTION api.register_artifact(tool text, uri text, media_type text, size_bytes bigint, sha256 text, invocation bigint, metadata jsonb, expires_at timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION api.register_artifact(tool text, uri text, media_type text, size_bytes bigint, sha256 text, invocation bigint, metadata jsonb, expires_at timestamp with time zone) TO toolreg_agent;

-- Name: FUNCTION registry_at(number bigint, at timestamp with time zone); Type: ACL (api)

REVOKE ALL ON FUNCTION api.registry_at(number bigint, at timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION api.registry_at(number bigint, at timestamp with time zone) TO toolreg_agent;
GRANT ALL ON FUNCTION api.registry_at(number bigint, at timestamp with time zone) TO toolreg_reader;
GRANT ALL ON FUNCTION api.registry_at(number bigint, at timestamp with time zone) TO toolreg_reconciler;

-- Name: FUNCTION remove_expired_artifacts(most bigint); Type: ACL (api)

REVOKE ALL ON FUNCTION api.remove_expired_artifacts(most bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION api.remove_expired_artifacts(most bigint) TO toolreg_reconciler;

-- Name: FUNCTION remove_orphaned_artifacts(first uuid, last uuid); Type: ACL (api)

REVOKE ALL ON FUNCTION api.remove_orphaned_artifacts(first uuid, last uuid) FROM PUBLIC;
GRANT ALL ON FUNCTION api.remove_orphaned_artifacts(first uuid, last uuid) TO toolreg_reconciler;

-- Name: FUNCTION remove_tool_override(tool text); Type: ACL (api)

REVOKE ALL ON FUNCTION api.remove_tool_override(tool text) FROM PUBLIC;
GRANT ALL ON FUNCTION api.remove_tool_override(tool text) TO toolreg_reconciler;

-- Name: FUNCTION require_read_committed(); Type: ACL (api)

REVOKE ALL ON FUNCTION api.require_read_committed() FROM PUBLIC;

-- Name: FUNCTION require_rolled_up(since timestamp with time zone, until timestamp with time zone); Type: ACL (api)

REVOKE ALL ON FUNCTION api.require_rolled_up(since timestamp with time zone, until timestamp with time zone) FROM PUBLIC;

-- Name: FUNCTION roll_up(since timestamp with time zone, until timestamp with time zone, seen pg_snapshot, counted pg_snapshot, linked_after timestamp with time zone); Type: ACL (api)

REVOKE ALL ON FUNCTION api.roll_up(since timestamp with time zone, until timestamp with time zone, seen pg_snapshot, counted pg_snapshot, linked_after timestamp with time zone) FROM PUBLIC;

-- Name: FUNCTION rolled_part(since timestamp with time zone, until timestamp with time zone, bucket interval, unit text, OUT first timestamp with time zone, OUT beyond timestamp with time zone, OUT running bigint[], OUT next bigint); Type: ACL (api)

REVOKE ALL ON FUNCTION api.rolled_part(since timestamp with time zone, until timestamp with time zone, bucket interval, unit text, OUT first timestamp with time zone, OUT beyond timestamp with time zone, OUT running bigint[], OUT next bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION api.rolled_part(since timestamp with time zone, until timestamp with time zone, bucket interval, unit text, OUT first timestamp with time zone, OUT beyond timestamp with time zone, OUT running bigint[], OUT next bigint) TO toolreg_agent;
GRANT ALL ON FUNCTION api.rolled_part(since timestamp with time zone, until timestamp with time zone, bucket interval, unit text, OUT first timestamp with time zone, OUT beyond timestamp with time zone, OUT running bigint[], OUT next bigint) TO toolreg_reader;
GRANT ALL ON FUNCTION api.rolled_part(since timestamp with time zone, until timestamp with time zone, bucket interval, unit text, OUT first timestamp with time zone, OUT beyond timestamp with time zone, OUT running bigint[], OUT next bigint) TO toolreg_reconciler;

-- Name: FUNCTION rollup_invocations(); Type: ACL (api)

REVOKE ALL ON FUNCTION api.rollup_invocations() FROM PUBLIC;
GRANT ALL ON FUNCTION api.rollup_invocations() TO toolreg_reconciler;

-- Name: FUNCTION search_tools(query text, category text, tag text, owner text, lifecycle text, max_results integer); Type: ACL (api)

REVOKE ALL ON FUNCTION api.search_tools(query text, category text, tag text, owner text, lifecycle text, max_results integer) FROM PUBLIC;
GRANT ALL ON FUNCTION api.search_tools(query text, category text, tag text, owner text, lifecycle text, max_results integer) TO toolreg_agent;
GRANT ALL ON FUNCTION api.search_tools(query text, category text, tag text, owner text, lifecycle text, max_results integer) TO toolreg_reader;
GRANT ALL ON FUNCTION api.search_tools(query text, category text, tag text, owner text, lifecycle text, max_results integer) TO toolreg_reconciler;

-- Name: FUNCTION search_tools_by_schema(fragment jsonb); Type: ACL (api)

REVOKE ALL ON FUNCTION api.search_tools_by_schema(fragment jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION api.search_tools_by_schema(fragment jsonb) TO toolreg_agent;
GRANT ALL ON FUNCTION api.search_tools_by_schema(fragment jsonb) TO toolreg_reader;
GRANT ALL ON FUNCTION api.search_tools_by_schema(fragment jsonb) TO toolreg_reconciler;

-- Name: FUNCTION plain_words(words text); Type: ACL (registry)

REVOKE ALL ON FUNCTION registry.plain_words(words text) FROM PUBLIC;
GRANT ALL ON FUNCTION registry.plain_words(words text) TO toolreg_reader;
GRANT ALL ON FUNCTION registry.plain_words(words text) TO toolreg_agent;
GRANT ALL ON FUNCTION registry.plain_words(words text) TO toolreg_reconciler;

-- Name: FUNCTION described_words(description text); Type: ACL (registry)

REVOKE ALL ON FUNCTION registry.described_words(description text) FROM PUBLIC;
GRANT ALL ON FUNCTION registry.described_words(description text) TO toolreg_reader;
GRANT ALL ON FUNCTION registry.described_words(description text) TO toolreg_agent;
GRANT ALL ON FUNCTION registry.described_words(description text) TO toolreg_reconciler;

-- Name: FUNCTION name_words(names text); Type: ACL (registry)

REVOKE ALL ON FUNCTION registry.name_words(names text) FROM PUBLIC;
GRANT ALL ON FUNCTION registry.name_words(names text) TO toolreg_reader;
GRANT ALL ON FUNCTION registry.name_words(names text) TO toolreg_agent;
GRANT ALL ON FUNCTION registry.name_words(names text) TO toolreg_reconciler;

-- Name: FUNCTION search_words(query text); Type: ACL (api)

REVOKE ALL ON FUNCTION api.search_words(query text) FROM PUBLIC;
GRANT ALL ON FUNCTION api.search_words(query text) TO toolreg_agent;
GRANT ALL ON FUNCTION api.search_words(query text) TO toolreg_reader;
GRANT ALL ON FUNCTION api.search_words(query text) TO toolreg_reconciler;

-- Name: FUNCTION set_tool_override(tool text, status text, reason text, until timestamp with time zone); Type: ACL (api)

REVOKE ALL ON FUNCTION api.set_tool_override(tool text, status text, reason text, until timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION api.set_tool_override(tool text, status text, reason text, until timestamp with time zone) TO toolreg_reconciler;

-- Name: FUNCTION snapshot_of_others(); Type: ACL (api)

REVOKE ALL ON FUNCTION api.snapshot_of_others() FROM PUBLIC;

-- Name: FUNCTION times(calls numeric); Type: ACL (api)

REVOKE ALL ON FUNCTION api.times(calls numeric) FROM PUBLIC;
GRANT ALL ON FUNCTION api.times(calls numeric) TO toolreg_agent;
GRANT ALL ON FUNCTION api.times(calls numeric) TO toolreg_reader;
GRANT ALL ON FUNCTION api.times(calls numeric) TO toolreg_reconciler;

-- Name: FUNCTION tool_of_other_name(tool text, service text); Type: ACL (api)

REVOKE ALL ON FUNCTION api.tool_of_other_name(tool text, service text) FROM PUBLIC;

-- Name: FUNCTION tools_accepting(arguments jsonb); Type: ACL (api)

REVOKE ALL ON FUNCTION api.tools_accepting(arguments jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION api.tools_accepting(arguments jsonb) TO toolreg_agent;
GRANT ALL ON FUNCTION api.tools_accepting(arguments jsonb) TO toolreg_reader;
GRANT ALL ON FUNCTION api.tools_accepting(arguments jsonb) TO toolreg_reconciler;

-- Name: FUNCTION tools_fed_by(tool text); Type: ACL (api)

REVOKE ALL ON FUNCTION api.tools_fed_by(tool text) FROM PUBLIC;
GRANT ALL ON FUNCTION api.tools_fed_by(tool text) TO toolreg_agent;
GRANT ALL ON FUNCTION api.tools_fed_by(tool text) TO toolreg_reader;
GRANT ALL ON FUNCTION api.tools_fed_by(tool text) TO toolreg_reconciler;

-- Name: FUNCTION tools_with_parameter(parameter text, type text); Type: ACL (api)

REVOKE ALL ON FUNCTION api.tools_with_parameter(parameter text, type text) FROM PUBLIC;
GRANT ALL ON FUNCTION api.tools_with_parameter(parameter text, type text) TO toolreg_agent;
GRANT ALL ON FUNCTION api.tools_with_parameter(parameter text, type text) TO toolreg_reader;
GRANT ALL ON FUNCTION api.tools_with_parameter(parameter text, type text) TO toolreg_reconciler;

-- Name: FUNCTION uncounted_calls(since timestamp with time zone, until timestamp with time zone); Type: ACL (api)

REVOKE ALL ON FUNCTION api.uncounted_calls(since timestamp with time zone, until timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION api.uncounted_calls(since timestamp with time zone, until timestamp with time zone) TO toolreg_agent;
GRANT ALL ON FUNCTION api.uncounted_calls(since timestamp with time zone, until timestamp with time zone) TO toolreg_reader;
GRANT ALL ON FUNCTION api.uncounted_calls(since timestamp with time zone, until timestamp with time zone) TO toolreg_reconciler;

-- Name: FUNCTION unrolled_calls(since timestamp with time zone, until timestamp with time zone, first timestamp with time zone, beyond timestamp with time zone, running bigint[], next bigint, of_tool text, tool_ids uuid[], of_agent text, of_service text, service_ids uuid[], of_node text, node_ids uuid[], category_ids uuid[], nameless_ids uuid[]); Type: ACL (api)

REVOKE ALL ON FUNCTION api.unrolled_calls(since timestamp with time zone, until timestamp with time zone, first timestamp with time zone, beyond timestamp with time zone, running bigint[], next bigint, of_tool text, tool_ids uuid[], of_agent text, of_service text, service_ids uuid[], of_node text, node_ids uuid[], category_ids uuid[], nameless_ids uuid[]) FROM PUBLIC;
GRANT ALL ON FUNCTION api.unrolled_calls(since timestamp with time zone, until timestamp with time zone, first timestamp with time zone, beyond timestamp with time zone, running bigint[], next bigint, of_tool text, tool_ids uuid[], of_agent text, of_service text, service_ids uuid[], of_node text, node_ids uuid[], category_ids uuid[], nameless_ids uuid[]) TO toolreg_agent;
GRANT ALL ON FUNCTION api.unrolled_calls(since timestamp with time zone, until timestamp with time zone, first timestamp with time zone, beyond timestamp with time zone, running bigint[], next bigint, of_tool text, tool_ids uuid[], of_agent text, of_service text, service_ids uuid[], of_node text, node_ids uuid[], category_ids uuid[], nameless_ids uuid[]) TO toolreg_reader;
GRANT ALL ON FUNCTION api.unrolled_calls(since timestamp with time zone, until timestamp with time zone, first timestamp with time zone, beyond timestamp with time zone, running bigint[], next bigint, of_tool text, tool_ids uuid[], of_agent text, of_service text, service_ids uuid[], of_node text, node_ids uuid[], category_ids uuid[], nameless_ids uuid[]) TO toolreg_reconciler;

-- Name: FUNCTION update_tool_status(); Type: ACL (api)

REVOKE ALL ON FUNCTION api.update_tool_status() FROM PUBLIC;
GRANT ALL ON FUNCTION api.update_tool_status() TO toolreg_reconciler;

-- Name: FUNCTION value_fits(value jsonb, schema jsonb); Type: ACL (api)

REVOKE ALL ON FUNCTION api.value_fits(value jsonb, schema jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION api.value_fits(value jsonb, schema jsonb) TO toolreg_agent;
GRANT ALL ON FUNCTION api.value_fits(value jsonb, schema jsonb) TO toolreg_reader;
GRANT ALL ON FUNCTION api.value_fits(value jsonb, schema jsonb) TO toolreg_reconciler;

-- Name: FUNCTION wanted_identities(tool text, service text, node text, category text, OUT tool_ids uuid[], OUT service_ids uuid[], OUT node_ids uuid[], OUT category_ids uuid[], OUT nameless_ids uuid[]); Type: ACL (api)

REVOKE ALL ON FUNCTION api.wanted_identities(tool text, service text, node text, category text, OUT tool_ids uuid[], OUT service_ids uuid[], OUT node_ids uuid[], OUT category_ids uuid[], OUT nameless_ids uuid[]) FROM PUBLIC;
GRANT ALL ON FUNCTION api.wanted_identities(tool text, service text, node text, category text, OUT tool_ids uuid[], OUT service_ids uuid[], OUT node_ids uuid[], OUT category_ids uuid[], OUT nameless_ids uuid[]) TO toolreg_agent;
GRANT ALL ON FUNCTION api.wanted_identities(tool text, service text, node text, category text, OUT tool_ids uuid[], OUT service_ids uuid[], OUT node_ids uuid[], OUT category_ids uuid[], OUT nameless_ids uuid[]) TO toolreg_reader;
GRANT ALL ON FUNCTION api.wanted_identities(tool text, service text, node text, category text, OUT tool_ids uuid[], OUT service_ids uuid[], OUT node_ids uuid[], OUT category_ids uuid[], OUT nameless_ids uuid[]) TO toolreg_reconciler;

-- Name: FUNCTION week_over_week(until timestamp with time zone, tool text, agent text, service text, node text, category text); Type: ACL (api)

REVOKE ALL ON FUNCTION api.week_over_week(until timestamp with time zone, tool text, agent text, service text, node text, category text) FROM PUBLIC;
GRANT ALL ON FUNCTION api.week_over_week(until timestamp with time zone, tool text, agent text, service text, node text, category text) TO toolreg_agent;
GRANT ALL ON FUNCTION api.week_over_week(until timestamp with time zone, tool text, agent text, service text, node text, category text) TO toolreg_reader;
GRANT ALL ON FUNCTION api.week_over_week(until timestamp with time zone, tool text, agent text, service text, node text, category text) TO toolreg_reconciler;

-- Name: FUNCTION disown(); Type: ACL (registry)

REVOKE ALL ON FUNCTION registry.disown() FROM PUBLIC;

-- Name: FUNCTION is_applying(); Type: ACL (registry)

REVOKE ALL ON FUNCTION registry.is_applying() FROM PUBLIC;
GRANT ALL ON FUNCTION registry.is_applying() TO toolreg_reconciler;

-- Name: FUNCTION is_purging(); Type: ACL (registry)

REVOKE ALL ON FUNCTION registry.is_purging() FROM PUBLIC;

-- Name: FUNCTION number_on(); Type: ACL (registry)

REVOKE ALL ON FUNCTION registry.number_on() FROM PUBLIC;

-- Name: FUNCTION resolved_schema(part jsonb, root jsonb); Type: ACL (registry)

REVOKE ALL ON FUNCTION registry.resolved_schema(part jsonb, root jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION registry.resolved_schema(part jsonb, root jsonb) TO toolreg_reader;
GRANT ALL ON FUNCTION registry.resolved_schema(part jsonb, root jsonb) TO toolreg_agent;
GRANT ALL ON FUNCTION registry.resolved_schema(part jsonb, root jsonb) TO toolreg_reconciler;

-- Name: FUNCTION parameter_names(schema jsonb); Type: ACL (registry)

REVOKE ALL ON FUNCTION registry.parameter_names(schema jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION registry.parameter_names(schema jsonb) TO toolreg_reader;
GRANT ALL ON FUNCTION registry.parameter_names(schema jsonb) TO toolreg_agent;
GRANT ALL ON FUNCTION registry.parameter_names(schema jsonb) TO toolreg_reconciler;

-- Name: FUNCTION record_by_hand(); Type: ACL (registry)

REVOKE ALL ON FUNCTION registry.record_by_hand() FROM PUBLIC;

-- Name: FUNCTION refuse_by_hand(); Type: ACL (registry)

REVOKE ALL ON FUNCTION registry.refuse_by_hand() FROM PUBLIC;

-- Name: FUNCTION refuse_rewriting(); Type: ACL (registry)

REVOKE ALL ON FUNCTION registry.refuse_rewriting() FROM PUBLIC;

-- Name: FUNCTION required_parameters(schema jsonb); Type: ACL (registry)

REVOKE ALL ON FUNCTION registry.required_parameters(schema jsonb) FROM PUBLIC;
GRANT ALL ON FUNCTION registry.required_parameters(schema jsonb) TO toolreg_reader;
GRANT ALL ON FUNCTION registry.required_parameters(schema jsonb) TO toolreg_agent;
GRANT ALL ON FUNCTION registry.required_parameters(schema jsonb) TO toolreg_reconciler;

-- Name: FUNCTION touch(); Type: ACL (registry)

REVOKE ALL ON FUNCTION registry.touch() FROM PUBLIC;

-- Name: TABLE nodes; Type: ACL (registry)

GRANT SELECT ON TABLE registry.nodes TO toolreg_reader;
GRANT SELECT ON TABLE registry.nodes TO toolreg_agent;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE registry.nodes TO toolreg_reconciler;

-- Name: TABLE active_nodes; Type: ACL (api)

GRANT SELECT ON TABLE api.active_nodes TO toolreg_agent;
GRANT SELECT ON TABLE api.active_nodes TO toolreg_reader;
GRANT SELECT ON TABLE api.active_nodes TO toolreg_reconciler;

-- Name: TABLE tool_overrides; Type: ACL (runtime)

GRANT SELECT ON TABLE runtime.tool_overrides TO toolreg_reader;
GRANT SELECT ON TABLE runtime.tool_overrides TO toolreg_agent;
GRANT SELECT ON TABLE runtime.tool_overrides TO toolreg_reconciler;

-- Name: TABLE tool_overrides; Type: ACL (api)

GRANT SELECT ON TABLE api.tool_overrides TO toolreg_agent;
GRANT SELECT ON TABLE api.tool_overrides TO toolreg_reader;
GRANT SELECT ON TABLE api.tool_overrides TO toolreg_reconciler;

-- Name: TABLE services; Type: ACL (registry)

GRANT SELECT ON TABLE registry.services TO toolreg_reader;
GRANT SELECT ON TABLE registry.services TO toolreg_agent;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE registry.services TO toolreg_reconciler;

-- Name: TABLE tool_statuses; Type: ACL (runtime)

GRANT SELECT ON TABLE runtime.tool_statuses TO toolreg_reader;
GRANT SELECT ON TABLE runtime.tool_statuses TO toolreg_agent;
GRANT SELECT ON TABLE runtime.tool_statuses TO toolreg_reconciler;

-- Name: TABLE tool_availability; Type: ACL (api)

GRANT SELECT ON TABLE api.tool_availability TO toolreg_agent;
GRANT SELECT ON TABLE api.tool_availability TO toolreg_reader;
GRANT SELECT ON TABLE api.tool_availability TO toolreg_reconciler;

-- Name: TABLE active_tools; Type: ACL (api)

GRANT SELECT ON TABLE api.active_tools TO toolreg_agent;
GRANT SELECT ON TABLE api.active_tools TO toolreg_reader;
GRANT SELECT ON TABLE api.active_tools TO toolreg_reconciler;

-- Name: TABLE active_tools_with_nodes; Type: ACL (api)

GRANT SELECT ON TABLE api.active_tools_with_nodes TO toolreg_agent;
GRANT SELECT ON TABLE api.active_tools_with_nodes TO toolreg_reader;
GRANT SELECT ON TABLE api.active_tools_with_nodes TO toolreg_reconciler;

-- Name: TABLE artifacts; Type: ACL (runtime)

GRANT SELECT ON TABLE runtime.artifacts TO toolreg_reader;
GRANT SELECT ON TABLE runtime.artifacts TO toolreg_agent;
GRANT SELECT ON TABLE runtime.artifacts TO toolreg_reconciler;

-- Name: TABLE artifacts; Type: ACL (api)

GRANT SELECT ON TABLE api.artifacts TO toolreg_agent;
GRANT SELECT ON TABLE api.artifacts TO toolreg_reader;
GRANT SELECT ON TABLE api.artifacts TO toolreg_reconciler;

-- Name: TABLE bloated_indexes; Type: ACL (api)

GRANT SELECT ON TABLE api.bloated_indexes TO toolreg_agent;
GRANT SELECT ON TABLE api.bloated_indexes TO toolreg_reader;
GRANT SELECT ON TABLE api.bloated_indexes TO toolreg_reconciler;

-- Name: TABLE data_integrity; Type: ACL (api)

GRANT SELECT ON TABLE api.data_integrity TO toolreg_agent;
GRANT SELECT ON TABLE api.data_integrity TO toolreg_reader;
GRANT SELECT ON TABLE api.data_integrity TO toolreg_reconciler;

-- Name: TABLE "references"; Type: ACL (registry)

GRANT SELECT ON TABLE registry."references" TO toolreg_reader;
GRANT SELECT ON TABLE registry."references" TO toolreg_agent;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE registry."references" TO toolreg_reconciler;

-- Name: TABLE tool_tags; Type: ACL (registry)

GRANT SELECT ON TABLE registry.tool_tags TO toolreg_reader;
GRANT SELECT ON TABLE registry.tool_tags TO toolreg_agent;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE registry.tool_tags TO toolreg_reconciler;

-- Name: TABLE declaration_problems; Type: ACL (api)

GRANT SELECT ON TABLE api.declaration_problems TO toolreg_agent;
GRANT SELECT ON TABLE api.declaration_problems TO toolreg_reader;
GRANT SELECT ON TABLE api.declaration_problems TO toolreg_reconciler;

-- Name: TABLE hand_changes; Type: ACL (registry)

GRANT SELECT ON TABLE registry.hand_changes TO toolreg_reader;
GRANT SELECT ON TABLE registry.hand_changes TO toolreg_agent;
GRANT SELECT ON TABLE registry.hand_changes TO toolreg_reconciler;

-- Name: TABLE hand_changes; Type: ACL (api)

GRANT SELECT ON TABLE api.hand_changes TO toolreg_agent;
GRANT SELECT ON TABLE api.hand_changes TO toolreg_reader;
GRANT SELECT ON TABLE api.hand_changes TO toolreg_reconciler;

-- Name: TABLE history; Type: ACL (registry)

GRANT SELECT ON TABLE registry.history TO toolreg_reader;
GRANT SELECT ON TABLE registry.history TO toolreg_agent;
GRANT SELECT,INSERT ON TABLE registry.history TO toolreg_reconciler;

-- Name: TABLE revisions; Type: ACL (registry)

GRANT SELECT ON TABLE registry.revisions TO toolreg_reader;
GRANT SELECT ON TABLE registry.revisions TO toolreg_agent;
GRANT SELECT,INSERT ON TABLE registry.revisions TO toolreg_reconciler;

-- Name: TABLE history; Type: ACL (api)

GRANT SELECT ON TABLE api.history TO toolreg_agent;
GRANT SELECT ON TABLE api.history TO toolreg_reader;
GRANT SELECT ON TABLE api.history TO toolreg_reconciler;

-- Name: COLUMN invocation_logs_default.started_at; Type: ACL (runtime)

GRANT SELECT(started_at) ON TABLE runtime.invocation_logs_default TO toolreg_reader;
GRANT SELECT(started_at) ON TABLE runtime.invocation_logs_default TO toolreg_agent;
GRANT SELECT(started_at) ON TABLE runtime.invocation_logs_default TO toolreg_reconciler;

-- Name: COLUMN invocation_logs_default.recorded_xid; Type: ACL (runtime)

GRANT SELECT(recorded_xid) ON TABLE runtime.invocation_logs_default TO toolreg_reader;
GRANT SELECT(recorded_xid) ON TABLE runtime.invocation_logs_default TO toolreg_agent;
GRANT SELECT(recorded_xid) ON TABLE runtime.invocation_logs_default TO toolreg_reconciler;

-- Name: TABLE log_partitions; Type: ACL (api)

GRANT SELECT ON TABLE api.log_partitions TO toolreg_agent;
GRANT SELECT ON TABLE api.log_partitions TO toolreg_reader;
GRANT SELECT ON TABLE api.log_partitions TO toolreg_reconciler;

-- Name: TABLE maintenance_runs; Type: ACL (runtime)

GRANT SELECT ON TABLE runtime.maintenance_runs TO toolreg_reader;
GRANT SELECT ON TABLE runtime.maintenance_runs TO toolreg_agent;
GRANT SELECT ON TABLE runtime.maintenance_runs TO toolreg_reconciler;

-- Name: TABLE maintenance_tasks; Type: ACL (runtime)

GRANT SELECT ON TABLE runtime.maintenance_tasks TO toolreg_reader;
GRANT SELECT ON TABLE runtime.maintenance_tasks TO toolreg_agent;
GRANT SELECT ON TABLE runtime.maintenance_tasks TO toolreg_reconciler;

-- Name: COLUMN maintenance_tasks.every; Type: ACL (runtime)

GRANT UPDATE(every) ON TABLE runtime.maintenance_tasks TO toolreg_reconciler;

-- Name: TABLE maintenance_tasks; Type: ACL (api)

GRANT SELECT ON TABLE api.maintenance_tasks TO toolreg_agent;
GRANT SELECT ON TABLE api.maintenance_tasks TO toolreg_reader;
GRANT SELECT ON TABLE api.maintenance_tasks TO toolreg_reconciler;

-- Name: TABLE node_heartbeats; Type: ACL (runtime)

GRANT SELECT ON TABLE runtime.node_heartbeats TO toolreg_reader;
GRANT SELECT ON TABLE runtime.node_heartbeats TO toolreg_agent;
GRANT SELECT ON TABLE runtime.node_heartbeats TO toolreg_reconciler;

-- Name: TABLE node_health_status; Type: ACL (api)

GRANT SELECT ON TABLE api.node_health_status TO toolreg_agent;
GRANT SELECT ON TABLE api.node_health_status TO toolreg_reader;
GRANT SELECT ON TABLE api.node_health_status TO toolreg_reconciler;

-- Name: TABLE nodes; Type: ACL (api)

GRANT SELECT ON TABLE api.nodes TO toolreg_agent;
GRANT SELECT ON TABLE api.nodes TO toolreg_reader;
GRANT SELECT ON TABLE api.nodes TO toolreg_reconciler;

-- Name: TABLE orphaned_artifacts; Type: ACL (api)

GRANT SELECT ON TABLE api.orphaned_artifacts TO toolreg_agent;
GRANT SELECT ON TABLE api.orphaned_artifacts TO toolreg_reader;
GRANT SELECT ON TABLE api.orphaned_artifacts TO toolreg_reconciler;

-- Name: TABLE replaced_versions; Type: ACL (api)

GRANT SELECT ON TABLE api.replaced_versions TO toolreg_agent;
GRANT SELECT ON TABLE api.replaced_versions TO toolreg_reader;
GRANT SELECT ON TABLE api.replaced_versions TO toolreg_reconciler;

-- Name: TABLE revisions; Type: ACL (api)

GRANT SELECT ON TABLE api.revisions TO toolreg_agent;
GRANT SELECT ON TABLE api.revisions TO toolreg_reader;
GRANT SELECT ON TABLE api.revisions TO toolreg_reconciler;

-- Name: TABLE runtime_problems; Type: ACL (api)

GRANT SELECT ON TABLE api.runtime_problems TO toolreg_agent;
GRANT SELECT ON TABLE api.runtime_problems TO toolreg_reader;
GRANT SELECT ON TABLE api.runtime_problems TO toolreg_reconciler;

-- Name: TABLE services; Type: ACL (api)

GRANT SELECT ON TABLE api.services TO toolreg_agent;
GRANT SELECT ON TABLE api.services TO toolreg_reader;
GRANT SELECT ON TABLE api.services TO toolreg_reconciler;

-- Name: TABLE settled_hand_changes; Type: ACL (api)

GRANT SELECT ON TABLE api.settled_hand_changes TO toolreg_agent;
GRANT SELECT ON TABLE api.settled_hand_changes TO toolreg_reader;
GRANT SELECT ON TABLE api.settled_hand_changes TO toolreg_reconciler;

-- Name: TABLE slow_tools; Type: ACL (api)

GRANT SELECT ON TABLE api.slow_tools TO toolreg_agent;
GRANT SELECT ON TABLE api.slow_tools TO toolreg_reader;
GRANT SELECT ON TABLE api.slow_tools TO toolreg_reconciler;

-- Name: TABLE storage_problems; Type: ACL (api)

GRANT SELECT ON TABLE api.storage_problems TO toolreg_agent;
GRANT SELECT ON TABLE api.storage_problems TO toolreg_reader;
GRANT SELECT ON TABLE api.storage_problems TO toolreg_reconciler;

-- Name: TABLE storage_usage_by_category; Type: ACL (api)

GRANT SELECT ON TABLE api.storage_usage_by_category TO toolreg_agent;
GRANT SELECT ON TABLE api.storage_usage_by_category TO toolreg_reader;
GRANT SELECT ON TABLE api.storage_usage_by_category TO toolreg_reconciler;

-- Name: TABLE suspensions; Type: ACL (registry)

GRANT SELECT ON TABLE registry.suspensions TO toolreg_reader;
GRANT SELECT ON TABLE registry.suspensions TO toolreg_agent;
GRANT SELECT ON TABLE registry.suspensions TO toolreg_reconciler;

-- Name: COLUMN suspensions.reason; Type: ACL (registry)

GRANT INSERT(reason) ON TABLE registry.suspensions TO toolreg_reconciler;

-- Name: COLUMN suspensions.until; Type: ACL (registry)

GRANT INSERT(until) ON TABLE registry.suspensions TO toolreg_reconciler;

-- Name: COLUMN suspensions.resumed_by; Type: ACL (registry)

GRANT UPDATE(resumed_by) ON TABLE registry.suspensions TO toolreg_reconciler;

-- Name: COLUMN suspensions.resumed_at; Type: ACL (registry)

GRANT UPDATE(resumed_at) ON TABLE registry.suspensions TO toolreg_reconciler;

-- Name: TABLE suspensions; Type: ACL (api)

GRANT SELECT ON TABLE api.suspensions TO toolreg_agent;
GRANT SELECT ON TABLE api.suspensions TO toolreg_reader;
GRANT SELECT ON TABLE api.suspensions TO toolreg_reconciler;

-- Name: TABLE system_summary; Type: ACL (api)

GRANT SELECT ON TABLE api.system_summary TO toolreg_agent;
GRANT SELECT ON TABLE api.system_summary TO toolreg_reader;
GRANT SELECT ON TABLE api.system_summary TO toolreg_reconciler;

-- Name: TABLE table_health; Type: ACL (api)

GRANT SELECT ON TABLE api.table_health TO toolreg_agent;
GRANT SELECT ON TABLE api.table_health TO toolreg_reader;
GRANT SELECT ON TABLE api.table_health TO toolreg_reconciler;

-- Name: TABLE tool_auth; Type: ACL (api)

GRANT SELECT ON TABLE api.tool_auth TO toolreg_agent;
GRANT SELECT ON TABLE api.tool_auth TO toolreg_reader;
GRANT SELECT ON TABLE api.tool_auth TO toolreg_reconciler;

-- Name: TABLE tool_status_changes; Type: ACL (runtime)

GRANT SELECT ON TABLE runtime.tool_status_changes TO toolreg_reader;
GRANT SELECT ON TABLE runtime.tool_status_changes TO toolreg_agent;
GRANT SELECT ON TABLE runtime.tool_status_changes TO toolreg_reconciler;

-- Name: TABLE tool_status_changes; Type: ACL (api)

GRANT SELECT ON TABLE api.tool_status_changes TO toolreg_agent;
GRANT SELECT ON TABLE api.tool_status_changes TO toolreg_reader;
GRANT SELECT ON TABLE api.tool_status_changes TO toolreg_reconciler;

-- Name: TABLE tool_usage_statistics; Type: ACL (api)

GRANT SELECT ON TABLE api.tool_usage_statistics TO toolreg_agent;
GRANT SELECT ON TABLE api.tool_usage_statistics TO toolreg_reader;
GRANT SELECT ON TABLE api.tool_usage_statistics TO toolreg_reconciler;

-- Name: TABLE tools; Type: ACL (api)

GRANT SELECT ON TABLE api.tools TO toolreg_agent;
GRANT SELECT ON TABLE api.tools TO toolreg_reader;
GRANT SELECT ON TABLE api.tools TO toolreg_reconciler;

-- Name: TABLE tools_by_category_with_tags; Type: ACL (api)

GRANT SELECT ON TABLE api.tools_by_category_with_tags TO toolreg_agent;
GRANT SELECT ON TABLE api.tools_by_category_with_tags TO toolreg_reader;
GRANT SELECT ON TABLE api.tools_by_category_with_tags TO toolreg_reconciler;

-- Name: TABLE tools_without_nodes; Type: ACL (api)

GRANT SELECT ON TABLE api.tools_without_nodes TO toolreg_agent;
GRANT SELECT ON TABLE api.tools_without_nodes TO toolreg_reader;
GRANT SELECT ON TABLE api.tools_without_nodes TO toolreg_reconciler;

-- Name: TABLE former_names; Type: ACL (registry)

GRANT SELECT ON TABLE registry.former_names TO toolreg_reader;
GRANT SELECT ON TABLE registry.former_names TO toolreg_agent;
GRANT SELECT,INSERT ON TABLE registry.former_names TO toolreg_reconciler;

-- Name: TABLE horizon; Type: ACL (registry)

GRANT SELECT ON TABLE registry.horizon TO toolreg_reader;
GRANT SELECT ON TABLE registry.horizon TO toolreg_agent;
GRANT SELECT ON TABLE registry.horizon TO toolreg_reconciler;

-- Name: TABLE relocations; Type: ACL (registry)

GRANT SELECT ON TABLE registry.relocations TO toolreg_reader;
GRANT SELECT ON TABLE registry.relocations TO toolreg_agent;
GRANT SELECT,INSERT ON TABLE registry.relocations TO toolreg_reconciler;

-- Name: SEQUENCE revisions_number_seq; Type: ACL (registry)

GRANT USAGE ON SEQUENCE registry.revisions_number_seq TO toolreg_reconciler;

-- Name: TABLE dropped_days; Type: ACL (runtime)

GRANT SELECT ON TABLE runtime.dropped_days TO toolreg_reader;
GRANT SELECT ON TABLE runtime.dropped_days TO toolreg_agent;
GRANT SELECT ON TABLE runtime.dropped_days TO toolreg_reconciler;

-- Name: TABLE duration_histogram; Type: ACL (runtime)

GRANT SELECT ON TABLE runtime.duration_histogram TO toolreg_reader;
GRANT SELECT ON TABLE runtime.duration_histogram TO toolreg_agent;
GRANT SELECT ON TABLE runtime.duration_histogram TO toolreg_reconciler;

-- Name: TABLE duration_histogram_total; Type: ACL (runtime)

GRANT SELECT ON TABLE runtime.duration_histogram_total TO toolreg_reader;
GRANT SELECT ON TABLE runtime.duration_histogram_total TO toolreg_agent;
GRANT SELECT ON TABLE runtime.duration_histogram_total TO toolreg_reconciler;

-- Name: TABLE invocation_rollup; Type: ACL (runtime)

GRANT SELECT ON TABLE runtime.invocation_rollup TO toolreg_reader;
GRANT SELECT ON TABLE runtime.invocation_rollup TO toolreg_agent;
GRANT SELECT ON TABLE runtime.invocation_rollup TO toolreg_reconciler;

-- Name: TABLE invocation_rollup_daily; Type: ACL (runtime)

GRANT SELECT ON TABLE runtime.invocation_rollup_daily TO toolreg_reader;
GRANT SELECT ON TABLE runtime.invocation_rollup_daily TO toolreg_agent;
GRANT SELECT ON TABLE runtime.invocation_rollup_daily TO toolreg_reconciler;

-- Name: TABLE series; Type: ACL (runtime)

GRANT SELECT ON TABLE runtime.series TO toolreg_reader;
GRANT SELECT ON TABLE runtime.series TO toolreg_agent;
GRANT SELECT ON TABLE runtime.series TO toolreg_reconciler;

-- Name: TABLE tool_successions; Type: ACL (runtime)

GRANT SELECT ON TABLE runtime.tool_successions TO toolreg_reader;
GRANT SELECT ON TABLE runtime.tool_successions TO toolreg_agent;
GRANT SELECT ON TABLE runtime.tool_successions TO toolreg_reconciler;
