-- Every version of one resource, the first one first, with the revision that made each.
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
    -- Content that was the applied one already: rows that somebody changed were put right.
    CASE
        WHEN revision.restored IS NULL THEN false
        ELSE revision.restored IS NOT DISTINCT FROM (
            SELECT coalesce(before.restored, before.number)
            FROM registry.revisions AS before
            WHERE before.outcome = 'applied' AND before.number < revision.number
            ORDER BY before.number DESC
            LIMIT 1
        )
    END AS repairs,
    revision.reason,
    revision.overridden,
    revision.left_undeleted
FROM registry.history AS version
INNER JOIN registry.revisions AS revision ON revision.number = version.revision
WHERE version.entity_id = %(id)s
ORDER BY version.revision
