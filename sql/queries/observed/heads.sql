-- Read the applied revision of each registry.
SELECT
    known.name,
    head.number
FROM registry.registries AS known
CROSS JOIN LATERAL (
    SELECT number
    FROM registry.revisions
    WHERE registry_id = known.id AND outcome = 'applied'
    ORDER BY number DESC
    LIMIT 1
) AS head
ORDER BY known.name COLLATE "C"
