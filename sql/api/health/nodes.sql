-- Lists declared nodes with the commit that declared each.
CREATE VIEW api.nodes WITH (security_invoker = true) AS
SELECT
    node.id,
    node.name,
    node.manifest #>> '{metadata,title}' AS title,
    node.manifest #>> '{metadata,description}' AS description,
    node.owner,
    (node.manifest #> '{metadata,tags}')::jsonb AS tags,
    (node.manifest #> '{metadata,labels}')::jsonb AS labels,
    node.type,
    node.address,
    node.status,
    (node.manifest #> '{spec,protocols}')::jsonb AS protocols,
    (node.manifest #> '{spec,capacity}')::jsonb AS capacity,
    (node.manifest #> '{spec,location}')::jsonb AS location,
    (node.manifest #> '{spec,healthCheck}')::jsonb AS health_check,
    node.manifest,
    entity.created_at,
    node.updated_at,
    node.revision,
    revision.commit,
    revision.author,
    node.path,
    revision.finished_at AS applied_at,
    owner.name AS registry
FROM registry.nodes AS node
INNER JOIN registry.entities AS entity ON entity.id = node.id
LEFT JOIN registry.revisions AS revision ON revision.number = node.revision
LEFT JOIN registry.registries AS owner ON owner.id = entity.registry_id AND entity.present;

COMMENT ON VIEW api.nodes IS
'Declared nodes with the commit, path and author of each (commit and author are NULL if no commit is known). '
'registry: the registry of the database that declares it.';
