-- Returns the arguments and result of a call to the caller that logged it.
CREATE FUNCTION api.invocation_payload(invocation bigint)
RETURNS TABLE (arguments jsonb, result jsonb, attributes jsonb)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT
        log.arguments,
        log.result,
        log.attributes
    FROM runtime.invocation_logs AS log
    WHERE
        log.id = invocation_payload.invocation
        AND (
            log.recorded_by = registry.caller()
            OR has_column_privilege(registry.acting_role(), 'runtime.invocation_logs', 'arguments', 'SELECT')
        )
$$;

COMMENT ON FUNCTION api.invocation_payload IS
'Arguments, result and attributes of a call, for the caller that logged it and for roles with SELECT on '
'runtime.invocation_logs.arguments. No row for an unknown call or a call of another caller.';
