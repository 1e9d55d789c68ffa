-- Remove what is gone. A row whose name changes goes too and comes back under it, so that names may be swapped.

DELETE FROM registry.resources AS resource
USING pg_temp.staged AS staged
WHERE
    resource.id = staged.id
    AND (
        staged.action IN ('delete', 'move')
        -- Renamed by hand, maybe to what another one is called.
        OR (staged.action = 'update' AND resource.name <> staged.name)
    );
