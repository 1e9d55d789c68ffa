-- Lists every version of every resource, with the revision that wrote it.
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
    version.entity_id,
    version.changed_commit,
    version.changed_author,
    revision.registry
FROM registry.history AS version
INNER JOIN registry.entities AS entity ON entity.id = version.entity_id
INNER JOIN registry.revisions AS revision ON revision.number = version.revision;

COMMENT ON VIEW api.history IS
'Every version of every resource: action, the commit that was applied and its author, the commit that changed the file and '
'its author (changed_commit, changed_author; NULL if unknown), and the manifest from then on (NULL for a deletion).';
