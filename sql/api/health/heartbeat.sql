-- Records that a node is alive, and its load.
CREATE FUNCTION api.heartbeat(
    node text,
    load double precision DEFAULT NULL,
    running bigint DEFAULT NULL,
    details jsonb DEFAULT NULL
) RETURNS timestamptz
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
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

    -- Only the row of this node is locked, and no key changes: nodes never wait for each other or for an apply.
    INSERT INTO runtime.node_heartbeats AS known (node_id, seen_at, load, running, details, reported_by)
    VALUES (reporting, clock_timestamp(), heartbeat.load, heartbeat.running, heartbeat.details, registry.caller())
    ON CONFLICT (node_id) DO UPDATE SET
        -- Read again, since this heartbeat may have waited for another of the same node.
        seen_at = clock_timestamp(),
        load = excluded.load,
        running = excluded.running,
        details = excluded.details,
        reported_by = excluded.reported_by
    RETURNING known.seen_at INTO seen;
    RETURN seen;
END
$$;

COMMENT ON FUNCTION api.heartbeat IS
'Records that a node is alive: load (1: full capacity), running calls, and details, a JSON object; NULL: not reported. '
'Returns the recorded time, by the clock of the database. An undeclared node is refused.';
