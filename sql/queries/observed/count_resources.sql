-- Count declared resources of a registry, or of all.
SELECT count(*) AS resources
FROM registry.entities
WHERE
    present
    AND (%(registry)s::text IS NULL OR registry_id = (SELECT id FROM registry.registries WHERE name = %(registry)s))
