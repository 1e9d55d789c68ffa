-- Read details of drifted resources: the current manifest, the manifest last applied, and its revision.
SELECT
    wanted.id,
    resource.manifest::text AS manifest,
    resource.updated_at,
    version.manifest::text AS applied,
    revision.commit,
    revision.author,
    revision.finished_at
FROM json_array_elements_text(%(ids)s) AS wanted (id)
LEFT JOIN registry.resources AS resource ON resource.id = wanted.id::uuid
LEFT JOIN LATERAL (
    SELECT
        manifest,
        revision
    FROM registry.history
    WHERE entity_id = wanted.id::uuid
    ORDER BY revision DESC
    LIMIT 1
) AS version ON true
LEFT JOIN registry.revisions AS revision ON revision.number = version.revision
