-- What was declared at a revision: of each identity the last version until then, unless that deleted it.
SELECT
    entity.kind,
    version.name,
    entity.id::text AS id,
    version.digest,
    version.manifest::text AS manifest,
    version.path,
    version.blob
FROM registry.entities AS entity
CROSS JOIN LATERAL (
    SELECT *
    FROM registry.history
    WHERE entity_id = entity.id AND revision <= %(number)s
    ORDER BY revision DESC
    LIMIT 1
) AS version
WHERE version.action <> 'delete'
