-- Read whether the lease may be taken. Writes nothing, so that waiting costs nothing.
SELECT expires_at <= clock_timestamp() AS is_free
FROM registry.reconcilers
WHERE source = %(source)s
