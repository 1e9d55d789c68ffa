-- What a server says of itself and of the role that asks: for toolreg doctor.
SELECT
    current_setting('server_version_num')::bigint AS version,
    current_setting('server_version') AS version_text,
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
    -- What the role and the database have it set to; this transaction reads only, whatever that is.
    current_setting('default_transaction_read_only')::boolean AS reads_only,
    pg_is_in_recovery() AS is_replica,
    current_user::text AS role,
    ARRAY(
        SELECT wanted.name
        FROM unnest(ARRAY['toolreg_reader', 'toolreg_agent', 'toolreg_reconciler']) AS wanted (name)
        WHERE to_regrole(wanted.name) IS NULL
    ) AS missing_roles,
    ARRAY(
        SELECT role.rolname::text
        FROM pg_catalog.pg_roles AS role
        WHERE
            role.rolname IN ('toolreg_reader', 'toolreg_agent', 'toolreg_reconciler')
            AND pg_has_role(role.oid, 'USAGE')
        ORDER BY role.rolname
    ) AS roles,
    has_database_privilege(current_database(), 'CREATE') AS may_migrate
