-- Read the owner of the schema, and whether we have the rights of that role. No row before the first migration.
SELECT
    nspowner::regrole::text AS owner,
    pg_has_role(nspowner, 'USAGE') AS is_us
FROM pg_catalog.pg_namespace
WHERE nspname = 'registry'
