-- Find the holder of the lock, for the message after a timeout.
SELECT
    activity.pid,
    activity.usename,
    activity.application_name,
    host(activity.client_addr) AS address,
    activity.xact_start
FROM pg_catalog.pg_locks AS lock
LEFT JOIN pg_catalog.pg_stat_activity AS activity ON activity.pid = lock.pid
WHERE
    lock.locktype = 'relation'
    AND lock.granted
    AND lock.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database())
    AND lock.relation = 'yoyo.writer'::regclass
    AND lock.mode IN ('ExclusiveLock', 'AccessExclusiveLock')
LIMIT 1
