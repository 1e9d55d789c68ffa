-- Lists every attempt to apply a registry.
CREATE VIEW api.revisions WITH (security_invoker = true) AS
SELECT
    revision.number,
    revision.outcome,
    revision.registry,
    revision.source,
    revision.folder,
    revision.environment,
    revision.commit,
    revision.parents,
    revision.author,
    revision.committed_at,
    revision.subject,
    revision.restored,
    revision.reason,
    revision.plan_digest,
    revision.created,
    revision.updated,
    revision.deleted,
    revision.left_undeleted,
    revision.overridden,
    revision.started_at,
    revision.finished_at,
    revision.finished_at - revision.started_at AS duration,
    revision.applied_by,
    revision.error
FROM registry.revisions AS revision;

COMMENT ON VIEW api.revisions IS
'Every attempt to apply a registry: applied, refused by a guard, or failed, with the error (NULL if applied).';
