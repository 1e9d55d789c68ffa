-- Lists every override of a tool: the active ones, and how the others ended.
CREATE VIEW api.tool_overrides WITH (security_invoker = true) AS
SELECT
    override.id,
    override.tool_id,
    -- An identity that lost its name to another is shown by its id.
    coalesce(entity.name, entity.id::text) AS tool,
    override.status,
    override.ended_at IS NULL AND (override.until IS NULL OR override.until > statement_timestamp()) AS active,
    override.reason,
    override.until,
    override.set_by,
    override.set_at,
    CASE
        WHEN override.ending IS NOT NULL THEN override.ending
        WHEN override.until <= statement_timestamp() THEN 'expired'
    END AS ending,
    override.ended_by,
    CASE
        WHEN override.ended_at IS NOT NULL THEN override.ended_at
        WHEN override.until <= statement_timestamp() THEN override.until
    END AS ended_at
FROM runtime.tool_overrides AS override
INNER JOIN registry.entities AS entity ON entity.id = override.tool_id;

COMMENT ON VIEW api.tool_overrides IS
'Every override of a tool by an operator: role, reason, until (NULL: until removed), whether it is active, and how it ended '
'(ending NULL: active).';
