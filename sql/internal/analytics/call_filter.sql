-- The filter of an analytic: names as callers give them, and the identities behind these names. NULL lets all calls through.
CREATE TYPE internal.call_filter AS (
    tool text,
    agent text,
    service text,
    node text,
    category text,
    tool_ids uuid[],
    service_ids uuid[],
    node_ids uuid[],
    category_ids uuid[],
    nameless_ids uuid[]
);

COMMENT ON TYPE internal.call_filter IS
'The filter of an analytic: names, and the identities behind them. nameless_ids: entities without a current name, whose calls '
'are filtered by the name they were logged under.';
