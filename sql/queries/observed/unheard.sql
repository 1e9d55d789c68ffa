-- Find nodes whose heartbeat is overdue.
SELECT
    'Node/' || node.name AS subject,
    node.health,
    node.last_seen
FROM api.node_health_status AS node
WHERE node.health IN ('late', 'silent')
ORDER BY node.health = 'silent' DESC, node.name COLLATE "C"
