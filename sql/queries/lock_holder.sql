-- Who holds the lock, for the message to the one who waited in vain.
SELECT
    activity.pid,
    activity.usename,
    activity.application_name,
    host(activity.client_addr) AS address,
    activity.xact_start
FROM pg_catalog.pg_locks AS lock
LEFT JOIN pg_catalog.pg_stat_activity AS activity ON activity.pid = lock.pid
WHERE
    lock.locktype = 'advisory'
    AND lock.granted
    AND lock.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database())
    AND (lock.classid::bigint << 32) + lock.objid::bigint = %(key)s
    AND lock.objsubid = 1
LIMIT 1
