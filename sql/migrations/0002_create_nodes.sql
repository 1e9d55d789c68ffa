-- Nodes: where tools run.

CREATE TABLE registry.nodes (
    type text NOT NULL GENERATED ALWAYS AS (manifest #>> '{spec,type}') STORED,
    address text NOT NULL GENERATED ALWAYS AS (manifest #>> '{spec,address}') STORED,
    status text NOT NULL GENERATED ALWAYS AS (manifest #>> '{spec,status}') STORED,
    CONSTRAINT nodes_have_an_id PRIMARY KEY (id),
    CONSTRAINT node_name_is_unique UNIQUE (name),
    CONSTRAINT node_has_an_identity FOREIGN KEY (id) REFERENCES registry.entities (id)
    DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT node_revision_exists FOREIGN KEY (revision) REFERENCES registry.revisions (number)
    DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT node_is_a_node CHECK (kind = 'Node'),
    CONSTRAINT node_status_is_known CHECK (status IN ('active', 'maintenance', 'inactive'))
) INHERITS (registry.resources);
COMMENT ON TABLE registry.nodes IS 'Nodes that are declared now. Every typed column is derived from the manifest.';

CREATE INDEX nodes_by_path ON registry.nodes (path);
CREATE INDEX nodes_drifted ON registry.nodes (id) WHERE digest IS DISTINCT FROM applied_digest;
CREATE INDEX nodes_by_revision ON registry.nodes (revision);

CREATE TRIGGER nodes_put_in_by_hand BEFORE INSERT ON registry.nodes
FOR EACH ROW WHEN (NOT registry.is_applying()) EXECUTE FUNCTION registry.disown();
CREATE TRIGGER nodes_provenance_is_ours BEFORE UPDATE ON registry.nodes
FOR EACH ROW WHEN (
    (old.id, old.path, old.blob, old.revision, old.applied_digest)
    IS DISTINCT FROM (new.id, new.path, new.blob, new.revision, new.applied_digest)
    AND NOT registry.is_applying()
)
EXECUTE FUNCTION registry.refuse_by_hand();
CREATE TRIGGER nodes_updated_at BEFORE UPDATE ON registry.nodes
FOR EACH ROW WHEN (old.manifest::text IS DISTINCT FROM new.manifest::text)
EXECUTE FUNCTION registry.touch();
