-- What stands in the database, without the manifests, under the names that it was applied with.
SELECT
    entity.kind,
    entity.name,
    resource.id::text AS id,
    resource.digest,
    resource.path,
    resource.blob
FROM registry.resources AS resource
INNER JOIN registry.entities AS entity USING (id)
