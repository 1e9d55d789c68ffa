-- Count the problems of the data by severity, and name the first subjects with errors.
SELECT
    count(*) FILTER (WHERE severity = 'error') AS errors,
    count(*) FILTER (WHERE severity = 'warning') AS warnings,
    count(*) FILTER (WHERE severity = 'notice') AS notices,
    (array_agg(DISTINCT subject) FILTER (WHERE severity = 'error'))[:5] AS subjects
FROM api.data_integrity
