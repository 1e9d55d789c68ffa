-- Find the resources of other registries with these names.
SELECT
    entity.kind,
    entity.name,
    owner.name AS registry
FROM json_to_recordset(%(refs)s) AS wanted (kind text, name text)
INNER JOIN registry.entities AS entity USING (kind, name)
INNER JOIN registry.registries AS owner ON owner.id = entity.registry_id
WHERE entity.present AND owner.name <> %(registry)s
