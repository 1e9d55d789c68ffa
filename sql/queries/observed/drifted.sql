-- What no longer is as it was applied: rows changed by hand, rows put in by hand, and resources whose row is missing.
WITH changed AS (
    SELECT
        resource.id,
        resource.name,
        resource.path,
        resource.blob,
        resource.applied_digest IS NULL AS is_put_in
    FROM registry.resources AS resource
    WHERE
        resource.digest IS DISTINCT FROM resource.applied_digest
        -- Every id lies between these two. Without a condition on it the planner, which takes two columns to differ in
        -- nearly every row, reads all rows instead of the partial indexes on id, which hold only those that drifted.
        AND resource.id >= (SELECT '00000000-0000-0000-0000-000000000000'::uuid)
        AND resource.id <= (SELECT 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid)
),

drifted AS (
    SELECT
        changed.id,
        entity.kind,
        -- Whoever puts in a row by hand may leave its identity without a name.
        coalesce(entity.name, changed.name) AS name,
        -- A row that was put in by hand in the place of one that is declared is still that of a resource.
        CASE WHEN changed.is_put_in AND NOT entity.present THEN 'unmanaged' ELSE 'changed' END AS way,
        changed.name AS called,
        changed.path,
        changed.blob
    FROM changed
    -- Looked up one by one: they are few, whatever the planner thinks, and a join would read every identity.
    CROSS JOIN LATERAL (
        SELECT
            kind,
            name,
            present
        FROM registry.entities
        WHERE id = changed.id
        LIMIT 1
    ) AS entity
    UNION ALL
    -- A row without a present identity was never applied and stands in changed. So when nothing is changed, counting
    -- tells whether something is missing, and identities are compared one by one only then.
    SELECT
        entity.id,
        entity.kind,
        entity.name,
        'missing',
        NULL,
        NULL,
        NULL
    FROM registry.entities AS entity
    WHERE
        entity.present
        AND (
            EXISTS (SELECT FROM changed)
            OR (SELECT count(*) FROM registry.entities WHERE present) <> (SELECT count(*) FROM registry.resources)
        )
        AND NOT EXISTS (SELECT FROM registry.resources AS resource WHERE resource.id = entity.id)
)

SELECT
    drifted.id::text AS id,
    drifted.kind,
    drifted.name,
    drifted.way,
    drifted.called,
    -- A row that is missing, or was put in again, does not know its file.
    coalesce(drifted.path, place.path, version.path) AS path,
    coalesce(drifted.blob, place.blob, version.blob) AS blob,
    version.revision,
    version.digest
FROM drifted
LEFT JOIN LATERAL (
    SELECT
        revision,
        digest,
        path,
        blob
    FROM registry.history
    WHERE entity_id = drifted.id
    ORDER BY revision DESC
    LIMIT 1
) AS version ON true
LEFT JOIN LATERAL (
    SELECT
        path,
        blob
    FROM registry.relocations
    WHERE entity_id = drifted.id AND revision > version.revision
    ORDER BY revision DESC
    LIMIT 1
) AS place ON true
