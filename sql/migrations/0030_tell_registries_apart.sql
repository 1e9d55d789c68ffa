-- Let several registries share a database: each owns its resources, revisions and suspensions. A number ties them, so that a
-- registry can change its name: revisions and history are append-only, and keep the name of their time.
CREATE TABLE registry.registries (
    id bigint NOT NULL,
    name text NOT NULL,
    CONSTRAINT registries_have_an_id PRIMARY KEY (id),
    CONSTRAINT registry_name_is_unique UNIQUE (name),
    CONSTRAINT registry_name_is_short CHECK (length(name) BETWEEN 1 AND 200)
);
COMMENT ON TABLE registry.registries IS 'The registries of this database: metadata.name of each registry.yaml.';

-- A database from before holds one registry, under the name applied last.
INSERT INTO registry.registries (id, name)
SELECT
    1,
    coalesce(
        (
            SELECT revision.registry
            FROM registry.revisions AS revision
            WHERE revision.outcome = 'applied' AND revision.registry IS NOT NULL
            ORDER BY revision.number DESC
            LIMIT 1
        ),
        'registry'
    )
WHERE EXISTS (SELECT FROM registry.revisions AS revision WHERE revision.outcome = 'applied');

CREATE TRIGGER registries_are_ours BEFORE INSERT OR UPDATE OR DELETE ON registry.registries
FOR EACH ROW WHEN (NOT registry.is_applying()) EXECUTE FUNCTION registry.refuse_by_hand();

-- By the default, each row of before belongs to that registry, and no row is written again. No foreign keys: each of ten
-- thousand new identities would look the registry up.
ALTER TABLE registry.revisions ADD COLUMN registry_id bigint DEFAULT 1;
-- squawk-ignore ban-drop-default
ALTER TABLE registry.revisions ALTER COLUMN registry_id DROP DEFAULT;
ALTER TABLE registry.entities ADD COLUMN registry_id bigint DEFAULT 1;
-- squawk-ignore ban-drop-default
ALTER TABLE registry.entities ALTER COLUMN registry_id DROP DEFAULT;
ALTER TABLE registry.suspensions ADD COLUMN registry_id bigint;
COMMENT ON COLUMN registry.revisions.registry_id IS
'The registry in registry.registries; NULL for a failed attempt at a first apply.';
COMMENT ON COLUMN registry.entities.registry_id IS
'The registry that declares the resource, or declared it last; NULL for a row inserted by hand.';
COMMENT ON COLUMN registry.suspensions.registry_id IS 'The only suspended registry; NULL: all registries of the database.';

-- squawk-ignore require-concurrent-index-creation
CREATE INDEX revisions_by_registry ON registry.revisions (registry_id, number DESC) WHERE outcome = 'applied';

-- squawk-ignore require-concurrent-index-deletion
DROP INDEX registry.one_suspension_is_open;
-- squawk-ignore require-concurrent-index-creation
CREATE UNIQUE INDEX one_suspension_is_open ON registry.suspensions ((coalesce(registry_id, 0))) WHERE resumed_at IS NULL;
DROP TRIGGER suspensions_only_end ON registry.suspensions;
CREATE TRIGGER suspensions_only_end BEFORE UPDATE ON registry.suspensions
FOR EACH ROW WHEN (
    old.resumed_at IS NOT NULL
    OR (old.reason, old.until, old.suspended_by, old.suspended_at, old.registry_id)
    IS DISTINCT FROM (new.reason, new.until, new.suspended_by, new.suspended_at, new.registry_id)
)
EXECUTE FUNCTION registry.refuse_rewriting();
