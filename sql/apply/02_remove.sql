-- Remove what is gone. A row whose name changes goes too and comes back under it, so that names may be swapped.

WITH removed AS (
    DELETE FROM registry.resources AS resource
    USING pg_temp.staged AS staged
    WHERE
        resource.id = staged.id
        AND (
            staged.action IN ('delete', 'move')
            -- Renamed by hand, maybe to what another one is called.
            OR (staged.action = 'update' AND resource.name <> staged.name)
        )
    RETURNING resource.id
)

UPDATE pg_temp.staged AS staged
SET comes_back = true
FROM removed
WHERE staged.id = removed.id AND staged.action = 'update';
