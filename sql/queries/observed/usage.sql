-- Read the calls of tools by their agents, and the services that name the tools.
WITH calls AS MATERIALIZED (
    SELECT
        caller.tool_id,
        caller.agent,
        caller.calls_7_days,
        caller.calls_30_days,
        caller.last_call,
        row_number() OVER (
            PARTITION BY caller.tool_id
            ORDER BY caller.calls_30_days DESC, caller.last_call DESC, caller.agent COLLATE "C"
        ) AS place
    FROM internal.callers_of(%(ids)s::uuid[]) AS caller
),

called AS (
    SELECT
        calls.tool_id,
        sum(calls.calls_7_days)::bigint AS calls_7_days,
        sum(calls.calls_30_days)::bigint AS calls_30_days,
        max(calls.last_call) AS last_call,
        count(*) FILTER (WHERE calls.calls_30_days > 0) AS agents,
        json_agg(json_build_object('name', calls.agent, 'calls', calls.calls_30_days) ORDER BY calls.place)
        FILTER (WHERE calls.place <= %(most)s AND calls.calls_30_days > 0) AS named
    FROM calls
    GROUP BY calls.tool_id
),

services AS (
    SELECT
        tool.id,
        array_agg(DISTINCT source.name COLLATE "C" ORDER BY source.name COLLATE "C") AS names
    FROM registry.entities AS tool
    INNER JOIN registry.references AS reference
        ON reference.target_kind = tool.kind AND reference.target_name = tool.name
    INNER JOIN registry.entities AS source ON source.id = reference.source_id
    WHERE tool.id = ANY (%(ids)s::uuid[]) AND source.kind = 'Service'
    GROUP BY tool.id
)

SELECT
    wanted.id::text AS id,
    coalesce(called.calls_7_days, 0) AS calls_7_days,
    coalesce(called.calls_30_days, 0) AS calls_30_days,
    called.last_call,
    coalesce(called.named, '[]')::text AS agents,
    greatest(coalesce(called.agents, 0) - %(most)s, 0) AS more_agents,
    coalesce(services.names[:%(most)s], '{}') AS services,
    greatest(coalesce(cardinality(services.names), 0) - %(most)s, 0) AS more_services
FROM unnest(%(ids)s::uuid[]) AS wanted (id)
LEFT JOIN called ON called.tool_id = wanted.id
LEFT JOIN services ON services.id = wanted.id
