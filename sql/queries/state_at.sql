-- What was declared at an applied revision, whole or an error.
SELECT
    kind,
    name,
    id::text AS id,
    digest,
    manifest::text AS manifest,
    path,
    blob
FROM api.registry_at(%(number)s::bigint)
