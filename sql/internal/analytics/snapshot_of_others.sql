-- Returns the snapshot of this statement without the calls of its own transaction.
-- PostgreSQL leaves the current transaction out of the list of running ones: a call that it logs after a rollup would pass
-- for counted, and be lost.
CREATE FUNCTION internal.snapshot_of_others() RETURNS pg_snapshot
LANGUAGE sql STABLE PARALLEL SAFE AS $$
SELECT
    format(
        '%s:%s:%s',
        pg_snapshot_xmin(pg_current_snapshot()),
        pg_snapshot_xmax(pg_current_snapshot()),
        string_agg(running.xid::text, ',' ORDER BY running.xid)
    )::pg_snapshot
FROM (
    SELECT pg_snapshot_xip(pg_current_snapshot()) AS xid
    UNION
    SELECT pg_current_xact_id_if_assigned()
) AS running
WHERE running.xid < pg_snapshot_xmax(pg_current_snapshot())
$$;

COMMENT ON FUNCTION internal.snapshot_of_others IS
'The snapshot of the calling statement, in which the calling transaction still runs.';
