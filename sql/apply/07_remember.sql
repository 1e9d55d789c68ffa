-- Keep this version of each resource that changed for good.

INSERT INTO registry.history (entity_id, revision, action, name, manifest, path, blob, drifted)
SELECT
    staged.id,
    currval(pg_get_serial_sequence('registry.revisions', 'number')),
    staged.action,
    staged.name,
    CASE WHEN staged.action <> 'delete' THEN staged.manifest END,
    staged.path,
    staged.blob,
    staged.drifted
FROM pg_temp.staged AS staged
WHERE staged.action <> 'relocate';

-- And where a resource stands from now on whose file was moved, or written differently.
INSERT INTO registry.relocations (entity_id, revision, path, blob)
SELECT
    staged.id,
    currval(pg_get_serial_sequence('registry.revisions', 'number')),
    staged.path,
    staged.blob
FROM pg_temp.staged AS staged
WHERE staged.action = 'relocate';
