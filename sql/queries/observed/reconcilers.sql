-- Read the reconcilers of this database, those at work first.
SELECT
    source,
    registry,
    holder,
    is_alive,
    condition,
    reason,
    message,
    since,
    head,
    attempted,
    behind,
    looked_at
FROM api.reconcilers
ORDER BY is_alive DESC, source
