-- Read the last run of each maintenance task, and whether a success is overdue: for toolreg doctor.
SELECT
    task.task,
    extract(EPOCH FROM now() - task.last_started_at)::double precision AS age,
    task.last_error AS error,
    task.is_due AND now() - due.since > CASE
        WHEN task.last_succeeded_at IS NOT NULL THEN 2 * task.every
        -- A new database has a day before maintenance is overdue.
        ELSE greatest(2 * task.every, interval '1 day')
    END AS is_overdue
FROM api.maintenance_tasks AS task
CROSS JOIN LATERAL (
    SELECT
        coalesce(
            task.last_succeeded_at + task.every,
            -- A task that never succeeded is due since the first run of any task.
            (SELECT min(run.started_at) FROM runtime.maintenance_runs AS run)
        ) AS since
) AS due
ORDER BY task.turn
