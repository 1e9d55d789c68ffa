-- End the other applies of a source, which may be stopped or cut off with the lock in their hands: only sessions in a
-- transaction, since a pooler lends the others to anybody, and only those that this role may end.
SELECT pg_terminate_backend(activity.pid) AS is_ended
FROM pg_stat_activity AS activity
WHERE
    activity.datname = current_database()
    AND pg_has_role(activity.usesysid, 'USAGE')
    AND activity.pid <> pg_backend_pid()
    AND activity.xact_start IS NOT NULL
    AND starts_with(activity.application_name, %(prefix)s)
    AND EXISTS (
        SELECT FROM registry.reconcilers AS lease
        WHERE lease.source = %(source)s AND lease.holder = %(holder)s AND lease.epoch = %(epoch)s
    )
