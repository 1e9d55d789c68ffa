-- The first thing in a batch of calls that is no value of the type of its argument, or no argument at all.
CREATE FUNCTION api.problem_of_types(calls jsonb) RETURNS TABLE (problem text)
LANGUAGE sql STABLE AS $$
    SELECT format('calls[%s]%s', call.position - 1, found.problem) AS problem
    FROM jsonb_array_elements(problem_of_types.calls) WITH ORDINALITY AS call (content, position)
    LEFT JOIN LATERAL jsonb_each(
        CASE WHEN jsonb_typeof(call.content) = 'object' THEN call.content END
    ) AS argument (name, value) ON true
    CROSS JOIN LATERAL (
        SELECT CASE
            WHEN jsonb_typeof(call.content) <> 'object'
                THEN format(' is %s; expected an object', left(call.content::text, 100))
            WHEN argument.name IN (
                'tool', 'status', 'agent', 'trace_id', 'span_id', 'parent_span_id', 'error_code', 'error_message',
                'node', 'service', 'tool_version'
            ) THEN CASE WHEN jsonb_typeof(argument.value) NOT IN ('string', 'null')
                THEN format('.%s is %s; expected a string', argument.name, left(argument.value::text, 100))
            END
            WHEN argument.name = 'duration_ms' THEN CASE
                WHEN jsonb_typeof(argument.value) = 'null' THEN NULL
                -- Beyond these a double precision has no number, or only zero.
                WHEN jsonb_typeof(argument.value) = 'number' THEN CASE
                    WHEN argument.value::numeric <> 0 AND abs(argument.value::numeric) NOT BETWEEN 1e-300 AND 1e300
                        THEN format(
                            '.duration_ms is %s; expected milliseconds from 0 to 3155760000000, a hundred years',
                            left(argument.value::text, 100)
                        )
                END
                ELSE format('.duration_ms is %s; expected a number', left(argument.value::text, 100))
            END
            WHEN argument.name IN ('attempt', 'request_bytes', 'response_bytes') THEN CASE
                WHEN jsonb_typeof(argument.value) = 'null' THEN NULL
                WHEN jsonb_typeof(argument.value) = 'number' THEN CASE
                    WHEN abs(argument.value::numeric) > 9223372036854775807
                        OR argument.value::numeric <> trunc(argument.value::numeric)
                        THEN format(
                            '.%s is %s; expected a whole number', argument.name, left(argument.value::text, 100)
                        )
                END
                ELSE format('.%s is %s; expected a whole number', argument.name, left(argument.value::text, 100))
            END
            WHEN argument.name = 'started_at' THEN CASE
                WHEN jsonb_typeof(argument.value) = 'null' THEN NULL
                WHEN jsonb_typeof(argument.value) = 'string' AND api.is_time(argument.value #>> '{}') THEN NULL
                ELSE format(
                    '.started_at is %s; expected a time since 1900 with its zone, such as 2026-11-22T10:00:00Z',
                    left(argument.value::text, 100)
                )
            END
            WHEN argument.name NOT IN ('attributes', 'arguments', 'result')
                THEN format(' has the key "%s"; expected the arguments of log_invocation', left(argument.name, 100))
        END AS problem
    ) AS found
    WHERE found.problem IS NOT NULL
    ORDER BY call.position, argument.name
    LIMIT 1
$$;

COMMENT ON FUNCTION api.problem_of_types IS
'Internal: the first thing in a batch of calls that is no value of the type of its argument, or no argument at all.';
