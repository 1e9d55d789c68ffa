-- Find every identity that has one of these names, had it last, or gave it up for another, with its current name.
WITH wanted AS (
    SELECT
        kind,
        name
    FROM json_to_recordset(%(refs)s) AS ref (kind text, name text)
),

named AS (
    SELECT
        entity.id,
        wanted.name,
        false AS has_left,
        '' AS blob
    FROM wanted
    INNER JOIN registry.entities AS entity USING (kind, name)
    UNION ALL
    SELECT
        former.entity_id,
        wanted.name,
        true,
        former.blob
    FROM wanted
    INNER JOIN registry.former_names AS former USING (kind, name)
)

SELECT
    entity.kind,
    named.name,
    named.id::text AS id,
    entity.name AS now,
    entity.present,
    named.has_left,
    named.blob
FROM named
INNER JOIN registry.entities AS entity ON entity.id = named.id
-- A resource removed by another registry is free; its identity goes on under this one.
WHERE
    %(registry)s::text IS NULL
    OR NOT entity.present
    OR entity.registry_id = (SELECT id FROM registry.registries WHERE name = %(registry)s)
ORDER BY
    entity.kind,
    named.name,
    named.id,
    named.blob
