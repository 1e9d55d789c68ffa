-- One writer at a time. Transaction-level: behind a pooler in transaction mode a session lock is not exclusive.
SELECT pg_catalog.pg_advisory_xact_lock(%(key)s)
