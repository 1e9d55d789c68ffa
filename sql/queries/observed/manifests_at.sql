-- Read the manifests of some resources at an applied revision as text, in the order of their keys.
SELECT
    id::text AS id,
    manifest::text AS manifest
FROM api.registry_at(%(number)s::bigint)
WHERE id = ANY (%(ids)s::uuid[])
