-- The exact name by which a provider calls its tool, for each tool: what an agent has to send. Names with /, spaces and
-- other scripts are declared now, so no agent can derive the one name from the other.

-- squawk-ignore require-concurrent-index-deletion
DROP INDEX registry.tools_by_provided_name;

ALTER TABLE registry.tools
ADD COLUMN tool_name text NOT NULL
-- squawk-ignore adding-field-with-default
GENERATED ALWAYS AS (coalesce(manifest #>> '{spec,toolName}', manifest #>> '{metadata,name}')) STORED;
COMMENT ON COLUMN registry.tools.tool_name IS
'The exact name by which the provider calls the tool: spec.toolName, else the name. Not unique: two providers may use one.';

-- squawk-ignore require-concurrent-index-creation
CREATE INDEX tools_by_tool_name ON registry.tools (lower(tool_name));

-- A call is logged by that name, which may have 128 characters of up to four bytes.
ALTER TABLE runtime.invocation_logs
-- squawk-ignore ban-drop-constraint
DROP CONSTRAINT names_are_short,
-- squawk-ignore constraint-missing-not-valid
ADD CONSTRAINT names_are_short CHECK (
    tool <> '' AND agent <> ''
    AND (octet_length(tool) <= 256 OR char_length(tool) <= 128)
    AND greatest(
        octet_length(agent), octet_length(tool_version), octet_length(service), octet_length(node), octet_length(error_code)
    ) <= 256
);
