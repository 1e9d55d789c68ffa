-- Lists problems of the data, each with its fix.
CREATE VIEW api.data_integrity WITH (security_invoker = true) AS
SELECT
    problem.severity,
    problem.check_name,
    problem.subject,
    problem.problem,
    problem.fix
FROM internal.integrity_problems() AS problem
ORDER BY array_position(ARRAY['error', 'warning', 'notice'], problem.severity), problem.check_name, problem.subject;

COMMENT ON VIEW api.data_integrity IS
'Problems of the data, each with its fix: error (wrong answers), warning (will cause errors), notice (cleanup). No rows: no '
'problems. Reads every manifest, seven days of logs and the 10,000 newest artifacts.';
