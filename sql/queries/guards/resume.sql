-- End the suspension that is open, if any; one whose time has passed was over then, and by itself.
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
