-- Find the number of the registry to apply, which the files of sql/apply read; a new one at its first apply, and its new name.
WITH renamed AS (
    UPDATE registry.registries SET name = %(name)s
    WHERE name = %(stored)s AND name <> %(name)s
    RETURNING id
),

made AS (
    -- The lock of writers keeps the number from being taken.
    INSERT INTO registry.registries (id, name)
    SELECT
        coalesce(max(id), 0) + 1,
        %(name)s
    FROM registry.registries
    HAVING count(*) FILTER (WHERE name IN (%(name)s, %(stored)s)) = 0
    RETURNING id
)

SELECT set_config('toolreg.registry', claimed.id::text, true)
FROM (
    SELECT id FROM renamed
    UNION ALL
    SELECT id FROM made
    UNION ALL
    SELECT id FROM registry.registries WHERE name = %(name)s
) AS claimed
