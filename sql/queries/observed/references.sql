-- What one resource names, and where.
SELECT
    pointer,
    target_kind,
    target_name
FROM registry.references
WHERE source_id = %(id)s
