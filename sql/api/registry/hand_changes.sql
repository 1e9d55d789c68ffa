-- Lists changes of resources by hand, with role and time.
CREATE VIEW api.hand_changes WITH (security_invoker = true) AS
SELECT
    change.at,
    change.role,
    change.action,
    change.kind,
    change.name,
    change.revision,
    change.entity_id
FROM registry.hand_changes AS change;

COMMENT ON VIEW api.hand_changes IS
'Changes of resources outside of any revision: time, role, action, and the last revision of the resource before the change '
'(NULL: none). toolreg drift shows the changes still in effect.';
