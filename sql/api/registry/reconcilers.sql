-- Lists the branches that toolreg reconcile follows, with the state that the holder of the lease recorded last.
CREATE VIEW api.reconcilers WITH (security_invoker = true) AS
SELECT
    source,
    registry,
    holder,
    expires_at > clock_timestamp() AS is_alive,
    condition,
    reason,
    message,
    since,
    head,
    attempted,
    behind,
    looked_at
FROM registry.reconcilers;

COMMENT ON VIEW api.reconcilers IS
'The branches that toolreg reconcile follows: who holds the lease, condition (Ready, Reconciling, Stalled) with reason, '
'message and beginning, last commit of the branch, commit tried last, and number of commits not applied.';
