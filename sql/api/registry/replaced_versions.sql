-- Versions of resources that were replaced longer ago than history is kept.
CREATE VIEW api.replaced_versions WITH (security_invoker = true) AS
SELECT
    version.entity_id,
    version.name,
    version.revision,
    version.replaced_at,
    version.replaced_by
FROM (
    SELECT
        version.entity_id,
        version.name,
        version.revision,
        lead(revision.finished_at) OVER later AS replaced_at,
        lead(version.revision) OVER later AS replaced_by,
        lead(version.action) OVER later AS next_action,
        lead(revision.finished_at, 2) OVER later AS next_replaced_at
    FROM registry.history AS version
    INNER JOIN registry.revisions AS revision ON revision.number = version.revision
    WINDOW later AS (PARTITION BY version.entity_id ORDER BY version.revision)
) AS version
CROSS JOIN runtime.settings AS settings
WHERE
    version.replaced_at < now() - settings.keep_history
    -- A deletion is kept together with what it deleted: else nobody could see what it was.
    AND (version.next_action <> 'delete' OR version.next_replaced_at < now() - settings.keep_history)
    -- A copy is written by its subscription alone.
    AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_subscription_rel AS received
        WHERE received.srrelid = 'registry.history'::regclass
    );

COMMENT ON VIEW api.replaced_versions IS
'Versions that purge_history removes: replaced longer ago than runtime.settings.keep_history. The last version of each '
'resource is never among them, nor, where that is a deletion, the one before it. Empty where keep_history is NULL, '
'and where a subscription brings the history from another database.';
