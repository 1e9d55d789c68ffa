-- Refuses transactions that see only rows committed before they began.
CREATE FUNCTION internal.require_read_committed() RETURNS void
LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF current_setting('transaction_isolation') NOT IN ('read committed', 'read uncommitted') THEN
        RAISE EXCEPTION 'the transaction is %, which does not see what was committed meanwhile; expected read committed',
        current_setting('transaction_isolation')
        USING ERRCODE = 'active_sql_transaction', HINT = 'BEGIN ISOLATION LEVEL READ COMMITTED, '
        'or SET default_transaction_isolation = ''read committed'' before it.';
    END IF;
END
$$;

COMMENT ON FUNCTION internal.require_read_committed IS
'Raises an error unless each statement of the transaction sees all rows committed before it. At other levels, moving or '
'dropping calls would lose calls of other sessions.';
