-- Read the rows that a change of a registry can affect: by name, or by one of its paths.
WITH touched AS (
    SELECT entity.id
    FROM json_to_recordset(%(refs)s) AS ref (kind text, name text)
    INNER JOIN registry.entities AS entity USING (kind, name)
    UNION
    SELECT resource.id
    FROM json_array_elements_text(%(paths)s) AS path (value)
    INNER JOIN registry.resources AS resource ON resource.path = path.value
)

SELECT
    entity.kind,
    -- A row inserted by hand may have an identity without a name.
    coalesce(entity.name, resource.name) AS name,
    resource.id::text AS id,
    resource.digest,
    resource.path,
    resource.blob
FROM touched
INNER JOIN registry.resources AS resource USING (id)
INNER JOIN registry.entities AS entity USING (id)
WHERE
    %(registry)s::text IS NULL
    OR NOT entity.present
    OR entity.registry_id = (SELECT id FROM registry.registries WHERE name = %(registry)s)
