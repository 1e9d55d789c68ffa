-- Marks tools of silent nodes as unavailable, and tools of reporting nodes as available.
CREATE FUNCTION api.update_tool_status()
RETURNS TABLE (tool text, before text, after text, reason text)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    -- Serializes updates; the statement below sees the result of the previous one. (In LANGUAGE sql, all statements of a
    -- function share a snapshot, hence plpgsql.)
    LOCK TABLE runtime.tool_statuses IN SHARE ROW EXCLUSIVE MODE;
    RETURN QUERY
    -- Judged once, not once per tool.
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

    -- Tools that are and were available need no row: only silent nodes and known statuses are read.
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

COMMENT ON FUNCTION api.update_tool_status IS
'Marks tools of silent nodes as unavailable, and as available once the node reports; returns the changes. Run it every '
'minute. A node that has never reported makes no tool unavailable.';
