-- Remove versions replaced longer ago than runtime.settings.keep_history, and settled changes by hand.
SELECT format('SELECT api.purge_history(%L, %L)', batch.ids[1], batch.ids[cardinality(batch.ids)]) AS statement
FROM (
    SELECT array_agg(entity.entity_id ORDER BY entity.entity_id) AS ids
    FROM (
        SELECT
            past.entity_id,
            (dense_rank() OVER (ORDER BY past.entity_id) - 1) / 1000 AS batch
        FROM (
            SELECT version.entity_id FROM api.replaced_versions AS version
            UNION ALL
            SELECT change.entity_id FROM api.settled_hand_changes AS change
        ) AS past
    ) AS entity
    GROUP BY entity.batch
) AS batch
ORDER BY batch.ids[1]
\gexec
\echo 'purge_history: done'
