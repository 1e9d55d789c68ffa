-- How many problems of each severity the data has.
SELECT
    count(*) FILTER (WHERE severity = 'error') AS errors,
    count(*) FILTER (WHERE severity = 'warning') AS warnings,
    count(*) FILTER (WHERE severity = 'notice') AS notices
FROM api.data_integrity
