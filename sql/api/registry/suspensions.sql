-- Lists every suspension: the active one, and how the others ended.
CREATE VIEW api.suspensions WITH (security_invoker = true) AS
SELECT
    suspensions.id,
    resumed_at IS NULL AND (until IS NULL OR until > statement_timestamp()) AS active,
    reason,
    until,
    suspended_by,
    suspended_at,
    resumed_by AS ended_by,
    CASE
        WHEN resumed_at IS NOT NULL THEN resumed_at
        WHEN until <= statement_timestamp() THEN until
    END AS ended_at,
    named.name AS registry
FROM registry.suspensions
LEFT JOIN registry.registries AS named ON named.id = suspensions.registry_id;

COMMENT ON VIEW api.suspensions IS
'Every suspension of applies: role, reason, until (NULL: until resumed), whether it is active, and who ended it (ended_by '
'NULL: active or expired). registry: the only suspended registry, NULL for all.';
