-- Builds the filter for these names. Looks up identities before the query, so that PostgreSQL plans it for their values.
CREATE FUNCTION internal.filter_of(tool text, agent text, service text, node text, category text) RETURNS internal.call_filter
LANGUAGE plpgsql STABLE AS $$
DECLARE
    filter internal.call_filter;
BEGIN
    IF num_nonnulls(tool, agent, service, node, category) = 0 THEN
        RETURN NULL;
    END IF;
    filter.tool := tool;
    filter.agent := agent;
    filter.service := service;
    filter.node := node;
    filter.category := category;
    filter.tool_ids := internal.identities('Tool', tool);
    filter.service_ids := internal.identities('Service', service);
    filter.node_ids := internal.identities('Node', node);
    filter.nameless_ids
        := internal.identities('Tool', NULL) || internal.identities('Service', NULL) || internal.identities('Node', NULL);
    IF category IS NOT NULL THEN
        filter.category_ids := ARRAY(
            SELECT declared.id FROM registry.tools AS declared WHERE declared.category = filter_of.category
        );
    END IF;
    RETURN filter;
END
$$;

COMMENT ON FUNCTION internal.filter_of IS
'The filter of an analytic for these names, including identities. NULL without a name.';
