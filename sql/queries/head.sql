-- The revision that is applied now.
SELECT
    number,
    source,
    folder,
    commit,
    contract
FROM registry.revisions
WHERE outcome = 'applied'
ORDER BY number DESC
LIMIT 1
