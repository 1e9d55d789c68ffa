-- Read the suspension in effect at a time, if any.
SELECT
    reason,
    suspended_by AS by,
    suspended_at AS since,
    until
FROM registry.suspensions
WHERE resumed_at IS NULL AND (until IS NULL OR until > %(at)s)
