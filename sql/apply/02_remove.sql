-- Remove what is gone. A renamed row goes too and comes back under its new name, so that names may be swapped.

DELETE FROM registry.resources AS resource
USING pg_temp.staged AS staged
WHERE staged.action IN ('delete', 'move') AND resource.id = staged.id;
