-- Who names one of these resources.
SELECT
    source.kind,
    source.name,
    source.path,
    reference.pointer,
    reference.target_kind,
    reference.target_name
FROM json_to_recordset(%(refs)s) AS target (kind text, name text)
INNER JOIN registry.references AS reference
    ON reference.target_kind = target.kind AND reference.target_name = target.name
INNER JOIN registry.resources AS source ON source.id = reference.source_id
