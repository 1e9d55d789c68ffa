-- Read the suspensions in effect at a time that concern a registry, or all; the one of all registries first.
SELECT
    suspension.reason,
    suspension.suspended_by AS by,
    suspension.suspended_at AS since,
    suspension.until,
    suspended.name AS registry
FROM registry.suspensions AS suspension
LEFT JOIN registry.registries AS suspended ON suspended.id = suspension.registry_id
WHERE
    suspension.resumed_at IS NULL
    AND (suspension.until IS NULL OR suspension.until > %(at)s)
    AND (%(registry)s::text IS NULL OR suspension.registry_id IS NULL OR suspended.name = %(registry)s)
ORDER BY suspension.registry_id NULLS FIRST
