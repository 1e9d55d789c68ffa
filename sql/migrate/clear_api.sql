-- An empty schema api. Nothing but the files of sql/api is lost: what belongs to others was looked for first.

DROP SCHEMA IF EXISTS api CASCADE;
CREATE SCHEMA api;
