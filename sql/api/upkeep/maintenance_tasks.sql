-- Lists maintenance tasks in the order in which they run, with the result of the last run.
CREATE VIEW api.maintenance_tasks WITH (security_invoker = true) AS
SELECT
    task.task,
    task.turn,
    task.every,
    latest.started_at AS last_started_at,
    latest.finished_at AS last_finished_at,
    latest.statements AS last_statements,
    latest.remaining AS last_remaining,
    latest.error AS last_error,
    latest.run_by AS last_run_by,
    succeeded.started_at AS last_succeeded_at,
    -- Timers are inexact: an hourly task is not skipped for running after 59 minutes and 59 seconds.
    task.every IS NOT NULL AND (
        latest.error IS NOT NULL
        OR latest.remaining > 0
        OR coalesce(succeeded.started_at + task.every * 0.9 <= now(), true)
    ) AS is_due
FROM runtime.maintenance_tasks AS task
LEFT JOIN LATERAL (
    SELECT run.* FROM runtime.maintenance_runs AS run
    WHERE run.task = task.task
    ORDER BY run.started_at DESC, run.id DESC
    LIMIT 1
) AS latest ON true
LEFT JOIN LATERAL (
    SELECT run.started_at FROM runtime.maintenance_runs AS run
    WHERE run.task = task.task AND run.error IS NULL AND run.remaining = 0
    ORDER BY run.started_at DESC
    LIMIT 1
) AS succeeded ON true;

COMMENT ON VIEW api.maintenance_tasks IS
'Maintenance tasks: interval (NULL: never due), result of the last run, and whether a run is due now. A task stays due '
'after a run that failed (last_error) or left statements (last_remaining).';
