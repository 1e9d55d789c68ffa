-- Lists declared services with their orchestration facts and the commit that declared each.
CREATE VIEW api.services WITH (security_invoker = true) AS
SELECT
    service.id,
    service.name,
    service.manifest #>> '{metadata,title}' AS title,
    service.manifest #>> '{metadata,description}' AS description,
    service.owner,
    (service.manifest #> '{metadata,tags}')::jsonb AS tags,
    (service.manifest #> '{metadata,labels}')::jsonb AS labels,
    service.type,
    service.endpoint,
    service.version,
    service.protocol,
    service.auth_type,
    (service.manifest #> '{spec,auth}')::jsonb AS auth_config,
    (service.manifest #> '{spec,recommendedTools}')::jsonb AS recommended_tools,
    CASE
        WHEN service.manifest #> '{spec,uses}' IS NULL THEN (service.manifest #> '{spec,usesTools}')::jsonb
        -- By a JSON path, since a row changed by hand may hold another type than a list.
        ELSE
            jsonb_path_query_array((service.manifest #> '{spec}')::jsonb, '$.usesTools[*]')
            || jsonb_path_query_array((service.manifest #> '{spec}')::jsonb, '$.uses[*].tool')
    END AS uses_tools,
    (service.manifest #> '{spec,capabilities}')::jsonb AS capabilities,
    (service.manifest #> '{spec,communicationPatterns}')::jsonb AS communication_patterns,
    (service.manifest #> '{spec,orchestration}')::jsonb AS orchestration,
    service.manifest,
    entity.created_at,
    service.updated_at,
    service.revision,
    revision.commit,
    revision.author,
    service.path,
    revision.finished_at AS applied_at,
    (service.manifest #> '{spec,uses}')::jsonb AS uses,
    owner.name AS registry
FROM registry.services AS service
INNER JOIN registry.entities AS entity ON entity.id = service.id
LEFT JOIN registry.revisions AS revision ON revision.number = service.revision
LEFT JOIN registry.registries AS owner ON owner.id = entity.registry_id AND entity.present;

COMMENT ON VIEW api.services IS
'Declared services with their orchestration facts, and the commit, path and author of each (commit and author are NULL if '
'no commit is known). uses_tools: the tools of usesTools and of uses, whose ranges of versions are in uses. '
'registry: the registry of the database that declares it.';
