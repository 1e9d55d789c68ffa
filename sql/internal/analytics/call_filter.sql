-- The filter of an analytic: names as given by callers, and the identities with these names. NULL: all calls.
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
    nameless_ids uuid[],
    tools uuid[]
);

COMMENT ON TYPE internal.call_filter IS
'The filter of an analytic: names, and the identities with these names. nameless_ids: entities without a current name, '
'whose calls are filtered by their logged name. tools: several tools by identity, regardless of names.';
