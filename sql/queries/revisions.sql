-- The last revisions, the newest first: those with one outcome, or every attempt.
SELECT
    number,
    outcome,
    source,
    commit,
    author,
    committed_at,
    subject,
    created,
    updated,
    deleted,
    finished_at,
    applied_by,
    error
FROM registry.revisions
WHERE %(outcome)s::text IS NULL OR outcome = %(outcome)s
ORDER BY number DESC
LIMIT %(limit)s
