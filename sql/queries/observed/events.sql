-- The changes after a revision, at least a batch of whole revisions.
SELECT
    change.revision,
    change.revision_id::text AS revision_id,
    change.changed_at,
    change.action,
    change.kind,
    change.name,
    change.former_name,
    change.entity_id::text AS entity_id,
    change.digest,
    CASE WHEN %(with_manifests)s::boolean THEN change.manifest::text END AS manifest
FROM api.changes_since(%(since)s::bigint, %(since_id)s::uuid, %(most)s::bigint) AS change
