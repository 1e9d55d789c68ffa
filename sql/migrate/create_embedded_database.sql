-- The database of an embedded server, made once, by a single-user backend (`postgres --single -j`).
-- initdb made it under another name: a copy of it would take as much room again.
ALTER DATABASE postgres RENAME TO toolreg;

COMMENT ON DATABASE toolreg IS 'The registry and its runtime facts.';
