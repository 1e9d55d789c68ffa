-- Read the declared state at two applied revisions, of resources that changed between them.
WITH changed AS (
    SELECT DISTINCT entity_id
    FROM registry.history
    WHERE
        revision > least(%(before)s::bigint, %(after)s::bigint)
        AND revision <= greatest(%(before)s::bigint, %(after)s::bigint)
)

SELECT
    'before' AS side,
    kind,
    name,
    id::text AS id,
    digest,
    manifest::text AS manifest,
    path,
    blob
FROM api.registry_at(%(before)s::bigint)
-- An array uses the index of the identities; a join would read each identity.
WHERE id = ANY (ARRAY(SELECT entity_id FROM changed))
UNION ALL
SELECT
    'after',
    kind,
    name,
    id::text,
    digest,
    manifest::text,
    path,
    blob
FROM api.registry_at(%(after)s::bigint)
WHERE id = ANY (ARRAY(SELECT entity_id FROM changed))
