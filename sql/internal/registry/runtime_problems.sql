-- Lists contradictions between runtime and declared state, and within runtime.
CREATE VIEW internal.runtime_problems WITH (security_invoker = true) AS
-- The last seven days of logs, read once.
WITH logged AS MATERIALIZED (
    SELECT
        date_trunc('day', log.started_at, 'UTC') AS day,
        count(*) FILTER (
            WHERE log.recorded_xid < state.floor OR pg_visible_in_snapshot(log.recorded_xid::text::xid8, state.counted)
        ) AS counted_calls,
        count(*) FILTER (WHERE log.started_at > log.recorded_at + interval '1 minute') AS future_calls
    FROM runtime.invocation_logs AS log
    CROSS JOIN (
        SELECT
            snapshot.counted,
            pg_snapshot_xmin(snapshot.counted)::text::bigint AS floor
        FROM internal.counted_snapshot() AS snapshot (counted)
    ) AS state
    WHERE log.started_at >= date_trunc('day', now(), 'UTC') - interval '6 days'
    GROUP BY day
),

rolled AS (
    SELECT
        date_trunc('day', rollup.hour, 'UTC') AS day,
        sum(rollup.calls) AS calls
    FROM runtime.invocation_rollup AS rollup
    WHERE rollup.hour >= date_trunc('day', now(), 'UTC') - interval '6 days'
    GROUP BY day
),

-- Calls known to the rollups alone.
dropped AS (
    SELECT
        one.day::timestamp AT TIME ZONE 'UTC' AS day,
        one.calls
    FROM runtime.dropped_days AS one
),

measured AS (
    SELECT
        histogram.day::timestamp AT TIME ZONE 'UTC' AS day,
        sum(histogram.calls) AS calls
    FROM runtime.duration_histogram AS histogram
    WHERE histogram.day > (now() AT TIME ZONE 'UTC')::date - 7
    GROUP BY histogram.day
),

orphans AS (
    SELECT
        coalesce(entity.name, entity.id::text) AS name,
        count(*) AS artifacts,
        sum(artifact.size_bytes) AS bytes
    FROM runtime.artifacts AS artifact
    INNER JOIN registry.entities AS entity ON entity.id = artifact.tool_id
    WHERE NOT EXISTS (SELECT FROM registry.tools AS tool WHERE tool.id = artifact.tool_id)
    GROUP BY entity.id
),

-- Of the newest artifacts, those of calls that retention has not removed.
lost AS (
    SELECT
        artifact.tool_id,
        count(*) AS artifacts
    FROM (
        SELECT
            newest.tool_id,
            newest.invocation_id,
            newest.invocation_started_at
        FROM runtime.artifacts AS newest
        ORDER BY newest.created_at DESC
        LIMIT 10000
    ) AS artifact
    WHERE
        artifact.invocation_id IS NOT NULL
        AND artifact.invocation_started_at >= (SELECT internal.log_cutoff())
        AND NOT EXISTS (
            SELECT FROM runtime.invocation_logs AS log
            WHERE log.id = artifact.invocation_id AND log.started_at = artifact.invocation_started_at
            -- One lookup per artifact: a join would read all logs.
            OFFSET 0
        )
    GROUP BY artifact.tool_id
),

strange AS (
    SELECT
        log.tool,
        count(*) AS calls,
        max(log.agent) AS agent
    FROM runtime.invocation_logs AS log
    WHERE
        log.tool_id IS NULL
        AND log.started_at >= now() - interval '7 days'
        AND NOT EXISTS (SELECT FROM registry.tools AS tool WHERE tool.name = lower(log.tool))
    GROUP BY log.tool
    ORDER BY calls DESC
    LIMIT 100
)

SELECT
    'error' AS severity,
    'rollup_disagrees' AS check_name,
    to_char(logged.day AT TIME ZONE 'UTC', 'YYYY-MM-DD') AS subject,
    format(
        '%s calls were logged and counted; the hourly rollup has %s, the histogram %s',
        logged.counted_calls + coalesce(dropped.calls, 0),
        coalesce(rolled.calls, 0),
        coalesce(measured.calls, 0)
    ) AS problem,
    format(
        'SELECT api.rebuild_rollup(%L, %L)',
        to_char(logged.day AT TIME ZONE 'UTC', 'YYYY-MM-DD'),
        to_char((logged.day + interval '1 day') AT TIME ZONE 'UTC', 'YYYY-MM-DD')
    ) AS fix
FROM logged
LEFT JOIN rolled ON rolled.day = logged.day
LEFT JOIN measured ON measured.day = logged.day
LEFT JOIN dropped ON dropped.day = logged.day
WHERE
    logged.counted_calls + coalesce(dropped.calls, 0) <> ANY (
        ARRAY[coalesce(rolled.calls, 0), coalesce(measured.calls, 0)]
    )
    -- A rollup of another server is never read, and the next rollup replaces it.
    AND (SELECT internal.counted_snapshot()) IS NOT NULL
    -- If the table of a day was dropped, the rollup knows more calls than the few late ones in the logs.
    AND EXISTS (
        SELECT FROM api.log_partitions AS part
        WHERE part.since = logged.day
    )
UNION ALL
SELECT
    'warning',
    'start_after_recording',
    to_char(logged.day AT TIME ZONE 'UTC', 'YYYY-MM-DD'),
    format('%s calls say that they began over a minute after they were logged', logged.future_calls),
    'set the clock of the machine that loaded them; such calls come from a direct load, since api.log_invocation refuses them'
FROM logged
WHERE logged.future_calls > 0
UNION ALL
SELECT
    'notice',
    'orphaned_artifacts',
    'Tool/' || orphans.name,
    format('%s artifacts, %s, of a tool that was removed', orphans.artifacts, pg_size_pretty(orphans.bytes)),
    'toolreg maintain cleanup_orphaned_artifacts, after the grace period; or restore the tool'
FROM orphans
UNION ALL
SELECT
    'warning',
    'artifact_without_invocation',
    'Tool/' || coalesce(entity.name, entity.id::text),
    format('%s artifacts name a call that is not in the logs, though logs of its day are kept', lost.artifacts),
    'look whether the day''s table was dropped by hand; the artifacts can stay'
FROM lost
INNER JOIN registry.entities AS entity ON entity.id = lost.tool_id
UNION ALL
SELECT
    'notice',
    'expired_artifacts',
    'artifacts',
    format('%s artifacts expired over a day ago and are still listed', count(*)),
    'toolreg maintain expire_artifacts'
FROM runtime.artifacts AS artifact
WHERE artifact.expires_at < now() - interval '1 day'
HAVING count(*) > 0
UNION ALL
SELECT
    'notice',
    'heartbeat_of_removed_node',
    'Node/' || coalesce(entity.name, entity.id::text),
    format('it was removed, and reported last at %s', heartbeat.seen_at),
    'stop what reports as this node, or declare it again'
FROM runtime.node_heartbeats AS heartbeat
INNER JOIN registry.entities AS entity ON entity.id = heartbeat.node_id
WHERE NOT EXISTS (SELECT FROM registry.nodes AS node WHERE node.id = heartbeat.node_id)
UNION ALL
SELECT
    'warning',
    'override_of_removed_tool',
    'Tool/' || override.tool,
    format('%s set it %s: %s; but the tool was removed', override.set_by, override.status, left(override.reason, 100)),
    format('SELECT api.remove_tool_override(%L)', override.tool)
FROM api.tool_overrides AS override
WHERE
    override.active
    AND NOT EXISTS (SELECT FROM registry.tools AS tool WHERE tool.id = override.tool_id)
UNION ALL
SELECT
    'warning',
    'unknown_tool',
    left(strange.tool, 100),
    format('%s calls in seven days, by %s and maybe others, of a tool that nobody declared', strange.calls, left(strange.agent, 100)),
    'declare the tool, or correct the name that the agent uses'
FROM strange
UNION ALL
SELECT
    CASE tool.lifecycle WHEN 'retired' THEN 'warning' ELSE 'notice' END,
    tool.lifecycle || '_tool_called',
    'Tool/' || tool.name,
    format('it is %s, and %s called it at %s', tool.lifecycle, left(last.agent, 100), last.started_at),
    'toolreg query tool_usage_statistics shows how much; move its callers to another tool'
FROM registry.tools AS tool
CROSS JOIN LATERAL (
    SELECT
        log.agent,
        log.started_at
    FROM runtime.invocation_logs AS log
    WHERE log.tool_id = tool.id AND log.started_at >= now() - interval '7 days'
    ORDER BY log.started_at DESC
    LIMIT 1
) AS last
WHERE tool.lifecycle IN ('deprecated', 'retired')
UNION ALL
SELECT
    'error',
    'settings_missing',
    'runtime.settings',
    'its one row is missing: nothing says how long logs are kept, or how large a payload may be',
    'INSERT INTO runtime.settings DEFAULT VALUES'
WHERE NOT EXISTS (SELECT FROM runtime.settings);

COMMENT ON VIEW internal.runtime_problems IS
'The part of data_integrity about schema runtime. Reads the logs of today and six days before, and the 10,000 newest '
'artifacts.';
