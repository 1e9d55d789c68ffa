-- Tools: what agents call, with its contract, and its tags.

-- Words of a name count one by one: process_payment is found by "payment".
CREATE FUNCTION registry.search_text(manifest json) RETURNS tsvector
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN to_tsvector(
    'pg_catalog.english'::regconfig,
    left(
        translate(manifest #>> '{metadata,name}', '_.-', '   ')
        || ' ' || coalesce(manifest #>> '{metadata,title}', '')
        || ' ' || coalesce(manifest #>> '{metadata,description}', '')
        || ' ' || translate(coalesce(manifest #>> '{metadata,tags}', ''), '_.-', '   '),
        -- A tsvector holds at most 1 MB.
        100000
    )
);
COMMENT ON FUNCTION registry.search_text IS 'Words of the name, title, description and tags of a manifest, in English stems.';
REVOKE ALL ON FUNCTION registry.search_text FROM PUBLIC;

CREATE TABLE registry.tools (
    version text NOT NULL GENERATED ALWAYS AS (manifest #>> '{spec,version}') STORED,
    category text NOT NULL GENERATED ALWAYS AS (manifest #>> '{spec,category}') STORED,
    lifecycle text NOT NULL GENERATED ALWAYS AS (manifest #>> '{spec,lifecycle}') STORED,
    service text NOT NULL GENERATED ALWAYS AS (manifest #>> '{spec,service}') STORED,
    node text GENERATED ALWAYS AS (manifest #>> '{spec,node}') STORED,
    input_schema jsonb NOT NULL GENERATED ALWAYS AS ((manifest #> '{spec,inputSchema}')::jsonb) STORED,
    output_schema jsonb GENERATED ALWAYS AS ((manifest #> '{spec,outputSchema}')::jsonb) STORED,
    search tsvector NOT NULL GENERATED ALWAYS AS (registry.search_text(manifest)) STORED,
    CONSTRAINT tools_have_an_id PRIMARY KEY (id),
    CONSTRAINT tool_name_is_unique UNIQUE (name),
    CONSTRAINT tool_has_an_identity FOREIGN KEY (id) REFERENCES registry.entities (id)
    DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT tool_revision_exists FOREIGN KEY (revision) REFERENCES registry.revisions (number)
    DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT tool_service_exists FOREIGN KEY (service) REFERENCES registry.services (name)
    DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT tool_node_exists FOREIGN KEY (node) REFERENCES registry.nodes (name)
    DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT tool_is_a_tool CHECK (kind = 'Tool'),
    CONSTRAINT tool_lifecycle_is_known CHECK (lifecycle IN ('experimental', 'active', 'deprecated', 'retired')),
    CONSTRAINT tool_input_is_an_object CHECK (input_schema ->> 'type' = 'object')
) INHERITS (registry.resources);
COMMENT ON TABLE registry.tools IS 'Tools that are declared now. Every typed column is derived from the manifest.';
COMMENT ON COLUMN registry.tools.input_schema IS 'To be searched. To be shown, read it from the manifest, which keeps its order.';

CREATE INDEX tools_by_path ON registry.tools (path);
CREATE INDEX tools_drifted ON registry.tools (id) WHERE digest IS DISTINCT FROM applied_digest;
CREATE INDEX tools_by_revision ON registry.tools (revision);
CREATE INDEX tools_by_service ON registry.tools (service);
CREATE INDEX tools_by_node ON registry.tools (node);
CREATE INDEX tools_by_category ON registry.tools (category);
CREATE INDEX tools_by_input_schema ON registry.tools USING gin (input_schema jsonb_path_ops);
CREATE INDEX tools_by_output_schema ON registry.tools USING gin (output_schema jsonb_path_ops);
CREATE INDEX tools_by_words ON registry.tools USING gin (search);

CREATE TRIGGER tools_put_in_by_hand BEFORE INSERT ON registry.tools
FOR EACH ROW WHEN (NOT registry.is_applying()) EXECUTE FUNCTION registry.disown();
CREATE TRIGGER tools_provenance_is_ours BEFORE UPDATE ON registry.tools
FOR EACH ROW WHEN (
    (old.id, old.path, old.blob, old.revision, old.applied_digest)
    IS DISTINCT FROM (new.id, new.path, new.blob, new.revision, new.applied_digest)
    AND NOT registry.is_applying()
)
EXECUTE FUNCTION registry.refuse_by_hand();
CREATE TRIGGER tools_updated_at BEFORE UPDATE ON registry.tools
FOR EACH ROW WHEN (old.manifest::text IS DISTINCT FROM new.manifest::text)
EXECUTE FUNCTION registry.touch();

CREATE TABLE registry.tool_tags (
    tool_id uuid NOT NULL,
    tag text NOT NULL,
    CONSTRAINT tool_has_a_tag_once PRIMARY KEY (tool_id, tag),
    CONSTRAINT tagged_tool_exists FOREIGN KEY (tool_id) REFERENCES registry.tools (id) ON DELETE CASCADE
);
COMMENT ON TABLE registry.tool_tags IS 'The tags of each tool, one per row. Written together with the tool.';

CREATE TRIGGER tool_tags_are_ours BEFORE INSERT OR UPDATE OR DELETE ON registry.tool_tags
FOR EACH ROW WHEN (NOT registry.is_applying()) EXECUTE FUNCTION registry.refuse_by_hand();

CREATE INDEX tool_tags_by_tag ON registry.tool_tags (tag);
