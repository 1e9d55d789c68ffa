-- Six calls of five tools of the shipped registry, for a first look: psql -f sql/sample/invocations.sql
-- Then: SELECT * FROM api.orchestration_analytics();
SELECT
    api.log_invocation(
        tool => sample.tool,
        status => sample.status,
        duration_ms => sample.duration_ms,
        agent => sample.agent,
        -- In the order in which they stand, a minute apart, the last one a minute ago.
        started_at => now() - sample.minutes_ago * interval '1 minute',
        trace_id => sample.trace_id,
        error_code => sample.error_code,
        error_message => sample.error_message
    ) AS logged
FROM (
    VALUES
    ('validate_token', 'success', 42, 'PersonalAssistant_001', 6, '5b8aa5a2d2c872e8321cf37308d69df2', NULL, NULL),
    ('get_customer_profile', 'success', 180, 'PersonalAssistant_001', 5, '5b8aa5a2d2c872e8321cf37308d69df2', NULL, NULL),
    ('process_payment', 'success', 950, 'PersonalAssistant_001', 4, '5b8aa5a2d2c872e8321cf37308d69df2', NULL, NULL),
    ('check_inventory', 'success', 120, 'CustomerService_002', 3, '7d3efb1b173fecfa8d2e3c4b5a69788f', NULL, NULL),
    (
        'process_payment', 'failure', 700, 'CustomerService_002', 2, '7d3efb1b173fecfa8d2e3c4b5a69788f',
        'CARD_DECLINED', 'The bank refused the card.'
    ),
    ('file_analyzer', 'success', 1650, 'DocumentProcessor_003', 1, 'c0ffee00c0ffee00c0ffee00c0ffee00', NULL, NULL)
) AS sample (tool, status, duration_ms, agent, minutes_ago, trace_id, error_code, error_message)
ORDER BY sample.minutes_ago DESC;
