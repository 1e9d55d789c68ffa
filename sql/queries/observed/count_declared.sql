-- Count declared resources of a registry, or of all, of each kind, including those whose row was removed by hand.
SELECT
    kind,
    count(*) AS resources
FROM registry.entities
WHERE
    present
    AND (%(registry)s::text IS NULL OR registry_id = (SELECT id FROM registry.registries WHERE name = %(registry)s))
GROUP BY kind
