-- Let one function remove versions that were replaced long ago: history grew for ever. Everything else stays append-only.

CREATE FUNCTION registry.is_purging() RETURNS boolean
LANGUAGE sql STABLE
RETURN coalesce(current_setting('toolreg.purging', true), '') = 'on';
COMMENT ON FUNCTION registry.is_purging IS 'Whether this is the function that removes old versions.';
REVOKE ALL ON FUNCTION registry.is_purging FROM PUBLIC;

CREATE OR REPLACE TRIGGER history_is_append_only BEFORE UPDATE OR TRUNCATE ON registry.history
FOR EACH STATEMENT EXECUTE FUNCTION registry.refuse_rewriting();
CREATE TRIGGER history_is_purged_by_api_alone BEFORE DELETE ON registry.history
FOR EACH STATEMENT WHEN (NOT registry.is_purging())
EXECUTE FUNCTION registry.refuse_rewriting();
COMMENT ON TABLE registry.history IS
'Every version of every resource, with the revision that made it. Append-only; what was replaced long ago may be purged.';
