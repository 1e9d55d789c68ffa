-- Record an attempt: applied together with its rows, or failed after they were rolled back.
INSERT INTO registry.revisions (
    id, number, outcome, registry, source, folder, commit, parents, author, committed_at, subject,
    contract, plan_digest, created, updated, deleted, started_at, error,
    policy, overridden, left_undeleted, restored, reason, environment, registry_id
)
VALUES (
    %(id)s, %(number)s, %(outcome)s, %(registry)s, %(source)s, %(folder)s, %(commit)s, %(parents)s, %(author)s,
    %(committed_at)s, %(subject)s, %(contract)s, %(plan_digest)s, %(created)s, %(updated)s, %(deleted)s,
    -- By the clock of the database, whatever the clock of the client.
    clock_timestamp() - make_interval(secs => %(seconds)s), %(error)s, %(policy)s, %(overridden)s, %(left_undeleted)s, %(restored)s, %(reason)s,
    -- Restored content is that of the environment of its revision.
    coalesce(
        %(environment)s, (SELECT restored.environment FROM registry.revisions AS restored WHERE restored.number = %(restored)s)
    ),
    (SELECT known.id FROM registry.registries AS known WHERE known.name = %(registry)s)
)
