-- Every version of one resource, the first one first, with the revision that made each.
SELECT
    version.action,
    version.name,
    version.path,
    version.drifted,
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
    revision.error
FROM registry.history AS version
INNER JOIN registry.revisions AS revision ON revision.number = version.revision
WHERE version.entity_id = %(id)s
ORDER BY version.revision
