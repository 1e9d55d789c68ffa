-- Read an applied revision, by its number or at a time, and the revision with its content: for a rollback, the restored one.
SELECT
    applied.number,
    applied.finished_at,
    original.number AS original,
    original.folder,
    original.commit,
    original.parents,
    original.author,
    original.committed_at,
    original.subject,
    original.contract,
    named.name AS registry
FROM registry.revisions AS applied
INNER JOIN registry.revisions AS original ON original.number = coalesce(applied.restored, applied.number)
LEFT JOIN registry.registries AS named ON named.id = applied.registry_id
WHERE applied.number = (SELECT internal.applied_revision(%(number)s::bigint, %(at)s::timestamptz))
