-- Find the identity of a name: its current bearer, else its last bearer.
WITH named AS (
    SELECT
        entity.id,
        NULL::bigint AS until
    FROM registry.entities AS entity
    WHERE entity.kind = %(kind)s AND entity.name = %(name)s
    UNION ALL
    SELECT
        version.entity_id,
        max(version.revision)
    FROM registry.history AS version
    WHERE version.name = %(name)s
    GROUP BY version.entity_id
    UNION ALL
    -- Names borne only between two applied commits have no version.
    SELECT
        former.entity_id,
        max(coalesce(former.revision - 1, 0))
    FROM registry.former_names AS former
    WHERE former.kind = %(kind)s AND former.name = %(name)s
    GROUP BY former.entity_id
)

SELECT
    entity.id::text AS id,
    entity.name,
    entity.present
FROM named
INNER JOIN registry.entities AS entity ON entity.id = named.id
WHERE entity.kind = %(kind)s
ORDER BY named.until DESC NULLS FIRST
LIMIT 1
