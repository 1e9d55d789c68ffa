-- Group roles with the least that each needs. Roles belong to the whole server, so another database may have made them.

DO $$
DECLARE
    role_name text;
BEGIN
    FOREACH role_name IN ARRAY ARRAY['toolreg_reader', 'toolreg_agent', 'toolreg_reconciler'] LOOP
        BEGIN
            IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = role_name) THEN
                EXECUTE format('CREATE ROLE %I NOLOGIN', role_name);
            END IF;
        EXCEPTION WHEN duplicate_object OR unique_violation THEN
            -- Another database's migration made it in the same moment.
            NULL;
        END;
    END LOOP;
END
$$;

GRANT USAGE ON SCHEMA registry TO toolreg_reader, toolreg_agent, toolreg_reconciler;
GRANT SELECT ON ALL TABLES IN SCHEMA registry TO toolreg_reader, toolreg_agent, toolreg_reconciler;
GRANT EXECUTE ON FUNCTION registry.digest TO toolreg_reconciler;
GRANT EXECUTE ON FUNCTION registry.is_applying TO toolreg_reconciler;
GRANT EXECUTE ON FUNCTION registry.search_text TO toolreg_reconciler;
GRANT INSERT ON registry.revisions, registry.history TO toolreg_reconciler;
GRANT INSERT, UPDATE ON registry.entities TO toolreg_reconciler;
GRANT INSERT, UPDATE, DELETE ON
registry.resources,
registry.nodes,
registry.services,
registry.tools,
registry.tool_tags,
registry.references
TO toolreg_reconciler;
GRANT USAGE ON SEQUENCE registry.revisions_number_seq TO toolreg_reconciler;
GRANT USAGE ON SCHEMA yoyo TO toolreg_reader, toolreg_agent, toolreg_reconciler;
GRANT SELECT ON yoyo.checksums TO toolreg_reader, toolreg_agent, toolreg_reconciler;
