-- Remove deleted rows. A row with a new name is removed, too, and inserted again, so that names can be swapped.

WITH removed AS (
    DELETE FROM registry.resources AS resource
    USING pg_temp.staged AS staged
    WHERE
        resource.id = staged.id
        AND (
            staged.action IN ('delete', 'move')
            -- Renamed by hand, possibly to the name of another resource.
            OR (staged.action = 'update' AND resource.name <> staged.name)
        )
    RETURNING resource.id
)

UPDATE pg_temp.staged AS staged
SET comes_back = true
FROM removed
WHERE staged.id = removed.id AND staged.action = 'update';
