-- What was declared at an applied revision, whole or an error; without the manifests themselves.
SELECT
    kind,
    name,
    id::text AS id,
    digest,
    path,
    blob
FROM api.registry_at(%(number)s::bigint)
