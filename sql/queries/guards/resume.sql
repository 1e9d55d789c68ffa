-- End the open suspension, if any; an expired one ended at its time, without a role.
UPDATE registry.suspensions
SET
    resumed_by = CASE WHEN until <= %(at)s THEN NULL ELSE registry.caller() END,
    resumed_at = least(until, %(at)s)
WHERE resumed_at IS NULL
RETURNING
    reason,
    suspended_by AS by,
    suspended_at AS since,
    until,
    resumed_by IS NOT NULL AS was_in_effect
