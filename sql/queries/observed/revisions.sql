-- Read the last revisions, newest first: every attempt, or those that match each given filter.
SELECT
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
FROM internal.revision_records AS revision
WHERE
    (%(outcome)s::text IS NULL OR revision.outcome = %(outcome)s)
    AND (%(since)s::timestamptz IS NULL OR revision.finished_at >= %(since)s)
    AND (%(author)s::text IS NULL OR strpos(lower(revision.author), lower(%(author)s)) > 0)
    AND (
        %(registry)s::text IS NULL
        OR revision.registry_id = (SELECT id FROM registry.registries WHERE name = %(registry)s)
    )
    AND (
        %(kind)s::text IS NULL
        OR EXISTS (
            SELECT FROM registry.history AS version
            INNER JOIN registry.entities AS entity ON entity.id = version.entity_id
            WHERE version.revision = revision.number AND entity.kind = %(kind)s
        )
    )
ORDER BY revision.number DESC
LIMIT %(limit)s
