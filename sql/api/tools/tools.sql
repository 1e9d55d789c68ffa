-- Lists declared tools with their contract and the commit that declared each.
CREATE VIEW api.tools WITH (security_invoker = true) AS
SELECT
    tool.id,
    tool.name,
    tool.tool_name,
    tool.manifest #>> '{metadata,title}' AS title,
    tool.manifest #>> '{metadata,description}' AS description,
    tool.owner,
    ARRAY(
        SELECT tag.tag
        FROM registry.tool_tags AS tag
        WHERE tag.tool_id = tool.id
        ORDER BY tag.tag
    ) AS tags,
    (tool.manifest #> '{metadata,labels}')::jsonb AS labels,
    tool.version,
    tool.category,
    tool.lifecycle,
    (tool.manifest #> '{spec,deprecation}')::jsonb AS deprecation,
    tool.service,
    tool.node,
    -- Of type json: a model reads properties in the order in which they were written.
    tool.manifest #> '{spec,inputSchema}' AS input_schema,
    tool.manifest #> '{spec,outputSchema}' AS output_schema,
    (tool.manifest #> '{spec,annotations}')::jsonb AS annotations,
    tool.manifest #> '{spec,icons}' AS icons,
    tool.manifest #> '{spec,execution}' AS execution,
    tool.manifest #> '{spec,meta}' AS meta,
    tool.manifest #> '{spec,examples}' AS examples,
    (tool.manifest #> '{spec,errors}')::jsonb AS errors,
    (tool.manifest #> '{spec,limits}')::jsonb AS limits,
    (tool.manifest #> '{spec,objectives}')::jsonb AS objectives,
    tool.manifest,
    entity.created_at,
    tool.updated_at,
    tool.revision,
    revision.commit,
    revision.author,
    tool.path,
    revision.finished_at AS applied_at,
    owner.name AS registry
FROM registry.tools AS tool
INNER JOIN registry.entities AS entity ON entity.id = tool.id
LEFT JOIN registry.revisions AS revision ON revision.number = tool.revision
LEFT JOIN registry.registries AS owner ON owner.id = entity.registry_id AND entity.present;

COMMENT ON VIEW api.tools IS
'Tools that are declared, with the commit, path and author of each (commit and author are NULL if no commit is known). '
'registry: the registry of the database that declares it.';
