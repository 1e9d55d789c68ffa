-- The database of an embedded server, made once, by a single-user backend (`postgres --single -j`).
-- initdb created it under another name: a copy would take as much room again.
ALTER DATABASE postgres RENAME TO toolreg;

COMMENT ON DATABASE toolreg IS 'The registry and its runtime facts.';
