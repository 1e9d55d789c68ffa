-- Read the active suspension, if any.
SELECT
    reason,
    suspended_by,
    suspended_at,
    until
FROM registry.suspensions
WHERE resumed_at IS NULL AND (until IS NULL OR until > statement_timestamp())
