-- The position after the last applied revision: 0 before the first.
SELECT
    coalesce(max(last.number), 0) AS revision,
    (array_agg(last.id::text))[1] AS revision_id
FROM (
    SELECT
        applied.number,
        applied.id
    FROM registry.revisions AS applied
    WHERE applied.outcome = 'applied'
    ORDER BY applied.number DESC
    LIMIT 1
) AS last
