-- Whose the schema is, and whether we have the rights of that role. No row where nothing was ever migrated.
SELECT
    nspowner::regrole::text AS owner,
    pg_has_role(nspowner, 'USAGE') AS is_us
FROM pg_catalog.pg_namespace
WHERE nspname = 'registry'
