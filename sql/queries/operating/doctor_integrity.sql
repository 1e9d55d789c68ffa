-- How many problems of each severity the data has, and in what the worst of them are.
SELECT
    count(*) FILTER (WHERE severity = 'error') AS errors,
    count(*) FILTER (WHERE severity = 'warning') AS warnings,
    count(*) FILTER (WHERE severity = 'notice') AS notices,
    (array_agg(DISTINCT subject) FILTER (WHERE severity = 'error'))[:5] AS subjects
FROM api.data_integrity
