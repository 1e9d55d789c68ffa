-- Read whether this role may read recorded arguments, and the owner, who may and can grant the right.
SELECT
    registry.acting_role() AS role,
    pg_get_userbyid(logs.relowner)::text AS owner,
    has_column_privilege(registry.acting_role(), logs.oid, 'arguments', 'SELECT') AS may_read
FROM pg_class AS logs
WHERE logs.oid = 'runtime.invocation_logs'::regclass
