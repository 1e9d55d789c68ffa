-- Mark tools unavailable whose node is silent, and available again.
SELECT 'SELECT tool, before, after, reason FROM api.update_tool_status()' AS statement
\gexec
