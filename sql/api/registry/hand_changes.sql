-- Who changed a resource by hand, and when.
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
'Changes of resources that no revision made: when, by which role, and after which revision. What they changed, and is '
'still there, is shown by toolreg drift.';
