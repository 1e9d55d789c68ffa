-- Read all rows without manifests, under the names last applied.
SELECT
    entity.kind,
    entity.name,
    resource.id::text AS id,
    resource.digest,
    resource.path,
    resource.blob
FROM registry.resources AS resource
INNER JOIN registry.entities AS entity USING (id)
