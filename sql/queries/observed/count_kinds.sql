-- How many resources of each kind are declared now.
SELECT
    kind,
    count(*) AS resources
FROM registry.resources
GROUP BY kind
