-- One attempt, and the revision whose content it has: of a rollback, the one that it restored.
SELECT
    attempt.number,
    attempt.outcome,
    original.number AS original,
    original.folder,
    original.commit,
    original.parents,
    original.author,
    original.committed_at,
    original.subject,
    original.contract
FROM registry.revisions AS attempt
INNER JOIN registry.revisions AS original ON original.number = coalesce(attempt.restored, attempt.number)
WHERE attempt.number = %(number)s
