-- Mark tools of silent nodes as unavailable, and tools of reporting nodes as available.
SELECT
    'SELECT format(''%s: %s -> %s (%s)'', tool, before, after, reason) AS changed FROM api.update_tool_status()' AS statement
\gexec
\echo 'update_tool_status: done'
