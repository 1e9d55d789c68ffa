-- Read whether this role may read recorded arguments, and the owner, who may and can grant the right.
SELECT
    current_user::text AS role,
    pg_get_userbyid(logs.relowner)::text AS owner,
    has_column_privilege(logs.oid, 'arguments', 'SELECT') AS may_read
FROM pg_class AS logs
WHERE logs.oid = 'runtime.invocation_logs'::regclass
