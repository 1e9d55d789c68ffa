-- Read whether any migration was applied, the comment of schema api, the objects in api and internal, and the subscription
-- that replicates the registry from another database.
SELECT
    to_regclass('yoyo.checksums') IS NOT NULL AS migrated,
    obj_description(to_regnamespace('api')::oid, 'pg_namespace') AS api_comment,
    ARRAY(
        SELECT concat(namespace.nspname, '.', class.relname)
        FROM pg_catalog.pg_class AS class
        INNER JOIN pg_catalog.pg_namespace AS namespace ON namespace.oid = class.relnamespace
        WHERE namespace.nspname IN ('api', 'internal')
        UNION
        SELECT concat(namespace.nspname, '.', proc.proname)
        FROM pg_catalog.pg_proc AS proc
        INNER JOIN pg_catalog.pg_namespace AS namespace ON namespace.oid = proc.pronamespace
        WHERE namespace.nspname IN ('api', 'internal')
    ) AS api_objects,
    to_regnamespace('internal') IS NOT NULL AS has_internal,
    (
        SELECT min(subscription.subname::text)
        FROM pg_catalog.pg_subscription_rel AS received
        INNER JOIN pg_catalog.pg_subscription AS subscription ON subscription.oid = received.srsubid
        INNER JOIN pg_catalog.pg_class AS class ON class.oid = received.srrelid
        WHERE class.relnamespace = to_regnamespace('registry')
    ) AS subscription
