-- What stands in the database, without the manifests.
SELECT
    kind,
    name,
    id::text AS id,
    digest,
    path,
    blob
FROM registry.resources
