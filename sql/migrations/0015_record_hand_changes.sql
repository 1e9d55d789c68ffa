-- Record who changes a resource by hand, and when: a digest that differs says neither.

CREATE TABLE registry.hand_changes (
    id bigint GENERATED ALWAYS AS IDENTITY,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    role text NOT NULL DEFAULT session_user,
    action text NOT NULL,
    kind text NOT NULL,
    name text NOT NULL,
    entity_id uuid NOT NULL,
    revision bigint,
    CONSTRAINT hand_changes_have_an_id PRIMARY KEY (id),
    -- Deferrable, as that of the row itself: the identity may be put in after it.
    CONSTRAINT changed_entity_exists FOREIGN KEY (entity_id) REFERENCES registry.entities (id)
    DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT hand_action_is_known CHECK (action IN ('insert', 'update', 'delete'))
);
COMMENT ON TABLE registry.hand_changes IS
'Who changed a resource outside of applying, and when. Append-only; what explains nothing any more may be purged.';
COMMENT ON COLUMN registry.hand_changes.role IS 'The role that logged in, whatever it was set to since.';
COMMENT ON COLUMN registry.hand_changes.name IS 'The name that the row had before; that which it came with, for an insert.';
COMMENT ON COLUMN registry.hand_changes.revision IS
'The last version of the resource in registry.history at that time, NULL where it had none. A later one replaced the change.';

CREATE INDEX hand_changes_by_entity ON registry.hand_changes (entity_id, id);
CREATE INDEX hand_changes_by_time ON registry.hand_changes (at);

-- With the rights of its owner: whoever may change the row is recorded, and may not write the record.
CREATE FUNCTION registry.record_by_hand() RETURNS trigger
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF TG_OP <> 'UPDATE' OR OLD.manifest::text <> NEW.manifest::text THEN
        INSERT INTO registry.hand_changes (action, kind, name, entity_id, revision)
        SELECT
            lower(TG_OP),
            coalesce(OLD.kind, NEW.kind),
            coalesce(OLD.name, NEW.name),
            coalesce(OLD.id, NEW.id),
            max(version.revision)
        FROM registry.history AS version
        WHERE version.entity_id = coalesce(OLD.id, NEW.id);
    END IF;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION registry.record_by_hand IS 'Trigger: records who changes a resource by hand.';
REVOKE ALL ON FUNCTION registry.record_by_hand FROM PUBLIC;

CREATE TRIGGER nodes_changed_by_hand AFTER INSERT OR UPDATE OR DELETE ON registry.nodes
FOR EACH ROW WHEN (NOT registry.is_applying()) EXECUTE FUNCTION registry.record_by_hand();
CREATE TRIGGER services_changed_by_hand AFTER INSERT OR UPDATE OR DELETE ON registry.services
FOR EACH ROW WHEN (NOT registry.is_applying()) EXECUTE FUNCTION registry.record_by_hand();
CREATE TRIGGER tools_changed_by_hand AFTER INSERT OR UPDATE OR DELETE ON registry.tools
FOR EACH ROW WHEN (NOT registry.is_applying()) EXECUTE FUNCTION registry.record_by_hand();

-- TRUNCATE shows no row to a trigger, so that nobody could tell what is gone; DELETE does the same and is recorded.
CREATE TRIGGER nodes_are_not_truncated BEFORE TRUNCATE ON registry.nodes
FOR EACH STATEMENT EXECUTE FUNCTION registry.refuse_by_hand();
CREATE TRIGGER services_are_not_truncated BEFORE TRUNCATE ON registry.services
FOR EACH STATEMENT EXECUTE FUNCTION registry.refuse_by_hand();
CREATE TRIGGER tools_are_not_truncated BEFORE TRUNCATE ON registry.tools
FOR EACH STATEMENT EXECUTE FUNCTION registry.refuse_by_hand();
CREATE TRIGGER tool_tags_are_not_truncated BEFORE TRUNCATE ON registry.tool_tags
FOR EACH STATEMENT EXECUTE FUNCTION registry.refuse_by_hand();
CREATE TRIGGER references_are_not_truncated BEFORE TRUNCATE ON registry.references
FOR EACH STATEMENT EXECUTE FUNCTION registry.refuse_by_hand();

CREATE TRIGGER hand_changes_are_append_only BEFORE UPDATE OR TRUNCATE ON registry.hand_changes
FOR EACH STATEMENT EXECUTE FUNCTION registry.refuse_rewriting();
CREATE TRIGGER hand_changes_are_purged_by_api_alone BEFORE DELETE ON registry.hand_changes
FOR EACH STATEMENT WHEN (NOT registry.is_purging())
EXECUTE FUNCTION registry.refuse_rewriting();

GRANT SELECT ON registry.hand_changes TO toolreg_reader, toolreg_agent, toolreg_reconciler;
