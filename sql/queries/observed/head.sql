-- Read the applied revision of a registry, or of all, and the newest commit ever applied in its line.
SELECT
    head.number,
    head.source,
    head.folder,
    head.commit,
    head.contract,
    head.plan_digest,
    head.left_undeleted,
    -- A restored revision keeps the policy: only content is rolled back.
    newest.policy::text AS policy,
    base.number AS base_number,
    base.commit AS base_commit,
    head.source = 'history' AND head.restored < base.number AS is_rolled_back,
    head.environment
FROM (
    SELECT *
    FROM registry.revisions
    WHERE
        outcome = 'applied'
        AND (%(registry)s::text IS NULL OR registry_id = (SELECT id FROM registry.registries WHERE name = %(registry)s))
    ORDER BY number DESC
    LIMIT 1
) AS head
LEFT JOIN LATERAL (
    SELECT
        number,
        commit
    FROM registry.revisions
    WHERE
        outcome = 'applied'
        AND source <> 'history' AND commit IS NOT NULL
        AND (%(registry)s::text IS NULL OR registry_id = (SELECT id FROM registry.registries WHERE name = %(registry)s))
    ORDER BY number DESC
    LIMIT 1
) AS base ON true
LEFT JOIN LATERAL (
    SELECT policy
    FROM registry.revisions
    WHERE
        outcome = 'applied'
        AND policy IS NOT NULL
        AND (%(registry)s::text IS NULL OR registry_id = (SELECT id FROM registry.registries WHERE name = %(registry)s))
    ORDER BY number DESC
    LIMIT 1
) AS newest ON true
