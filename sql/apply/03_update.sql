-- Update changed rows; for a resource that merely moved to another file, only path and blob.

UPDATE registry.resources AS resource
SET
    manifest = staged.manifest,
    path = staged.path,
    blob = staged.blob,
    revision = currval(pg_get_serial_sequence('registry.revisions', 'number')),
    applied_digest = staged.digest
FROM pg_temp.staged AS staged
WHERE staged.action = 'update' AND resource.id = staged.id;

UPDATE registry.resources AS resource
SET
    path = staged.path,
    blob = staged.blob
FROM pg_temp.staged AS staged
WHERE staged.action = 'relocate' AND resource.id = staged.id;
