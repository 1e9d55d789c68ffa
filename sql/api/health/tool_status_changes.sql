-- Lists every time that a tool became unavailable because its node fell silent, or available again.
CREATE VIEW api.tool_status_changes WITH (security_invoker = true) AS
SELECT
    change.id,
    change.tool_id,
    coalesce(entity.name, entity.id::text) AS tool,
    change.before,
    change.after,
    change.reason,
    change.changed_at,
    change.changed_by
FROM runtime.tool_status_changes AS change
INNER JOIN registry.entities AS entity ON entity.id = change.tool_id;

COMMENT ON VIEW api.tool_status_changes IS
'Every change that api.update_tool_status made: a tool became unavailable, became available again, or was removed while '
'unavailable.';
