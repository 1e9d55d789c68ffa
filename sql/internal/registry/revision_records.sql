-- Lists every attempt to apply a registry, as toolreg history shows it.
CREATE VIEW internal.revision_records WITH (security_invoker = true) AS
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
    -- The restored content was already the applied content: the revision repaired drifted rows.
    CASE
        WHEN revision.restored IS NULL THEN false
        ELSE revision.restored IS NOT DISTINCT FROM (
            SELECT coalesce(before.restored, before.number)
            FROM registry.revisions AS before
            WHERE
                before.outcome = 'applied'
                AND before.number < revision.number
                AND before.registry_id IS NOT DISTINCT FROM revision.registry_id
            ORDER BY before.number DESC
            LIMIT 1
        )
    END AS repairs,
    revision.reason,
    revision.overridden,
    revision.left_undeleted,
    revision.environment,
    revision.registry,
    revision.registry_id
FROM registry.revisions AS revision;

COMMENT ON VIEW internal.revision_records IS
'Every attempt to apply a registry; repairs: the revision only restored drifted rows.';
