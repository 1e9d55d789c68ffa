-- Logged calls that the rollups have not counted yet.
CREATE VIEW api.uncounted_invocations WITH (security_invoker = true) AS
SELECT
    log.id,
    log.started_at,
    log.recorded_at,
    log.duration_ms,
    log.tool_id,
    log.tool,
    log.agent,
    log.status
FROM runtime.invocation_logs AS log
WHERE
    -- Implied by what follows, and found by an index.
    log.recorded_xid >= coalesce((SELECT pg_snapshot_xmin(state.counted)::text::bigint FROM runtime.rollup_state AS state), 0)
    AND NOT coalesce(
        pg_visible_in_snapshot(
            log.recorded_xid::text::xid8,
            (SELECT state.counted FROM runtime.rollup_state AS state)
        ),
        false
    );

COMMENT ON VIEW api.uncounted_invocations IS
'Internal: calls that the rollups have not counted yet. With what the rollups say they are all calls, each once.';
