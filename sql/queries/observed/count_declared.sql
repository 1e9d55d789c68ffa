-- Count declared resources of each kind, including those whose row was removed by hand.
SELECT
    kind,
    count(*) AS resources
FROM registry.entities
WHERE present
GROUP BY kind
