-- How many resources of each kind are declared, whether their rows are there or were removed by hand.
SELECT
    kind,
    count(*) AS resources
FROM registry.entities
WHERE present
GROUP BY kind
