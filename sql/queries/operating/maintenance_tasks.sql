-- Read maintenance tasks in the order in which they run, with the result of the last run.
SELECT
    task,
    every::text AS every,
    last_started_at,
    last_error,
    is_due
FROM api.maintenance_tasks
ORDER BY turn
