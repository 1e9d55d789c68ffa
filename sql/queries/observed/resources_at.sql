-- Read the resources of one kind at an applied revision, all or of one name, that match every given filter.
SELECT
    declared.kind,
    declared.name,
    declared.id::text AS id,
    declared.manifest::text AS manifest,
    declared.path,
    declared.revision,
    entity.created_at,
    declared.applied_at AS updated_at,
    'applied' AS state,
    declared.registry
FROM api.registry_at(%(at)s::bigint) AS declared
INNER JOIN registry.entities AS entity ON entity.id = declared.id
WHERE
    declared.kind = %(kind)s
    AND (%(name)s::text IS NULL OR declared.name = %(name)s)
    AND (%(owner)s::text IS NULL OR declared.owner = %(owner)s)
    AND NOT EXISTS (
        SELECT FROM json_array_elements_text(%(tags)s) AS wanted (tag)
        WHERE ((declared.manifest #> '{metadata,tags}')::jsonb ? wanted.tag) IS NOT TRUE
    )
    AND NOT EXISTS (
        SELECT FROM json_each_text(%(spec)s) AS wanted (property, value)
        WHERE declared.manifest #>> ARRAY['spec', wanted.property] IS DISTINCT FROM wanted.value
    )
ORDER BY declared.name COLLATE "C"
