-- Pause all applies.
INSERT INTO registry.suspensions (reason, until) VALUES (%(reason)s, %(until)s)
RETURNING
    reason,
    suspended_by AS by,
    suspended_at AS since,
    until
