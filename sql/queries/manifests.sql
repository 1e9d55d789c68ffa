-- The manifests of some rows, as text: the order of their keys is kept.
SELECT
    resource.id::text AS id,
    resource.manifest::text AS manifest
FROM json_array_elements_text(%(ids)s) AS wanted (id)
INNER JOIN registry.resources AS resource ON resource.id = wanted.id::uuid
