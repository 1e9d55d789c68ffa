-- Empty schemas api and internal. Nothing but the files of sql/api and sql/internal is lost: what belongs to others was looked
-- for first.

DROP SCHEMA IF EXISTS api CASCADE;
DROP SCHEMA IF EXISTS internal CASCADE;
CREATE SCHEMA internal;
COMMENT ON SCHEMA internal IS 'What schema api is made of; for nobody to call. Rebuilt with it by toolreg migrate.';
CREATE SCHEMA api;
