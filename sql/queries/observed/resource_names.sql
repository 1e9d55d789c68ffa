-- Read the names of one kind, declared now or formerly.
SELECT
    name,
    present
FROM registry.entities
WHERE kind = %(kind)s AND name IS NOT NULL
