-- Read the active tool overrides of operators.
SELECT
    'Tool/' || override.tool AS subject,
    override.status,
    override.reason,
    override.set_by AS by,
    override.set_at AS since,
    override.until,
    CASE WHEN override.status = 'available' THEN judged.reason END AS obstacle
FROM api.tool_overrides AS override
LEFT JOIN api.tool_availability AS judged ON judged.id = override.tool_id
WHERE override.active
ORDER BY override.tool COLLATE "C"
