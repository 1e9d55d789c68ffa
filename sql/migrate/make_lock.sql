-- The table that writers lock, made before the first migration. A second migration waits here for the first.

CREATE SCHEMA IF NOT EXISTS yoyo;
COMMENT ON SCHEMA yoyo IS 'The applied migrations. Only toolreg migrate writes here.';

CREATE TABLE yoyo.writer (
    only_row boolean NOT NULL,
    CONSTRAINT writer_has_a_key PRIMARY KEY (only_row),
    CONSTRAINT writer_is_empty CHECK (false)
);
COMMENT ON TABLE yoyo.writer IS 'Always empty: whoever writes schema registry, or migrates, locks it meanwhile.';
