-- Lists changes by hand that no longer explain drift and are older than history is kept.
CREATE VIEW api.settled_hand_changes WITH (security_invoker = true) AS
SELECT
    change.id,
    change.entity_id,
    change.at
FROM registry.hand_changes AS change
INNER JOIN registry.entities AS entity ON entity.id = change.entity_id
CROSS JOIN runtime.settings AS settings
WHERE
    change.at < now() - settings.keep_history
    AND NOT EXISTS (
        SELECT FROM registry.resources AS resource
        WHERE resource.id = change.entity_id AND resource.digest IS DISTINCT FROM resource.applied_digest
    )
    AND (NOT entity.present OR EXISTS (SELECT FROM registry.resources AS resource WHERE resource.id = entity.id))
    -- A replicated table is written by its subscription alone.
    AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_subscription_rel AS received
        WHERE received.srrelid = 'registry.hand_changes'::regclass
    );

COMMENT ON VIEW api.settled_hand_changes IS
'Changes by hand that purge_history removes: older than runtime.settings.keep_history, of resources without drift or '
'removed since. Empty if keep_history is NULL, and if a subscription replicates the records from another database.';
