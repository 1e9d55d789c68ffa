-- Let renames be followed, and taken back, through commits that were not applied: say which names a resource left, and with
-- which file. Until now only names under which it was applied were known, from its versions, which may be purged.

CREATE TABLE registry.former_names (
    entity_id uuid NOT NULL,
    kind text NOT NULL,
    name text NOT NULL,
    blob text NOT NULL,
    revision bigint,
    CONSTRAINT former_name_is_left_once_with_a_file PRIMARY KEY (entity_id, name, blob),
    CONSTRAINT renamed_entity_exists FOREIGN KEY (entity_id) REFERENCES registry.entities (id)
);
COMMENT ON TABLE registry.former_names IS
'Names that a resource left for another one, also on the way between two applied commits. Written by toolreg apply. Append-only.';
COMMENT ON COLUMN registry.former_names.kind IS 'The kind of the resource, so that a name is found by one index.';
COMMENT ON COLUMN registry.former_names.blob IS
'The git blob of its file when it left the name: the same blob there again takes the rename back. Empty where it is not known.';
COMMENT ON COLUMN registry.former_names.revision IS
'The first revision that knew of it; NULL for a name that was left before this table was made.';

CREATE INDEX former_names_by_name ON registry.former_names (kind, name);

CREATE TRIGGER former_names_are_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON registry.former_names
FOR EACH STATEMENT EXECUTE FUNCTION registry.refuse_rewriting();

-- A version that moves says what came after; the version before it, under which name and with which file it was until then.
INSERT INTO registry.former_names (entity_id, kind, name, blob)
SELECT DISTINCT
    version.entity_id,
    entity.kind,
    version.name,
    coalesce(version.blob, '')
FROM (
    SELECT
        history.entity_id,
        history.name,
        history.blob,
        lead(history.name) OVER (PARTITION BY history.entity_id ORDER BY history.revision) AS next_name
    FROM registry.history AS history
) AS version
INNER JOIN registry.entities AS entity ON entity.id = version.entity_id
-- The last version, too, where the name was given to another resource since.
WHERE coalesce(version.next_name, entity.name, '') <> version.name;

GRANT SELECT ON registry.former_names TO toolreg_reader, toolreg_agent, toolreg_reconciler;
GRANT INSERT ON registry.former_names TO toolreg_reconciler;
