-- Returns the newest calls without reading all others: reads the logs backwards, each part four times as long as the last.
CREATE FUNCTION api.latest_invocations(
    tool text DEFAULT NULL,
    agent text DEFAULT NULL,
    status text DEFAULT NULL,
    max_results integer DEFAULT 20,
    before timestamptz DEFAULT 'infinity'
) RETURNS SETOF api.invocations
LANGUAGE plpgsql STABLE
-- A plan for each part of the logs: its partitions and number of rows.
SET plan_cache_mode = force_custom_plan
SET jit = off AS $$
DECLARE
    -- Past these limits, timestamps may run out and calls are rare: the remaining logs are read at once.
    first_time CONSTANT timestamptz := '1900-01-01 00:00:00+00';
    longest CONSTANT interval := '10 years';
    width interval := '1 minute';
    beyond timestamptz := before;
    since timestamptz := least(before, now());
    -- The identities shown under this name, and those shown under the name as called.
    tool_ids CONSTANT uuid[] := internal.identities('Tool', tool);
    nameless_ids CONSTANT uuid[] := internal.identities('Tool', NULL);
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
                -- One identity at a time, since the index orders the calls of one identity by time.
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

COMMENT ON FUNCTION api.latest_invocations IS
'The newest calls that started before a time, newest first, as in api.invocations. NULL in a filter: all; tool is the '
'current name. max_results: 1 to 1000. Fast for recent calls and for a tool; finding old calls of an agent reads all newer '
'logs.';
