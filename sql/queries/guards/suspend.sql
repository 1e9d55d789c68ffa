-- Pause all applies.
INSERT INTO registry.suspensions (reason, until) VALUES (%(reason)s, %(until)s)
