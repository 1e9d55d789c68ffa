-- Read the manifests of some resources as text, in the order of their keys; for a missing row, the manifest last applied.
SELECT
    wanted.id,
    coalesce(
        resource.manifest::text,
        (
            SELECT version.manifest::text
            FROM registry.history AS version
            WHERE version.entity_id = wanted.id::uuid
            ORDER BY version.revision DESC
            LIMIT 1
        )
    ) AS manifest
FROM json_array_elements_text(%(ids)s) AS wanted (id)
LEFT JOIN registry.resources AS resource ON resource.id = wanted.id::uuid
