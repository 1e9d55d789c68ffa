-- Find tools whose new version an earlier revision had, though no revision had this version with the new contract.
-- The contract is all that callers and models see of a tool: its words, its name for agents, and spec without the node.
SELECT
    wanted.kind,
    wanted.name,
    proposed.version,
    revision.number AS revision,
    revision.commit,
    revision.finished_at AS applied_at
FROM json_to_recordset(%(wanted)s) AS wanted (id uuid, kind text, name text, text text)
CROSS JOIN LATERAL (SELECT wanted.text::jsonb AS manifest) AS parsed
CROSS JOIN LATERAL (
    SELECT
        parsed.manifest #>> '{spec,version}' AS version,
        jsonb_build_array(
            (parsed.manifest -> 'spec') - '{version,node,toolName}'::text[],
            coalesce(parsed.manifest #> '{spec,toolName}', parsed.manifest #> '{metadata,name}'),
            parsed.manifest #> '{metadata,title}',
            parsed.manifest #> '{metadata,description}'
        ) AS contract
) AS proposed
CROSS JOIN LATERAL (
    SELECT
        max(version.revision) AS revision,
        bool_or(
            jsonb_build_array(
                (version.manifest::jsonb -> 'spec') - '{version,node,toolName}'::text[],
                coalesce(version.manifest::jsonb #> '{spec,toolName}', version.manifest::jsonb #> '{metadata,name}'),
                version.manifest::jsonb #> '{metadata,title}',
                version.manifest::jsonb #> '{metadata,description}'
            ) = proposed.contract
        ) AS is_known
    FROM registry.history AS version
    WHERE
        version.entity_id = wanted.id
        AND version.manifest #>> '{spec,version}' = proposed.version
) AS had
INNER JOIN registry.revisions AS revision ON revision.number = had.revision
WHERE NOT had.is_known
ORDER BY wanted.name COLLATE "C"
