-- Counts days anew, for when somebody changed or removed raw rows by hand.
CREATE FUNCTION api.rebuild_rollup(since date DEFAULT '-infinity', until date DEFAULT 'infinity') RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET lock_timeout = '30s'
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    brought_up_to_date CONSTANT text := api.rollup_invocations();
BEGIN
    -- The lock of the rollup is held until the end of the transaction, and with it what it has counted.
    RETURN api.recount_days(since, until, api.counted_snapshot(), 'infinity');
END
$$;

COMMENT ON FUNCTION api.rebuild_rollup IS
'Count the days from since to before until (UTC) anew from their raw rows, for when somebody changed those by hand. Days whose logs were dropped keep what they have.';
GRANT EXECUTE ON FUNCTION api.rebuild_rollup TO toolreg_reconciler;
