-- The last run of each maintenance task: for toolreg doctor.
SELECT DISTINCT ON (run.task)
    run.task,
    extract(EPOCH FROM now() - run.started_at)::double precision AS age,
    run.error
FROM runtime.maintenance_runs AS run
ORDER BY run.task, run.started_at DESC
