-- Find the drift of a registry, or of all: rows changed by hand, rows inserted by hand, and resources whose row is missing.
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
        -- Every id lies between these two. Without a condition on id the planner, which expects two columns to differ in
        -- nearly every row, reads all rows instead of the partial indexes on id, which hold only drifted rows.
        AND resource.id >= (SELECT '00000000-0000-0000-0000-000000000000'::uuid)
        AND resource.id <= (SELECT 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid)
),

drifted AS (
    SELECT
        changed.id,
        entity.kind,
        -- A row inserted by hand may have an identity without a name.
        coalesce(entity.name, changed.name) AS name,
        -- A row inserted by hand in place of a declared row still belongs to a resource.
        CASE WHEN changed.is_put_in AND NOT entity.present THEN 'unmanaged' ELSE 'changed' END AS way,
        changed.name AS called,
        changed.path,
        changed.blob,
        entity.registry_id
    FROM changed
    -- One lookup per row: drifted rows are few, whatever the planner expects, and a join would read every identity.
    CROSS JOIN LATERAL (
        SELECT
            kind,
            name,
            present,
            registry_id
        FROM registry.entities
        WHERE id = changed.id
        LIMIT 1
    ) AS entity
    UNION ALL
    -- A row without a present identity was never applied and is in changed. So while changed is empty, equal counts prove
    -- that no row is missing; identities are compared only if counts differ.
    SELECT
        entity.id,
        entity.kind,
        entity.name,
        'missing',
        NULL,
        NULL,
        NULL,
        entity.registry_id
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
    -- A missing or reinserted row does not know its file.
    coalesce(drifted.path, place.path, version.path) AS path,
    coalesce(drifted.blob, place.blob, version.blob) AS blob,
    version.revision,
    version.digest,
    CASE WHEN drifted.way <> 'unmanaged' THEN owner.name END AS registry
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
LEFT JOIN registry.registries AS owner ON owner.id = drifted.registry_id
WHERE
    %(registry)s::text IS NULL
    OR drifted.way = 'unmanaged'
    OR drifted.registry_id = (SELECT id FROM registry.registries WHERE name = %(registry)s)
