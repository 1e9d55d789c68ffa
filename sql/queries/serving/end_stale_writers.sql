-- End the applies of earlier holders of the lease, which may be stopped with the lock in their hands.
SELECT pg_terminate_backend(activity.pid) AS is_ended
FROM pg_stat_activity AS activity
WHERE
    activity.datname = current_database()
    AND activity.usename = current_user
    AND activity.pid <> pg_backend_pid()
    AND starts_with(activity.application_name, %(prefix)s)
    AND activity.application_name <> %(name)s
