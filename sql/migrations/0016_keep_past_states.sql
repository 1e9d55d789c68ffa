-- Let earlier states be read and restored: say from which revision on they are whole, and in which file each version stood.

CREATE TABLE registry.horizon (
    only_row boolean NOT NULL DEFAULT true,
    revision bigint NOT NULL,
    CONSTRAINT horizon_is_one_row PRIMARY KEY (only_row),
    CONSTRAINT horizon_row_is_the_only_one CHECK (only_row)
);
COMMENT ON TABLE registry.horizon IS
'One row: how far back is known what was declared. Written by api.purge_history alone, which removes versions.';
COMMENT ON COLUMN registry.horizon.revision IS
'Of this revision and every later one, all versions that were declared then are kept; before it, some may be gone.';

-- Versions may have been removed before anybody noted which. What is left tells how far that went: a revision of which fewer
-- versions are left than it made, and the oldest version of a resource that is not its first one.
INSERT INTO registry.horizon (revision)
SELECT
    greatest(
        0,
        (
            SELECT max(made.number)
            FROM registry.revisions AS made
            LEFT JOIN (
                SELECT
                    revision,
                    count(*) AS versions
                FROM registry.history
                GROUP BY revision
            ) AS kept ON kept.revision = made.number
            WHERE made.outcome = 'applied' AND made.created + made.updated + made.deleted > coalesce(kept.versions, 0)
        ),
        (
            SELECT max(oldest.revision)
            FROM (
                SELECT DISTINCT ON (entity_id)
                    revision,
                    action
                FROM registry.history
                ORDER BY entity_id ASC, revision ASC
            ) AS oldest
            WHERE oldest.action <> 'create'
        )
    );

CREATE TABLE registry.relocations (
    entity_id uuid NOT NULL,
    revision bigint NOT NULL,
    path text NOT NULL,
    blob text,
    CONSTRAINT one_place_per_revision PRIMARY KEY (entity_id, revision),
    CONSTRAINT relocated_entity_exists FOREIGN KEY (entity_id) REFERENCES registry.entities (id),
    CONSTRAINT relocating_revision_exists FOREIGN KEY (revision) REFERENCES registry.revisions (number)
    DEFERRABLE INITIALLY DEFERRED
);
COMMENT ON TABLE registry.relocations IS
'Where a resource stood from a revision on that did not change it: its file was moved, or written differently. Append-only.';

CREATE INDEX relocations_by_revision ON registry.relocations (revision);

CREATE TRIGGER relocations_are_append_only BEFORE UPDATE OR TRUNCATE ON registry.relocations
FOR EACH STATEMENT EXECUTE FUNCTION registry.refuse_rewriting();
CREATE TRIGGER relocations_are_purged_by_api_alone BEFORE DELETE ON registry.relocations
FOR EACH STATEMENT WHEN (NOT registry.is_purging())
EXECUTE FUNCTION registry.refuse_rewriting();

-- Of files that were moved until now nobody knows when; where they are now is known.
INSERT INTO registry.relocations (entity_id, revision, path, blob)
SELECT
    resource.id,
    head.number,
    resource.path,
    resource.blob
FROM registry.resources AS resource
CROSS JOIN LATERAL (
    SELECT
        path,
        blob,
        revision
    FROM registry.history
    WHERE entity_id = resource.id
    ORDER BY revision DESC
    LIMIT 1
) AS newest
CROSS JOIN (SELECT max(number) AS number FROM registry.revisions WHERE outcome = 'applied') AS head
WHERE
    resource.path IS NOT NULL
    AND (resource.path, resource.blob) IS DISTINCT FROM (newest.path, newest.blob)
    AND newest.revision < head.number;

GRANT SELECT ON registry.horizon, registry.relocations TO toolreg_reader, toolreg_agent, toolreg_reconciler;
GRANT INSERT ON registry.relocations TO toolreg_reconciler;
