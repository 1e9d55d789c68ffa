-- Have nothing applied from now on.
INSERT INTO registry.suspensions (reason, until) VALUES (%(reason)s, %(until)s)
