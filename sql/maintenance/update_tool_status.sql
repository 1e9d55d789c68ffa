-- Mark tools unavailable whose node is silent, and available again.
SELECT
    'SELECT format(''%s: %s -> %s (%s)'', tool, before, after, reason) AS changed FROM api.update_tool_status()' AS statement
\gexec
\echo 'update_tool_status: done'
