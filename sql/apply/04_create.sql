-- Insert new rows, and rows removed to be inserted again, into the table of their kind: one statement per kind, the same for
-- each.

DO $$
DECLARE
    kind_table text;
BEGIN
    FOR kind_table IN
        SELECT DISTINCT staged.plural
        FROM pg_temp.staged AS staged
        WHERE staged.action IN ('create', 'move') OR staged.comes_back
        ORDER BY staged.plural
    LOOP
        EXECUTE format(
            'INSERT INTO registry.%I (id, manifest, path, blob, revision, applied_digest)
            SELECT id, manifest, path, blob, currval(pg_get_serial_sequence(''registry.revisions'', ''number'')), digest
            FROM pg_temp.staged
            WHERE plural = %L AND (action IN (''create'', ''move'') OR comes_back)',
            kind_table, kind_table
        );
    END LOOP;
END
$$;
