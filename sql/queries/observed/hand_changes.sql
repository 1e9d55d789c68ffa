-- Read the newest changes by hand of some resources since their last version, newest first, and their total number.
SELECT
    wanted.id,
    change.at,
    change.role,
    change.action,
    change.number
FROM json_to_recordset(%(since)s) AS wanted (id text, revision bigint)
CROSS JOIN LATERAL (
    SELECT
        at,
        role,
        action,
        id,
        count(*) OVER () AS number
    FROM registry.hand_changes
    WHERE entity_id = wanted.id::uuid AND revision IS NOT DISTINCT FROM wanted.revision
    ORDER BY id DESC
    LIMIT 10
) AS change
ORDER BY change.id DESC
