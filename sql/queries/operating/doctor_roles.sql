-- Read the current role and its group roles: for toolreg doctor.
SELECT
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
            AND (
                pg_has_role(role.oid, 'USAGE')
                -- The owner needs no membership, and has none unless it is a superuser (PostgreSQL 16).
                OR EXISTS (
                    SELECT FROM pg_catalog.pg_namespace AS space
                    WHERE space.nspname = 'registry' AND pg_has_role(space.nspowner, 'USAGE')
                )
            )
        ORDER BY role.rolname
    ) AS roles,
    has_database_privilege(current_database(), 'CREATE') AS may_migrate
