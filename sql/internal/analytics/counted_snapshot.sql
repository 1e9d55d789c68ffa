-- What the rollups have counted: the transactions that this snapshot saw; NULL where there is no rollup of this server.
CREATE FUNCTION internal.counted_snapshot() RETURNS pg_snapshot
LANGUAGE sql STABLE
RETURN (
    SELECT state.counted
    FROM runtime.rollup_state AS state
    WHERE state.cluster = (SELECT control.system_identifier::text FROM pg_control_system() AS control)
);

COMMENT ON FUNCTION internal.counted_snapshot IS
'The calls of the transactions that this snapshot saw are in the rollups. NULL where there is no rollup of this '
'server.';
