-- Find the name of a registry in the database: its name, or its former name until a rename is applied.
SELECT name
FROM registry.registries
WHERE name IN (%(name)s, %(former)s)
ORDER BY name = %(name)s DESC
LIMIT 1
