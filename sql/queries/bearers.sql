-- Every identity that has one of these names, or had it at some time, with the name that it has now or had last.
WITH named AS (
    SELECT
        ref.kind,
        ref.name,
        entity.id
    FROM json_to_recordset(%(refs)s) AS ref (kind text, name text)
    INNER JOIN registry.entities AS entity USING (kind, name)
    UNION
    SELECT
        ref.kind,
        ref.name,
        version.entity_id
    FROM json_to_recordset(%(refs)s) AS ref (kind text, name text)
    INNER JOIN registry.history AS version ON version.name = ref.name
    INNER JOIN registry.entities AS entity ON entity.id = version.entity_id AND entity.kind = ref.kind
)

SELECT
    named.kind,
    named.name,
    named.id::text AS id,
    entity.name AS now
FROM named
INNER JOIN registry.entities AS entity ON entity.id = named.id
ORDER BY
    named.kind,
    named.name,
    named.id
