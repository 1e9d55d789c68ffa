-- The names of one kind that are declared now, or were once.
SELECT
    name,
    present
FROM registry.entities
WHERE kind = %(kind)s AND name IS NOT NULL
