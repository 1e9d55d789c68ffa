-- Maintenance tasks in the order in which they run, with how the last run went.
SELECT
    task,
    every::text AS every,
    last_started_at,
    last_error,
    is_due
FROM api.maintenance_tasks
ORDER BY turn
