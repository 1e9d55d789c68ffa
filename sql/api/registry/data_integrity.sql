-- What is wrong with the data, each problem with its fix.
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
'Each row is a problem, with its fix: error (wrong answers), warning (will become one), notice (to be tidied up). No row is good news. Reads every manifest, seven days of logs and the 10,000 newest artifacts.';
