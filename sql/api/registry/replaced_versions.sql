-- Lists versions of resources that were replaced longer ago than history is kept.
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
    -- A deletion is kept together with the deleted version, which shows the removed content.
    AND (version.next_action <> 'delete' OR version.next_replaced_at < now() - settings.keep_history)
    -- A replicated table is written by its subscription alone.
    AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_subscription_rel AS received
        WHERE received.srrelid = 'registry.history'::regclass
    );

COMMENT ON VIEW api.replaced_versions IS
'Versions that purge_history removes: replaced longer ago than runtime.settings.keep_history. The last version of each '
'resource stays, and if it is a deletion, the version before it, too. Empty if keep_history is NULL, and if a subscription '
'replicates the history from another database.';
