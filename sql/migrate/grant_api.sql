-- Everybody in a group role reads the views; nobody else does.

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA api FROM PUBLIC;
GRANT SELECT ON ALL TABLES IN SCHEMA api TO toolreg_reader, toolreg_agent, toolreg_reconciler;
