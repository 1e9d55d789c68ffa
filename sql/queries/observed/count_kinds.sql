-- Count the rows of each kind.
SELECT
    kind,
    count(*) AS resources
FROM registry.resources
GROUP BY kind
