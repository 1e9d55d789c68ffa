-- Read every version of one resource, oldest first, with its revision.
SELECT
    version.action,
    version.name,
    version.path,
    version.drifted,
    version.changed_commit,
    version.changed_author,
    version.manifest::text AS manifest,
    revision.number,
    revision.outcome,
    revision.source,
    revision.commit,
    revision.author,
    revision.committed_at,
    revision.subject,
    revision.created,
    revision.updated,
    revision.deleted,
    revision.finished_at,
    revision.applied_by,
    revision.error,
    revision.restored,
    revision.repairs,
    revision.reason,
    revision.overridden,
    revision.left_undeleted,
    revision.environment,
    revision.registry
FROM registry.history AS version
INNER JOIN internal.revision_records AS revision ON revision.number = version.revision
WHERE version.entity_id = %(id)s
ORDER BY version.revision
