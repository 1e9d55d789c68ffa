-- Services: the APIs and agents that own tools and call them.

CREATE TABLE registry.services (
    type text NOT NULL GENERATED ALWAYS AS (manifest #>> '{spec,type}') STORED,
    endpoint text GENERATED ALWAYS AS (manifest #>> '{spec,endpoint}') STORED,
    version text NOT NULL GENERATED ALWAYS AS (manifest #>> '{spec,version}') STORED,
    protocol text NOT NULL GENERATED ALWAYS AS (manifest #>> '{spec,protocol}') STORED,
    auth_type text NOT NULL GENERATED ALWAYS AS (manifest #>> '{spec,auth,type}') STORED,
    CONSTRAINT services_have_an_id PRIMARY KEY (id),
    CONSTRAINT service_name_is_unique UNIQUE (name),
    CONSTRAINT service_has_an_identity FOREIGN KEY (id) REFERENCES registry.entities (id)
    DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT service_revision_exists FOREIGN KEY (revision) REFERENCES registry.revisions (number)
    DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT service_is_a_service CHECK (kind = 'Service'),
    CONSTRAINT service_type_is_known CHECK (type IN ('api', 'agent'))
) INHERITS (registry.resources);
COMMENT ON TABLE registry.services IS 'Services that are declared now. Every typed column is derived from the manifest.';

CREATE INDEX services_by_path ON registry.services (path);
CREATE INDEX services_drifted ON registry.services (id) WHERE digest IS DISTINCT FROM applied_digest;
CREATE INDEX services_by_revision ON registry.services (revision);

CREATE TRIGGER services_put_in_by_hand BEFORE INSERT ON registry.services
FOR EACH ROW WHEN (NOT registry.is_applying()) EXECUTE FUNCTION registry.disown();
CREATE TRIGGER services_provenance_is_ours BEFORE UPDATE ON registry.services
FOR EACH ROW WHEN (
    (old.id, old.path, old.blob, old.revision, old.applied_digest)
    IS DISTINCT FROM (new.id, new.path, new.blob, new.revision, new.applied_digest)
    AND NOT registry.is_applying()
)
EXECUTE FUNCTION registry.refuse_by_hand();
CREATE TRIGGER services_updated_at BEFORE UPDATE ON registry.services
FOR EACH ROW WHEN (old.manifest::text IS DISTINCT FROM new.manifest::text)
EXECUTE FUNCTION registry.touch();
