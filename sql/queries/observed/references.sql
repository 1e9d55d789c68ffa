-- Read the references of one resource.
SELECT
    pointer,
    target_kind,
    target_name
FROM registry.references
WHERE source_id = %(id)s
