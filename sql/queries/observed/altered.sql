-- Find rows that differ from the newest version in the history, whatever their applied_digest: a role that may apply can
-- change a row together with its applied_digest, or insert and delete rows with their identities. Reads indexes alone.
WITH newest AS (
    SELECT DISTINCT ON (entity_id)
        entity_id,
        revision,
        digest
    FROM registry.history
    ORDER BY entity_id ASC, revision DESC
),

altered AS (
    SELECT
        coalesce(resource.id, newest.entity_id) AS id,
        resource.id IS NULL AS is_missing,
        newest.revision,
        newest.digest
    FROM (
        SELECT
            id,
            digest
        FROM registry.resources
    ) AS resource
    FULL JOIN newest ON newest.entity_id = resource.id
    WHERE resource.digest IS DISTINCT FROM newest.digest
)

SELECT
    altered.id::text AS id,
    entity.kind,
    -- An identity may have lost its name, too.
    coalesce(entity.name, version.name, resource.name) AS name,
    CASE
        WHEN altered.is_missing THEN 'missing'
        WHEN altered.digest IS NULL THEN 'unmanaged'
        ELSE 'changed'
    END AS way,
    resource.name AS called,
    coalesce(place.path, version.path) AS path,
    coalesce(place.blob, version.blob) AS blob,
    altered.revision,
    altered.digest,
    CASE WHEN entity.present OR altered.digest IS NOT NULL THEN owner.name END AS registry
FROM altered
-- One lookup per row: altered rows are few, whatever the planner expects, and a join would read every identity and version.
CROSS JOIN LATERAL (
    SELECT
        kind,
        name,
        present,
        registry_id
    FROM registry.entities
    WHERE id = altered.id
    LIMIT 1
) AS entity
LEFT JOIN LATERAL (
    SELECT name
    FROM registry.resources
    WHERE id = altered.id
    LIMIT 1
) AS resource ON true
LEFT JOIN LATERAL (
    SELECT
        name,
        path,
        blob
    FROM registry.history
    WHERE entity_id = altered.id AND revision = altered.revision
    LIMIT 1
) AS version ON true
LEFT JOIN LATERAL (
    SELECT
        path,
        blob
    FROM registry.relocations
    WHERE entity_id = altered.id AND revision > altered.revision
    ORDER BY revision DESC
    LIMIT 1
) AS place ON true
LEFT JOIN registry.registries AS owner ON owner.id = entity.registry_id
WHERE
    %(registry)s::text IS NULL
    OR (altered.digest IS NULL AND NOT entity.present)
    OR entity.registry_id = (SELECT id FROM registry.registries WHERE name = %(registry)s)
