-- The manifests of some resources as they were declared at an applied revision, as text: the order of their keys is kept.
SELECT
    id::text AS id,
    manifest::text AS manifest
FROM api.registry_at(%(number)s::bigint)
WHERE id = ANY (%(ids)s::uuid[])
