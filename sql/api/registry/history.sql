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
    version.entity_id,
    version.changed_commit,
    version.changed_author
FROM registry.history AS version
INNER JOIN registry.entities AS entity ON entity.id = version.entity_id
INNER JOIN registry.revisions AS revision ON revision.number = version.revision;

COMMENT ON VIEW api.history IS
'Every version of every resource: what was done, the commit that was applied and its author, the commit that changed the file '
'and the author of that (changed_commit, changed_author; NULL where no commit is known), and the manifest since then.';
