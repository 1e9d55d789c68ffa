-- Read the recorded arguments of the last calls of a tool, newest first.
SELECT
    log.agent,
    log.arguments::text AS arguments
FROM runtime.invocation_logs AS log
WHERE log.tool_id = %(id)s AND log.arguments IS NOT NULL
ORDER BY log.started_at DESC, log.id DESC
LIMIT %(most)s
