-- Count the last calls of tools with recorded arguments. A renamed tool has its former name until the rename is applied.
SELECT
    wanted.name,
    entity.id::text AS id,
    recorded.calls
FROM json_to_recordset(%(called)s) AS wanted (name text, former text)
CROSS JOIN LATERAL (
    SELECT named.id
    FROM registry.entities AS named
    WHERE named.kind = 'Tool' AND named.name IN (wanted.former, wanted.name)
    ORDER BY named.name = wanted.former DESC
    LIMIT 1
) AS entity
CROSS JOIN LATERAL (
    SELECT count(*) AS calls
    FROM (
        SELECT
        FROM runtime.invocation_logs AS log
        WHERE log.tool_id = entity.id AND log.arguments IS NOT NULL
        LIMIT %(most)s
    ) AS call
) AS recorded
WHERE recorded.calls > 0
