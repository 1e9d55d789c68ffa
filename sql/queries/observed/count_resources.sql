-- How many resources are declared now.
SELECT count(*) AS resources FROM registry.entities WHERE present
