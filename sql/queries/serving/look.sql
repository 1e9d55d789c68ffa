-- The one query of an idle reconciler: the applied revision and drift of a registry, resources, calls and due maintenance.
SELECT
    head.number,
    head.commit,
    head.source,
    head.folder,
    head.environment,
    head.contract,
    head.finished_at,
    (SELECT coalesce(max(id), 0) FROM registry.suspensions) + (
        SELECT count(*) FROM registry.suspensions WHERE resumed_at IS NOT NULL
    ) AS suspensions,
    (
        SELECT count(*)
        FROM registry.resources AS resource
        INNER JOIN registry.entities AS entity ON entity.id = resource.id
        WHERE
            resource.digest IS DISTINCT FROM resource.applied_digest
            -- As in observed/drifted: the partial indexes on id hold only drifted rows.
            AND resource.id >= (SELECT '00000000-0000-0000-0000-000000000000'::uuid)
            AND resource.id <= (SELECT 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid)
            AND (%(registry)s::text IS NULL OR NOT entity.present OR entity.registry_id = own.id)
    ) + CASE
        WHEN (SELECT count(*) FROM registry.entities WHERE present) <> (SELECT count(*) FROM registry.resources)
            THEN (
                SELECT count(*)
                FROM registry.entities AS entity
                WHERE
                    entity.present
                    AND (%(registry)s::text IS NULL OR entity.registry_id = own.id)
                    AND NOT EXISTS (SELECT FROM registry.resources AS resource WHERE resource.id = entity.id)
            )
        ELSE 0
    END AS drifted,
    (
        SELECT json_object_agg(counted.kind, counted.resources)
        FROM (SELECT kind, count(*) AS resources FROM registry.resources GROUP BY kind) AS counted
    ) AS resources,
    (
        SELECT json_object_agg(
            task.task,
            extract(EPOCH FROM clock_timestamp() - coalesce(task.last_succeeded_at + task.every, clock_timestamp()))
        )
        FROM api.maintenance_tasks AS task
        WHERE task.is_due
    ) AS overdue,
    (
        SELECT json_build_object(
            'success', coalesce(sum(rollup.successes), 0),
            'failure', coalesce(sum(rollup.failures), 0),
            'timeout', coalesce(sum(rollup.timeouts), 0),
            'cancelled', coalesce(sum(rollup.cancellations), 0)
        )
        FROM runtime.invocation_rollup AS rollup
        WHERE rollup.hour = date_trunc('hour', now(), 'UTC') - interval '1 hour'
    ) AS calls
FROM (VALUES (true)) AS always (is_there)
LEFT JOIN registry.registries AS own ON own.name = %(registry)s
LEFT JOIN LATERAL (
    SELECT
        number,
        commit,
        source,
        folder,
        environment,
        contract,
        finished_at
    FROM registry.revisions
    WHERE outcome = 'applied' AND (%(registry)s::text IS NULL OR registry_id = own.id)
    ORDER BY number DESC
    LIMIT 1
) AS head ON true
