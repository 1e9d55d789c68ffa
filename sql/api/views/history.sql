-- Every version of every resource, with the revision that made it.
CREATE VIEW api.history WITH (security_invoker = true) AS
SELECT
    entity.kind,
    version.name,
    version.revision,
    version.action,
    version.drifted,
    revision.commit,
    revision.author,
    revision.subject,
    revision.finished_at AS applied_at,
    revision.applied_by,
    version.path,
    version.digest,
    version.manifest,
    version.entity_id
FROM registry.history AS version
INNER JOIN registry.entities AS entity ON entity.id = version.entity_id
INNER JOIN registry.revisions AS revision ON revision.number = version.revision;

COMMENT ON VIEW api.history IS
'Every version of every resource: what was done, by which commit and author, and the manifest since then.';
