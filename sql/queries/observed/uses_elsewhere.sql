-- Find the resources of other registries that refer to these.
SELECT DISTINCT
    source.kind,
    source.name,
    owner.name AS registry,
    reference.target_kind,
    reference.target_name
FROM json_to_recordset(%(refs)s) AS target (kind text, name text)
INNER JOIN registry.references AS reference
    ON reference.target_kind = target.kind AND reference.target_name = target.name
INNER JOIN registry.entities AS source ON source.id = reference.source_id
INNER JOIN registry.registries AS owner ON owner.id = source.registry_id
WHERE owner.name <> %(registry)s
ORDER BY owner.name, source.kind, source.name
