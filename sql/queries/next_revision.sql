-- The number of the revision that is being made; the files of sql/apply read it again with currval.
SELECT nextval(pg_get_serial_sequence('registry.revisions', 'number')) AS number
