-- Prolong the lease; no row if another process took it. is_wanted: a process without the lease asked for a look.
UPDATE registry.reconcilers AS lease
SET
    expires_at = clock_timestamp() + %(seconds)s * interval '1 second',
    wanted_at = NULL
FROM registry.reconcilers AS before
WHERE
    lease.source = %(source)s
    AND lease.holder = %(holder)s
    AND lease.epoch = %(epoch)s
    AND before.source = lease.source
RETURNING before.wanted_at IS NOT NULL AS is_wanted
