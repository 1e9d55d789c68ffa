-- The commits that begin so and were applied, each with the last revision that did.
SELECT
    commit,
    max(number) AS number
FROM registry.revisions
WHERE outcome = 'applied' AND source = 'commit' AND starts_with(commit, %(beginning)s)
GROUP BY commit
ORDER BY commit
