-- The newest calls, without a look at all the others: the logs are read backwards, each part four times as long as the last.
CREATE FUNCTION api.latest_invocations(
    tool text DEFAULT NULL,
    agent text DEFAULT NULL,
    status text DEFAULT NULL,
    max_results integer DEFAULT 20,
    before timestamptz DEFAULT 'infinity'
) RETURNS SETOF api.invocations
LANGUAGE plpgsql STABLE
-- Planned for each part of the logs: which partitions, and how many rows.
SET plan_cache_mode = force_custom_plan
SET jit = off AS $$
DECLARE
    -- Beyond these there may be no time to go back to, and hardly a call: what is left is read at once.
    first_time CONSTANT timestamptz := '1900-01-01 00:00:00+00';
    longest CONSTANT interval := '10 years';
    width interval := '1 minute';
    beyond timestamptz := before;
    since timestamptz := least(before, now());
    -- The identities that are shown under the name, and those that are if they were called by it.
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

COMMENT ON FUNCTION api.latest_invocations IS
'The newest calls that started before a time, newest first, as api.invocations shows them: of a tool by its present name, of an agent, '
'with a status. Fast for what happened lately and for a tool; an agent that called long ago is searched for in all logs since.';
