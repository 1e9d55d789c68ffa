-- Returns the first value of a wrong type, or the first unknown argument, in a batch of calls.
CREATE FUNCTION internal.problem_of_types(calls jsonb) RETURNS TABLE (problem text)
LANGUAGE sql STABLE AS $$
    SELECT format('calls[%s]%s', call.position - 1, found.problem) AS problem
    FROM jsonb_array_elements(problem_of_types.calls) WITH ORDINALITY AS call (content, position)
    CROSS JOIN LATERAL (
        SELECT CASE
            WHEN jsonb_typeof(call.content) <> 'object'
                THEN format(' is %s; expected an object', left(call.content::text, 100))
            -- Keys before values: a call then has no more values than arguments exist.
            WHEN call.content - known.arguments <> '{}'
                THEN format(
                    ' has the key "%s"; expected the arguments of log_invocation',
                    left((SELECT min(key.name) FROM jsonb_object_keys(call.content - known.arguments) AS key (name)), 100)
                )
            ELSE (
                SELECT wrong.problem
                FROM jsonb_each(call.content) AS argument (name, value)
                CROSS JOIN LATERAL (
                    SELECT CASE
                    WHEN argument.name IN (
                        'tool', 'status', 'agent', 'trace_id', 'span_id', 'parent_span_id', 'error_code', 'error_message',
                        'node', 'service', 'tool_version'
                    ) THEN CASE WHEN jsonb_typeof(argument.value) NOT IN ('string', 'null')
                        THEN format('.%s is %s; expected a string', argument.name, left(argument.value::text, 100))
                    END
                    WHEN argument.name = 'duration_ms' THEN CASE
                        WHEN jsonb_typeof(argument.value) = 'null' THEN NULL
                        -- Numbers outside of this range overflow or underflow a double precision.
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
                        WHEN jsonb_typeof(argument.value) = 'string' AND internal.is_time(argument.value #>> '{}') THEN NULL
                        ELSE format(
                            '.started_at is %s; expected a time since 1900 with its zone, such as 2026-11-22T10:00:00Z',
                            left(argument.value::text, 100)
                        )
                    END
                    END AS problem
                ) AS wrong
                WHERE wrong.problem IS NOT NULL
                ORDER BY argument.name
                LIMIT 1
            )
        END AS problem
        FROM (
            VALUES (
                ARRAY[
                    'tool', 'status', 'duration_ms', 'agent', 'started_at', 'trace_id', 'span_id', 'parent_span_id',
                    'error_code', 'error_message', 'node', 'service', 'tool_version', 'attempt', 'request_bytes',
                    'response_bytes', 'attributes', 'arguments', 'result'
                ]
            )
        ) AS known (arguments)
        -- Evaluated before the sort, so that the sort carries no calls.
        OFFSET 0
    ) AS found
    WHERE found.problem IS NOT NULL
    ORDER BY call.position
    LIMIT 1
$$;

COMMENT ON FUNCTION internal.problem_of_types IS
'The error message for the first value of a wrong type, or the first unknown argument, in a batch of calls. No row for a '
'valid batch.';
