-- Read the resources of one kind, all or of one name, that match every given filter.
SELECT
    resource.kind,
    resource.name,
    resource.id::text AS id,
    resource.manifest::text AS manifest,
    resource.path,
    resource.revision,
    entity.created_at,
    resource.updated_at,
    CASE
        WHEN resource.applied_digest IS NULL AND NOT entity.present THEN 'unmanaged'
        WHEN resource.digest IS DISTINCT FROM resource.applied_digest THEN 'changed'
        ELSE 'applied'
    END AS state,
    owner.name AS registry
FROM registry.resources AS resource
INNER JOIN registry.entities AS entity ON entity.id = resource.id
LEFT JOIN registry.registries AS owner ON owner.id = entity.registry_id AND entity.present
WHERE
    resource.kind = %(kind)s
    AND (%(name)s::text IS NULL OR resource.name = %(name)s)
    AND (%(owner)s::text IS NULL OR resource.owner = %(owner)s)
    AND NOT EXISTS (
        SELECT FROM json_array_elements_text(%(tags)s) AS wanted (tag)
        WHERE ((resource.manifest #> '{metadata,tags}')::jsonb ? wanted.tag) IS NOT TRUE
    )
    AND NOT EXISTS (
        SELECT FROM json_each_text(%(spec)s) AS wanted (property, value)
        WHERE resource.manifest #>> ARRAY['spec', wanted.property] IS DISTINCT FROM wanted.value
    )
ORDER BY resource.name COLLATE "C"
