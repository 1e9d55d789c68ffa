-- Read the rows of a registry, or of all, without manifests, under the names last applied.
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
-- A row without a present identity was inserted by hand, and may become a resource of any registry.
WHERE
    %(registry)s::text IS NULL
    OR NOT entity.present
    OR entity.registry_id = (SELECT id FROM registry.registries WHERE name = %(registry)s)
