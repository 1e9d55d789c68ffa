-- What no longer is as it was applied: rows changed by hand, rows put in by hand, and resources whose row is missing.
WITH changed AS (
    SELECT
        resource.id,
        CASE WHEN resource.applied_digest IS NULL THEN 'unmanaged' ELSE 'changed' END AS how
    FROM registry.resources AS resource
    WHERE
        resource.digest IS DISTINCT FROM resource.applied_digest
        -- Every id lies between these two. Without a condition on it the planner, which takes two columns to differ in
        -- nearly every row, reads all rows instead of the partial indexes on id, which hold only those that drifted.
        AND resource.id >= (SELECT '00000000-0000-0000-0000-000000000000'::uuid)
        AND resource.id <= (SELECT 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid)
)

SELECT
    entity.kind,
    entity.name,
    changed.how
FROM changed
-- Looked up one by one: they are few, whatever the planner thinks, and a join would read every identity.
CROSS JOIN LATERAL (
    SELECT
        kind,
        name
    FROM registry.entities
    WHERE id = changed.id
    LIMIT 1
) AS entity
UNION ALL
-- A row without a present identity was never applied and stands in changed. So when nothing is changed, counting tells
-- whether something is missing, and identities are compared one by one only then.
SELECT
    entity.kind,
    entity.name,
    'missing'
FROM registry.entities AS entity
WHERE
    entity.present
    AND (
        EXISTS (SELECT FROM changed)
        OR (SELECT count(*) FROM registry.entities WHERE present) <> (SELECT count(*) FROM registry.resources)
    )
    AND NOT EXISTS (SELECT FROM registry.resources AS resource WHERE resource.id = entity.id)
