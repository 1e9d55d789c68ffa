-- Remove artifacts of tools removed longer ago than runtime.settings.orphan_grace, if their call is no longer logged.
SELECT format('SELECT api.remove_orphaned_artifacts(%L, %L)', batch.ids[1], batch.ids[cardinality(batch.ids)]) AS statement
FROM (
    SELECT array_agg(orphan.id ORDER BY orphan.id) AS ids
    FROM (
        SELECT
            artifact.id,
            (row_number() OVER (ORDER BY artifact.id) - 1) / 1000 AS batch
        FROM api.orphaned_artifacts AS artifact
    ) AS orphan
    GROUP BY orphan.batch
) AS batch
ORDER BY batch.ids[1]
\gexec
\echo 'cleanup_orphaned_artifacts: done'
