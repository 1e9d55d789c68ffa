-- Read the consumers of a tool, with their calls.
SELECT
    kind,
    consumer AS name,
    owner,
    range,
    is_satisfied,
    pointers,
    calls_7_days,
    calls_30_days,
    last_call
FROM api.impact(%(tool)s)
