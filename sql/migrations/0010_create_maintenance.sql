-- Maintenance: which tasks there are, how often each is due, and how it went.

CREATE TABLE runtime.maintenance_tasks (
    task text NOT NULL,
    turn bigint NOT NULL,
    every interval,
    CONSTRAINT tasks_have_a_name PRIMARY KEY (task),
    CONSTRAINT tasks_take_turns UNIQUE (turn),
    CONSTRAINT task_is_named_as_its_file CHECK (task ~ '^[a-z][a-z_]{0,62}$'),
    CONSTRAINT task_is_due_now_and_then CHECK (every BETWEEN interval '1 second' AND interval '100 years')
);
COMMENT ON TABLE runtime.maintenance_tasks IS
'The files of sql/maintenance, and how often each is due. An operator updates how often.';
COMMENT ON COLUMN runtime.maintenance_tasks.turn IS 'In which order they run: calls are rolled up before their day is dropped.';
COMMENT ON COLUMN runtime.maintenance_tasks.every IS 'NULL for a task that is never due by itself.';
INSERT INTO runtime.maintenance_tasks (task, turn, every) VALUES
('ensure_partitions', 1, '6 hours'),
('rollup_invocations', 2, '1 minute'),
('update_tool_status', 3, '1 minute'),
('drop_expired_partitions', 4, '1 day'),
('expire_artifacts', 5, '1 hour'),
('cleanup_orphaned_artifacts', 6, '1 day'),
('purge_history', 7, '1 day'),
('refresh_statistics', 8, '1 day'),
('reindex_bloated', 9, '7 days');

CREATE TABLE runtime.maintenance_runs (
    id bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
    task text NOT NULL,
    started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    finished_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    statements bigint NOT NULL,
    remaining bigint NOT NULL DEFAULT 0,
    error text,
    run_by text NOT NULL DEFAULT session_user,
    CONSTRAINT runs_have_an_id PRIMARY KEY (id),
    CONSTRAINT task_has_a_name CHECK (task ~ '^[a-z][a-z_]{0,62}$'),
    CONSTRAINT statements_are_counted CHECK (statements >= 0 AND remaining >= 0)
);
COMMENT ON TABLE runtime.maintenance_runs IS 'When each maintenance task ran, and how it ended. From this it is known what is due.';
COMMENT ON COLUMN runtime.maintenance_runs.remaining IS 'How many more statements --limit left for the next run.';
CREATE INDEX runs_by_task ON runtime.maintenance_runs (task, started_at DESC);

-- Raw rows of such a day are those that came later: who counted it anew from them would lose all others.
CREATE TABLE runtime.dropped_days (
    day date NOT NULL,
    dropped_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    calls bigint NOT NULL,
    CONSTRAINT day_is_dropped_once PRIMARY KEY (day),
    CONSTRAINT dropped_calls_are_counted CHECK (calls >= 0)
);
COMMENT ON TABLE runtime.dropped_days IS
'Days (UTC) whose logs were dropped, all or some. Their rollups are never counted anew.';
COMMENT ON COLUMN runtime.dropped_days.calls IS 'How many calls of the day are in the rollups alone.';

GRANT SELECT ON runtime.dropped_days TO toolreg_reader, toolreg_agent, toolreg_reconciler;
GRANT SELECT ON runtime.maintenance_tasks TO toolreg_reader, toolreg_agent, toolreg_reconciler;
GRANT UPDATE (every) ON runtime.maintenance_tasks TO toolreg_reconciler;
-- What ensure_partitions and drop_expired_partitions look for: which days stand in the default partition.
GRANT SELECT (started_at, recorded_xid) ON runtime.invocation_logs_default
TO toolreg_reader, toolreg_agent, toolreg_reconciler;
