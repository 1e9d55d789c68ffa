-- A revision by its number, or the last applied one; no row for an unknown number, and before the first.
SELECT
    revision.number AS revision,
    revision.id::text AS revision_id
FROM registry.revisions AS revision
WHERE
    CASE
        WHEN %(number)s::bigint IS NULL THEN revision.outcome = 'applied'
        ELSE revision.number = %(number)s::bigint
    END
ORDER BY revision.number DESC
LIMIT 1
