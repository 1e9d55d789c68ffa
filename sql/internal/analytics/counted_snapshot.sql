-- Returns the snapshot of the last rollup, whose visible transactions are counted; NULL without a rollup on this server.
CREATE FUNCTION internal.counted_snapshot() RETURNS pg_snapshot
LANGUAGE sql STABLE
RETURN (
    SELECT state.counted
    FROM runtime.rollup_state AS state
    WHERE state.cluster = (SELECT control.system_identifier::text FROM pg_control_system() AS control)
);

COMMENT ON FUNCTION internal.counted_snapshot IS
'The snapshot of the last rollup: calls of the transactions visible to it are in the rollups. NULL without a rollup on this '
'server.';
