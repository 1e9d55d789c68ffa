-- Give each resource of this revision its identity: a new one, its own again, or that of its former name.

-- A resource that is known by its identity may come under a name that another one had last, which is gone or goes now.
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
    );

UPDATE registry.entities AS entity
SET name = staged.name
FROM pg_temp.staged AS staged
WHERE staged.action IN ('create', 'move') AND entity.id = staged.id;

INSERT INTO registry.entities (kind, name)
SELECT
    staged.kind,
    staged.name
FROM pg_temp.staged AS staged
WHERE
    staged.action = 'create'
    AND staged.id IS NULL
    AND NOT EXISTS (
        SELECT FROM registry.entities AS entity
        WHERE entity.kind = staged.kind AND entity.name = staged.name
    );

UPDATE pg_temp.staged AS staged
SET id = entity.id
FROM registry.entities AS entity
WHERE staged.action = 'create' AND staged.id IS NULL AND entity.kind = staged.kind AND entity.name = staged.name;

UPDATE registry.entities AS entity
SET present = (staged.action <> 'delete')
FROM pg_temp.staged AS staged
WHERE entity.id = staged.id AND entity.present <> (staged.action <> 'delete');
