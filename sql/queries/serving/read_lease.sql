-- Read who holds the lease, and whether it may be taken. Writes nothing, so that waiting costs nothing.
SELECT
    holder,
    expires_at <= clock_timestamp() AS is_free
FROM registry.reconcilers
WHERE source = %(source)s
