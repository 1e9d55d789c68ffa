-- One row per branch that toolreg reconcile follows: who works, until when, and what the last look found. A row, not a
-- session lock: a client stopped by SIGSTOP keeps a session lock for as long as it is stopped, and a pooler lends sessions.

CREATE TABLE registry.reconcilers (
    source text NOT NULL,
    registry text,
    holder text NOT NULL,
    epoch bigint NOT NULL DEFAULT 1,
    expires_at timestamptz NOT NULL,
    wanted_at timestamptz,
    looked_at timestamptz,
    condition text NOT NULL DEFAULT 'Reconciling',
    reason text NOT NULL DEFAULT 'Starting',
    message text,
    since timestamptz NOT NULL DEFAULT clock_timestamp(),
    head text,
    attempted text,
    behind bigint,
    CONSTRAINT reconcilers_have_a_source PRIMARY KEY (source),
    CONSTRAINT condition_is_known CHECK (condition IN ('Ready', 'Reconciling', 'Stalled')),
    CONSTRAINT head_is_an_object_id CHECK (head ~ '^([0-9a-f]{40}|[0-9a-f]{64})$'),
    CONSTRAINT attempted_is_an_object_id CHECK (attempted ~ '^([0-9a-f]{40}|[0-9a-f]{64})$'),
    CONSTRAINT reconciler_texts_are_short CHECK (
        length(source) <= 2000 AND length(registry) <= 200 AND length(holder) <= 200 AND length(reason) <= 100
        AND length(message) <= 4000
    )
    -- Renewed every 1.5 s: room for new versions of the row in its page spares the index and the vacuum.
) WITH (fillfactor = 50);
COMMENT ON TABLE registry.reconcilers IS
'The lease and the state of toolreg reconcile, one row per branch of a repository. Only the holder of the lease applies.';
COMMENT ON COLUMN registry.reconcilers.source IS 'Repository without credentials, branch, folder and environment.';
COMMENT ON COLUMN registry.reconcilers.registry IS 'The name of the registry; NULL until its registry.yaml was read.';
COMMENT ON COLUMN registry.reconcilers.holder IS 'The process that works: host, process ID and a random part.';
COMMENT ON COLUMN registry.reconcilers.epoch IS
'Number of the lease: each new holder raises it. An apply under an earlier number writes nothing.';
COMMENT ON COLUMN registry.reconcilers.expires_at IS 'Time from which another process may take the lease.';
COMMENT ON COLUMN registry.reconcilers.wanted_at IS
'Time of a request to look at the repository that reached a process without the lease; NULL once the holder knows.';
COMMENT ON COLUMN registry.reconcilers.looked_at IS 'Time of the last answer of the repository.';
COMMENT ON COLUMN registry.reconcilers.condition IS
'Ready: the database equals the branch. Reconciling: work or a retry is due. Stalled: nothing happens before a change.';
COMMENT ON COLUMN registry.reconcilers.since IS 'Beginning of this condition and reason.';
COMMENT ON COLUMN registry.reconcilers.head IS 'The last commit of the branch.';
COMMENT ON COLUMN registry.reconcilers.attempted IS 'The commit applied or tried last.';
COMMENT ON COLUMN registry.reconcilers.behind IS
'Number of commits of the branch that are not applied; NULL if unknown.';
