-- Record what the holder of the lease sees. `since` moves only with the condition or its reason.
UPDATE registry.reconcilers
SET
    registry = coalesce(%(registry)s, registry),
    looked_at = CASE WHEN %(looked)s THEN clock_timestamp() ELSE looked_at END,
    condition = %(condition)s,
    reason = %(reason)s,
    message = %(message)s,
    since = CASE
        WHEN (condition, reason) IS DISTINCT FROM (%(condition)s, %(reason)s) THEN clock_timestamp()
        ELSE since
    END,
    head = coalesce(%(head)s, head),
    attempted = coalesce(%(attempted)s, attempted),
    behind = %(behind)s
WHERE source = %(source)s AND holder = %(holder)s AND epoch = %(epoch)s
