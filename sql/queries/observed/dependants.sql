-- Find the resources that refer to these, including those whose own row was removed by hand.
SELECT
    source.kind,
    source.name,
    coalesce(
        resource.path,
        (
            SELECT version.path
            FROM registry.history AS version
            WHERE version.entity_id = source.id
            ORDER BY version.revision DESC
            LIMIT 1
        )
    ) AS path,
    reference.pointer,
    reference.target_kind,
    reference.target_name,
    reference.range
FROM json_to_recordset(%(refs)s) AS target (kind text, name text)
INNER JOIN registry.references AS reference
    ON reference.target_kind = target.kind AND reference.target_name = target.name
INNER JOIN registry.entities AS source ON source.id = reference.source_id
LEFT JOIN registry.resources AS resource ON resource.id = reference.source_id
