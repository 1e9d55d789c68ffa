-- Returns the resources declared at an applied revision, or at a time.
CREATE FUNCTION api.registry_at(number bigint DEFAULT NULL, at timestamptz DEFAULT NULL) RETURNS TABLE (
    kind text,
    name text,
    id uuid,
    owner text,
    manifest json,
    path text,
    revision bigint,
    commit text,
    author text,
    subject text,
    applied_at timestamptz,
    digest text,
    blob text,
    registry text
)
LANGUAGE sql STABLE AS $$
WITH asked AS MATERIALIZED (
    SELECT internal.applied_revision(registry_at.number, registry_at.at) AS number
)

SELECT
    entity.kind,
    version.name,
    entity.id,
    version.manifest #>> '{metadata,owner}',
    version.manifest,
    coalesce(place.path, version.path),
    version.revision,
    revision.commit,
    revision.author,
    revision.subject,
    revision.finished_at,
    version.digest,
    coalesce(place.blob, version.blob),
    named.name
FROM asked
CROSS JOIN registry.entities AS entity
-- One index lookup per identity: the cost depends on the number of identities, not on their changes.
CROSS JOIN LATERAL (
    SELECT *
    FROM registry.history AS history
    WHERE history.entity_id = entity.id AND history.revision <= asked.number
    ORDER BY history.revision DESC
    LIMIT 1
) AS version
LEFT JOIN LATERAL (
    SELECT
        relocation.path,
        relocation.blob
    FROM registry.relocations AS relocation
    WHERE
        relocation.entity_id = entity.id
        AND relocation.revision > version.revision
        AND relocation.revision <= asked.number
    ORDER BY relocation.revision DESC
    LIMIT 1
) AS place ON true
-- One lookup per resource, too: the planner would hash all revisions for each resource.
LEFT JOIN LATERAL (
    SELECT *
    FROM registry.revisions AS made
    WHERE made.number = version.revision
    LIMIT 1
) AS revision ON true
LEFT JOIN registry.registries AS named ON named.id = revision.registry_id
WHERE version.action <> 'delete'
$$;

COMMENT ON FUNCTION api.registry_at IS
'Resources declared at an applied revision (number), or at a time (at: after the newest revision applied by then); give '
'exactly one of both. Each with its name, manifest and file at the time, and the revision and registry that wrote it. '
'Changes by hand are not included.';
