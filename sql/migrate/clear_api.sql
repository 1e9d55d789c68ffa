-- Empty schemas api and internal. Only objects of sql/api and sql/internal are lost: foreign objects were searched for
-- before.

DROP SCHEMA IF EXISTS api CASCADE;
DROP SCHEMA IF EXISTS internal CASCADE;
CREATE SCHEMA internal;
COMMENT ON SCHEMA internal IS 'Helpers of schema api, not for direct use. toolreg migrate rebuilds both schemas together.';
CREATE SCHEMA api;
