-- Read the declared state at an applied revision, without manifests. An incomplete state raises an error.
SELECT
    kind,
    name,
    id::text AS id,
    digest,
    path,
    blob
FROM api.registry_at(%(number)s::bigint)
