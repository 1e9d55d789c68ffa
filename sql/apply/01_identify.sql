-- Give each resource of this revision its identity: a new one, its own again, or the identity of its former name.

-- Record the names that identities give up, each with its file. Names passed on the way are staged as leave; otherwise the
-- row has the file.
INSERT INTO registry.former_names (entity_id, kind, name, blob, revision)
SELECT
    entity.id,
    entity.kind,
    entity.name,
    coalesce(resource.blob, ''),
    currval(pg_get_serial_sequence('registry.revisions', 'number'))
FROM pg_temp.staged AS staged
INNER JOIN registry.entities AS entity ON entity.id = staged.id AND entity.name <> staged.name
LEFT JOIN registry.resources AS resource ON resource.id = entity.id
WHERE
    staged.action IN ('create', 'move')
    AND NOT EXISTS (
        SELECT FROM pg_temp.staged AS passed
        WHERE passed.action = 'leave' AND passed.id = entity.id AND passed.name = entity.name
    )
ON CONFLICT DO NOTHING;

-- A resource known by its identity may take the last name of another identity, which is removed already or in this revision.
WITH taken AS (
    UPDATE registry.entities AS entity
    SET
        name = NULL,
        present = false
    FROM pg_temp.staged AS staged
    WHERE
        staged.action IN ('create', 'move')
        AND staged.id <> entity.id
        AND entity.kind = staged.kind
        AND entity.name = staged.name
        AND (
            NOT entity.present
            OR EXISTS (SELECT FROM pg_temp.staged AS deleted WHERE deleted.action = 'delete' AND deleted.id = entity.id)
        )
    RETURNING
        entity.id,
        staged.kind,
        staged.name
)

INSERT INTO registry.former_names (entity_id, kind, name, blob, revision)
SELECT
    taken.id,
    taken.kind,
    taken.name,
    '',
    currval(pg_get_serial_sequence('registry.revisions', 'number'))
FROM taken
WHERE NOT EXISTS (
    SELECT FROM pg_temp.staged AS passed
    WHERE passed.action = 'leave' AND passed.id = taken.id AND passed.name = taken.name
)
ON CONFLICT DO NOTHING;

UPDATE registry.entities AS entity
SET
    name = staged.name,
    present = entity.present AND staged.action <> 'vanish'
FROM pg_temp.staged AS staged
WHERE staged.action IN ('create', 'move', 'vanish') AND entity.id = staged.id AND entity.name IS DISTINCT FROM staged.name;

INSERT INTO registry.entities (id, kind, name, present, registry_id)
SELECT
    coalesce(staged.id, gen_random_uuid()),
    staged.kind,
    staged.name,
    staged.action = 'create',
    current_setting('toolreg.registry')::bigint
FROM pg_temp.staged AS staged
WHERE
    -- A resource created and deleted on the way is recorded by its name, if no identity is known.
    (staged.action = 'create' OR (staged.action = 'vanish' AND staged.name IS NOT NULL))
    AND NOT EXISTS (SELECT FROM registry.entities AS entity WHERE entity.id = staged.id)
    AND NOT EXISTS (
        SELECT FROM registry.entities AS entity
        WHERE entity.kind = staged.kind AND entity.name = staged.name
    );

UPDATE pg_temp.staged AS staged
SET id = entity.id
FROM registry.entities AS entity
WHERE staged.action = 'create' AND staged.id IS NULL AND entity.kind = staged.kind AND entity.name = staged.name;

UPDATE registry.entities AS entity
SET
    present = (staged.action <> 'delete'),
    -- A name that another registry gave up goes on with its identity.
    registry_id = current_setting('toolreg.registry')::bigint
FROM pg_temp.staged AS staged
WHERE
    staged.action IN ('create', 'update', 'move', 'delete', 'relocate')
    AND entity.id = staged.id
    AND entity.present <> (staged.action <> 'delete');

INSERT INTO registry.former_names (entity_id, kind, name, blob, revision)
SELECT
    entity.id,
    entity.kind,
    staged.name,
    coalesce(staged.blob, ''),
    currval(pg_get_serial_sequence('registry.revisions', 'number'))
FROM pg_temp.staged AS staged
INNER JOIN registry.entities AS entity ON entity.id = staged.id
WHERE staged.action = 'leave'
ON CONFLICT DO NOTHING;
