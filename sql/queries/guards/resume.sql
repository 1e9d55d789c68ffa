-- End the open suspension, if any; an expired one ended at its time, without a role.
UPDATE registry.suspensions
SET
    resumed_by = CASE WHEN until <= statement_timestamp() THEN NULL ELSE registry.caller() END,
    resumed_at = least(until, statement_timestamp())
WHERE resumed_at IS NULL
RETURNING
    reason,
    suspended_by,
    suspended_at,
    until,
    resumed_by IS NOT NULL AS was_in_effect
