-- Read all rows without manifests, under the names last applied.
SELECT
    entity.kind,
    -- A row inserted by hand may have an identity without a name.
    coalesce(entity.name, resource.name) AS name,
    resource.id::text AS id,
    resource.digest,
    resource.path,
    resource.blob
FROM registry.resources AS resource
INNER JOIN registry.entities AS entity USING (id)
