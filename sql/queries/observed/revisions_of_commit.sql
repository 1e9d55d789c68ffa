-- Find applied commits by the beginning of their hash, each with the last revision of it.
SELECT
    commit,
    max(number) AS number
FROM registry.revisions
WHERE outcome = 'applied' AND source = 'commit' AND starts_with(commit, %(beginning)s)
GROUP BY commit
ORDER BY commit
