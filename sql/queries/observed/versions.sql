-- Read every version of one resource, oldest first, with its revision.
SELECT
    version.action,
    version.name,
    version.path,
    version.drifted,
    version.changed_commit,
    version.changed_author,
    version.manifest::text AS manifest,
    revision.*
FROM registry.history AS version
INNER JOIN internal.revision_records AS revision ON revision.number = version.revision
WHERE version.entity_id = %(id)s
ORDER BY version.revision
