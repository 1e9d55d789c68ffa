-- Lists contradictions in the declared state.
CREATE VIEW internal.declaration_problems WITH (security_invoker = true) AS
WITH drifted AS (
    SELECT
        resource.kind,
        resource.name,
        resource.applied_digest
    FROM registry.resources AS resource
    WHERE
        resource.digest IS DISTINCT FROM resource.applied_digest
        -- Every id lies between these two: the condition enables the partial indexes on id, which hold only drifted rows.
        AND resource.id >= (SELECT '00000000-0000-0000-0000-000000000000'::uuid)
        AND resource.id <= (SELECT 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid)
),

-- Rows as applied. For drifted rows, only the drift itself is reported, not its consequences.
sound AS (
    SELECT
        resource.id,
        resource.kind,
        resource.name,
        resource.manifest
    FROM registry.resources AS resource
    WHERE resource.digest = resource.applied_digest
),

tags AS (
    SELECT
        sound.name,
        coalesce(held.tag, declared.tag) AS tag,
        held.tag IS NULL AS is_missing
    FROM (
        SELECT
            sound.id AS tool_id,
            tag.value AS tag
        FROM sound
        CROSS JOIN LATERAL json_array_elements_text(sound.manifest #> '{metadata,tags}') AS tag
        WHERE sound.kind = 'Tool'
    ) AS declared
    FULL JOIN registry.tool_tags AS held ON held.tool_id = declared.tool_id AND held.tag = declared.tag
    INNER JOIN sound ON sound.id = coalesce(held.tool_id, declared.tool_id)
    WHERE held.tag IS NULL OR declared.tag IS NULL
),

-- A JSON Pointer (RFC 6901) as a path: ~1 is a slash, ~0 a tilde. If a column has the name, no manifest is read.
pointed AS (
    SELECT
        reference.source_id,
        reference.pointer,
        reference.target_kind,
        reference.target_name,
        sound.kind,
        sound.name,
        CASE
            WHEN tool.id IS NOT NULL AND reference.pointer = '/spec/service' THEN tool.service
            WHEN tool.id IS NOT NULL AND reference.pointer = '/spec/node' THEN tool.node
            ELSE sound.manifest #>> ARRAY(
                SELECT replace(replace(step.key, '~1', '/'), '~0', '~')
                FROM unnest(string_to_array(substr(reference.pointer, 2), '/')) WITH ORDINALITY AS step (key, place)
                ORDER BY step.place
            )
        END AS declared_name
    FROM registry.references AS reference
    INNER JOIN sound ON sound.id = reference.source_id
    LEFT JOIN registry.tools AS tool ON tool.id = reference.source_id
)

SELECT
    'warning' AS severity,
    CASE WHEN drifted.applied_digest IS NULL THEN 'unmanaged_row' ELSE 'changed_by_hand' END AS check_name,
    drifted.kind || '/' || drifted.name AS subject,
    CASE
        WHEN drifted.applied_digest IS NULL THEN 'the row was put in by hand; no revision has it'
        ELSE 'the manifest is not the one that was applied: it was changed by hand'
    END AS problem,
    CASE
        WHEN drifted.applied_digest IS NULL THEN 'declare it in git and run toolreg apply, or delete the row'
        ELSE 'toolreg plan shows how, toolreg apply puts it right'
    END AS fix
FROM drifted
UNION ALL
SELECT
    'error',
    'missing_row',
    entity.kind || '/' || entity.name,
    'it is declared, but its row is missing: it was removed by hand',
    'toolreg apply brings it back'
FROM registry.entities AS entity
WHERE entity.present AND NOT EXISTS (SELECT FROM registry.resources AS resource WHERE resource.id = entity.id)
UNION ALL
SELECT
    'error',
    'row_without_presence',
    sound.kind || '/' || sound.name,
    'its row was applied, but its identity says that it is not declared, or has another name',
    'toolreg plan shows what is declared; restore registry.entities from a backup'
FROM sound
LEFT JOIN registry.entities AS entity ON entity.id = sound.id
WHERE (entity.present AND entity.kind = sound.kind AND entity.name = sound.name) IS NOT TRUE
UNION ALL
SELECT
    'error',
    'tag_disagrees',
    'Tool/' || tags.name,
    CASE
        WHEN tags.is_missing THEN format('the manifest has the tag %s, registry.tool_tags does not', tags.tag)
        ELSE format('registry.tool_tags has the tag %s, the manifest does not', tags.tag)
    END,
    'change the tags of the manifest in git and run toolreg apply: it writes them anew'
FROM tags
UNION ALL
SELECT
    'error',
    'reference_disagrees',
    pointed.kind || '/' || pointed.name,
    format(
        'registry.references names %s/%s at %s, the manifest %s',
        pointed.target_kind,
        pointed.target_name,
        pointed.pointer,
        coalesce(pointed.declared_name, 'nothing')
    ),
    'change the manifest in git and run toolreg apply: it writes its references anew'
FROM pointed
WHERE lower(pointed.declared_name) IS DISTINCT FROM lower(pointed.target_name)
UNION ALL
SELECT
    'error',
    'reference_dangles',
    pointed.kind || '/' || pointed.name,
    format('it names %s/%s at %s, which is not declared', pointed.target_kind, pointed.target_name, pointed.pointer),
    'declare it, or remove the reference from the manifest, and run toolreg apply'
FROM pointed
WHERE NOT EXISTS (
    SELECT FROM registry.entities AS entity
    WHERE entity.kind = pointed.target_kind AND entity.name = pointed.target_name AND entity.present
)
UNION ALL
SELECT
    'error',
    'reference_missing',
    'Tool/' || tool.name,
    format('its manifest names %s at %s, registry.references does not', named.target, named.pointer),
    'change the manifest in git and run toolreg apply: it writes its references anew'
FROM registry.tools AS tool
CROSS JOIN LATERAL (VALUES ('/spec/service', tool.service), ('/spec/node', tool.node)) AS named (pointer, target)
WHERE
    tool.digest = tool.applied_digest
    AND named.target IS NOT NULL
    AND NOT EXISTS (
        SELECT FROM registry.references AS reference
        WHERE reference.source_id = tool.id AND reference.pointer = named.pointer
    )
UNION ALL
SELECT
    'error',
    'reference_of_nothing',
    entity.kind || '/' || coalesce(entity.name, entity.id::text),
    format('registry.references has %s of it, but it is not there', reference.pointer),
    'restore registry.references from a backup, or apply the resource again and then remove it'
FROM registry.references AS reference
INNER JOIN registry.entities AS entity ON entity.id = reference.source_id
WHERE
    NOT entity.present
    AND NOT EXISTS (SELECT FROM registry.resources AS resource WHERE resource.id = reference.source_id)
UNION ALL
SELECT
    'warning',
    'node_not_active',
    'Tool/' || tool.name,
    format('it is %s and runs on %s, whose status is %s', tool.lifecycle, node.name, node.status),
    'give the tool another spec.node, or the node spec.status active, and run toolreg apply'
FROM registry.tools AS tool
INNER JOIN registry.nodes AS node ON node.name = tool.node
WHERE tool.lifecycle IN ('active', 'deprecated') AND node.status <> 'active';

COMMENT ON VIEW internal.declaration_problems IS
'The part of data_integrity about schema registry. Reads every manifest once.';
