-- Judges the health of each declared node by the age of its last heartbeat.
CREATE VIEW api.node_health_status WITH (security_invoker = true) AS
SELECT
    node.name,
    node.type,
    node.status,
    CASE
        WHEN heartbeat.seen_at IS NULL THEN 'never seen'
        WHEN since.age >= silent.silent_after THEN 'silent'
        WHEN since.age >= late.late_after THEN 'late'
        ELSE 'healthy'
    END AS health,
    heartbeat.seen_at AS last_seen,
    since.age,
    late.late_after,
    silent.silent_after,
    heartbeat.load,
    heartbeat.running,
    (
        SELECT count(*)
        FROM registry.tools AS tool
        WHERE tool.node = node.name
    ) AS tools,
    heartbeat.details,
    heartbeat.reported_by
FROM registry.nodes AS node
CROSS JOIN runtime.settings AS settings
LEFT JOIN runtime.node_heartbeats AS heartbeat ON heartbeat.node_id = node.id
CROSS JOIN LATERAL (
    SELECT
        internal.interval_of(node.manifest #>> '{spec,healthCheck,lateAfter}') AS late_after,
        internal.interval_of(node.manifest #>> '{spec,healthCheck,silentAfter}') AS silent_after
) AS declared
-- A declared threshold overrides the default, and a default yields to it: no node is late after it is silent.
CROSS JOIN LATERAL (
    SELECT coalesce(declared.silent_after, greatest(settings.silent_after, declared.late_after)) AS silent_after
) AS silent
CROSS JOIN LATERAL (
    SELECT least(coalesce(declared.late_after, settings.late_after), silent.silent_after) AS late_after
) AS late
-- After the clock was set back, the age is 0, not negative.
CROSS JOIN LATERAL (
    SELECT
        CASE
            WHEN heartbeat.seen_at IS NOT NULL THEN greatest(statement_timestamp() - heartbeat.seen_at, interval '0')
        END AS age
) AS since;

COMMENT ON VIEW api.node_health_status IS
'Each declared node: healthy, late, silent or never seen, by the age of its last heartbeat (NULL: never seen). Thresholds '
'are lateAfter and silentAfter of its manifest, else late_after and silent_after of runtime.settings.';
