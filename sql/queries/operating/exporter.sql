-- Read the identity of this database, whether this role may read payloads of calls, and the time of the last export.
SELECT
    format('%s/%s', control.system_identifier, current_database()) AS database,
    (
        SELECT bool_and(has_column_privilege(registry.acting_role(), 'runtime.invocation_logs', payload.name, 'SELECT'))
        FROM (VALUES ('arguments'), ('result'), ('attributes')) AS payload (name)
    ) AS may_read_payloads,
    (SELECT max(exported.exported_at) FROM runtime.exported_days AS exported) AS last_exported_at
FROM pg_control_system() AS control
