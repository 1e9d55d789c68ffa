-- Pause the applies of a registry, or all applies.
INSERT INTO registry.suspensions (reason, until, registry_id)
VALUES (%(reason)s, %(until)s, (SELECT id FROM registry.registries WHERE name = %(registry)s))
RETURNING
    reason,
    suspended_by AS by,
    suspended_at AS since,
    until,
    %(registry)s::text AS registry
