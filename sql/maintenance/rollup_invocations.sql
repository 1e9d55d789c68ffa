-- Count the calls logged since the last rollup.
SELECT 'SELECT api.rollup_invocations()' AS statement
\gexec
\echo 'rollup_invocations: done'
