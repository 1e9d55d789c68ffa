-- Maintenance: which tasks there are, how often each is due, and how it went.

CREATE TABLE runtime.maintenance_runs (
    id bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
    task text NOT NULL,
    started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    finished_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    statements bigint NOT NULL,
    error text,
    run_by text NOT NULL DEFAULT session_user,
    CONSTRAINT runs_have_an_id PRIMARY KEY (id),
    CONSTRAINT task_has_a_name CHECK (task ~ '^[a-z][a-z_]{0,62}$'),
    CONSTRAINT statements_are_counted CHECK (statements >= 0)
);
COMMENT ON TABLE runtime.maintenance_runs IS 'When each maintenance task ran, and how it ended. From this it is known what is due.';
CREATE INDEX runs_by_task ON runtime.maintenance_runs (task, started_at DESC);
