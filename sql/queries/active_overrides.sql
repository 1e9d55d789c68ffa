-- What operators set beside the declared state and is in effect now.
SELECT
    'Tool/' || override.tool AS subject,
    override.status,
    override.reason,
    override.set_by AS by,
    override.set_at AS since,
    override.until
FROM api.tool_overrides AS override
WHERE override.active
ORDER BY override.tool COLLATE "C"
