-- Count declared resources.
SELECT count(*) AS resources FROM registry.entities WHERE present
