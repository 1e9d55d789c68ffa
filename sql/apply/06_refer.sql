-- Write the references between resources.

DELETE FROM registry.references AS reference
USING pg_temp.staged AS staged
WHERE staged.action IN ('create', 'update', 'move', 'delete') AND reference.source_id = staged.id;

INSERT INTO registry.references (source_id, pointer, target_kind, target_name, range, bounds)
SELECT
    staged.id,
    reference.value ->> 0,
    reference.value ->> 1,
    reference.value ->> 2,
    reference.value ->> 3,
    reference.value ->> 4
FROM pg_temp.staged AS staged
CROSS JOIN LATERAL json_array_elements(staged.refers) AS reference
WHERE staged.action IN ('create', 'update', 'move');
