-- End the lease, for another process to take at once.
UPDATE registry.reconcilers
SET expires_at = clock_timestamp()
WHERE source = %(source)s AND holder = %(holder)s AND epoch = %(epoch)s
