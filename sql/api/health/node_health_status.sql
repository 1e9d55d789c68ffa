-- How each node that is declared is doing, by the age of its last heartbeat.
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
-- What is declared counts, and a default gives way to it: no node is late after it is silent.
CROSS JOIN LATERAL (
    SELECT coalesce(declared.silent_after, greatest(settings.silent_after, declared.late_after)) AS silent_after
) AS silent
CROSS JOIN LATERAL (
    SELECT least(coalesce(declared.late_after, settings.late_after), silent.silent_after) AS late_after
) AS late
-- A clock that was set back does not make an age negative.
CROSS JOIN LATERAL (
    SELECT
        CASE
            WHEN heartbeat.seen_at IS NOT NULL THEN greatest(statement_timestamp() - heartbeat.seen_at, interval '0')
        END AS age
) AS since;

COMMENT ON VIEW api.node_health_status IS
'Each declared node: healthy, late, silent or never seen, by the age of its last heartbeat. '
'Thresholds are lateAfter and silentAfter of its manifest, else those of runtime.settings.';
