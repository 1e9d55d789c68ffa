-- Keep this version of each changed resource in the history.

INSERT INTO registry.history (
    entity_id, revision, action, name, manifest, path, blob, drifted, changed_commit, changed_author
)
SELECT
    staged.id,
    currval(pg_get_serial_sequence('registry.revisions', 'number')),
    staged.action,
    staged.name,
    CASE WHEN staged.action <> 'delete' THEN staged.manifest END,
    staged.path,
    staged.blob,
    staged.drifted,
    coalesce(staged.changed_commit, same.changed_commit),
    coalesce(staged.changed_author, same.changed_author)
FROM pg_temp.staged AS staged
-- A repaired or restored manifest keeps the commit and author of its earlier version.
LEFT JOIN LATERAL (
    SELECT
        version.changed_commit,
        version.changed_author
    FROM registry.history AS version
    WHERE version.entity_id = staged.id AND version.digest = staged.digest AND staged.changed_commit IS NULL
    ORDER BY version.revision DESC
    LIMIT 1
) AS same ON true
WHERE staged.action IN ('create', 'update', 'move', 'delete');

-- Record the new path and blob of each resource whose file was moved or written differently.
INSERT INTO registry.relocations (entity_id, revision, path, blob)
SELECT
    staged.id,
    currval(pg_get_serial_sequence('registry.revisions', 'number')),
    staged.path,
    staged.blob
FROM pg_temp.staged AS staged
WHERE staged.action = 'relocate';
