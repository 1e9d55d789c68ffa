-- End the open suspension of a registry, or of all registries, or every one; an expired one ended at its time, without a
-- role.
UPDATE registry.suspensions
SET
    resumed_by = CASE WHEN until <= %(at)s THEN NULL ELSE registry.caller() END,
    resumed_at = least(until, %(at)s)
WHERE
    resumed_at IS NULL
    AND (
        %(every)s
        OR registry_id IS NOT DISTINCT FROM (
            SELECT known.id FROM registry.registries AS known WHERE known.name = %(registry)s
        )
    )
RETURNING
    reason,
    suspended_by AS by,
    suspended_at AS since,
    until,
    resumed_by IS NOT NULL AS was_in_effect,
    (SELECT known.name FROM registry.registries AS known WHERE known.id = registry_id) AS registry
