-- Give each resource of this revision its identity: a new one, its own again, or that of its former name.

-- A name that is taken over by a rename is taken from the identity that had it last and is gone.
UPDATE registry.entities AS entity
SET name = NULL
FROM pg_temp.staged AS staged
WHERE
    staged.action = 'move'
    AND entity.kind = staged.kind
    AND entity.name = staged.name
    AND NOT entity.present;

UPDATE registry.entities AS entity
SET name = staged.name
FROM pg_temp.staged AS staged
WHERE staged.action = 'move' AND entity.id = staged.id;

INSERT INTO registry.entities (kind, name)
SELECT
    staged.kind,
    staged.name
FROM pg_temp.staged AS staged
WHERE
    staged.action = 'create'
    AND NOT EXISTS (
        SELECT FROM registry.entities AS entity
        WHERE entity.kind = staged.kind AND entity.name = staged.name
    );

UPDATE pg_temp.staged AS staged
SET id = entity.id
FROM registry.entities AS entity
WHERE staged.action = 'create' AND entity.kind = staged.kind AND entity.name = staged.name;

UPDATE registry.entities AS entity
SET present = (staged.action <> 'delete')
FROM pg_temp.staged AS staged
WHERE entity.id = staged.id AND entity.present <> (staged.action <> 'delete');
