-- Whether any migration was ever applied here, and what the schema api was built from.
SELECT
    to_regclass('yoyo.checksums') IS NOT NULL AS migrated,
    obj_description(to_regnamespace('api')::oid, 'pg_namespace') AS api_comment
