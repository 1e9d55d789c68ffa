-- Read names of resources touched by later revisions: at most eleven, of the last thousand changes.
SELECT DISTINCT
    entity.kind,
    change.name
FROM (
    SELECT
        entity_id,
        name
    FROM registry.history
    WHERE revision > %(revision)s
    ORDER BY revision DESC
    LIMIT 1000
) AS change
INNER JOIN registry.entities AS entity ON entity.id = change.entity_id
WHERE
    %(registry)s::text IS NULL
    OR entity.registry_id = (SELECT id FROM registry.registries WHERE name = %(registry)s)
ORDER BY entity.kind, change.name
LIMIT 11
