-- Ask the holder of the lease to look at the repository.
UPDATE registry.reconcilers
SET wanted_at = clock_timestamp()
WHERE source = %(source)s
