-- Read the declared state of a registry, or of all, at an applied revision, without manifests. An incomplete state raises an
-- error.
SELECT
    kind,
    name,
    id::text AS id,
    digest,
    path,
    blob
FROM api.registry_at(%(number)s::bigint)
WHERE %(registry)s::text IS NULL OR registry = %(registry)s
