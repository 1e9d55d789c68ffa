-- Read settings of the server: for toolreg doctor.
SELECT
    current_setting('server_encoding') AS encoding,
    current_setting('fsync')::boolean AS fsync,
    current_setting('full_page_writes')::boolean AS full_page_writes,
    current_setting('synchronous_commit') AS synchronous_commit,
    current_setting('max_connections')::bigint AS max_connections,
    (
        SELECT count(*)
        FROM pg_catalog.pg_stat_activity
        WHERE backend_type = 'client backend'
    ) AS connections,
    -- The setting of the role and the database; this transaction reads only, whatever its value.
    current_setting('default_transaction_read_only')::boolean AS reads_only,
    pg_is_in_recovery() AS is_replica
