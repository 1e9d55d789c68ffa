-- Returns the changes of all resources after a revision, for consumers that keep a copy of the declared state.
CREATE FUNCTION api.changes_since(since bigint DEFAULT NULL, since_id uuid DEFAULT NULL, most bigint DEFAULT NULL)
RETURNS TABLE (
    revision bigint,
    revision_id uuid,
    changed_at timestamptz,
    action text,
    kind text,
    name text,
    former_name text,
    entity_id uuid,
    digest text,
    manifest json
)
-- Not inlined, hence the plan is the same for each caller. One snapshot serves all parts, at any isolation.
LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
DECLARE
    last_number bigint;
    last_id uuid;
    last_time timestamptz;
    up_to bigint;
BEGIN
    SELECT
        applied.number,
        applied.id,
        applied.finished_at
    INTO last_number, last_id, last_time
    FROM registry.revisions AS applied
    WHERE applied.outcome = 'applied'
    ORDER BY applied.number DESC
    LIMIT 1;

    IF
        since IS NULL
        -- Removed by api.purge_history: versions between both are missing.
        OR since < (SELECT horizon.revision FROM registry.horizon AS horizon)
        -- The database was restored from a backup, and lacks the revision. A failed attempt has a number, too.
        OR since > (SELECT coalesce(max(known.number), 0) FROM registry.revisions AS known)
        -- It was restored from a backup, and has given the number to another revision since.
        OR (
            since_id IS NOT NULL
            AND NOT EXISTS (SELECT FROM registry.revisions AS known WHERE known.number = since AND known.id = since_id)
        )
    THEN
        RETURN QUERY
        SELECT
            coalesce(last_number, 0),
            last_id,
            last_time,
            'reset',
            NULL::text,
            NULL::text,
            NULL::text,
            NULL::uuid,
            NULL::text,
            NULL::json;
        IF last_number IS NOT NULL THEN
            RETURN QUERY
            SELECT
                last_number,
                last_id,
                last_time,
                'present',
                declared.kind,
                declared.name,
                NULL::text,
                declared.id,
                declared.digest,
                declared.manifest
            FROM api.registry_at(last_number) AS declared
            ORDER BY declared.kind, declared.name;
        END IF;
        RETURN;
    END IF;

    -- A revision is never cut: a consumer could not tell where to continue, and would hold half of a revision.
    IF most IS NOT NULL THEN
        up_to := (
            SELECT version.revision
            FROM registry.history AS version
            WHERE version.revision > since
            ORDER BY version.revision
            LIMIT 1 OFFSET greatest(most, 1) - 1
        );
    END IF;
    RETURN QUERY
    SELECT
        version.revision,
        made.id,
        made.finished_at,
        version.action,
        entity.kind,
        version.name,
        CASE WHEN version.action = 'move' THEN before.name END,
        version.entity_id,
        version.digest,
        version.manifest
    FROM registry.history AS version
    INNER JOIN registry.entities AS entity ON entity.id = version.entity_id
    INNER JOIN registry.revisions AS made ON made.number = version.revision
    LEFT JOIN LATERAL (
        SELECT earlier.name
        FROM registry.history AS earlier
        WHERE
            version.action = 'move'
            AND earlier.entity_id = version.entity_id
            AND earlier.revision < version.revision
        ORDER BY earlier.revision DESC
        LIMIT 1
    ) AS before ON true
    WHERE version.revision > since AND version.revision <= coalesce(up_to, last_number)
    ORDER BY version.revision, entity.kind, version.name, version.entity_id;
END
$$;

COMMENT ON FUNCTION api.changes_since IS
'Versions of resources written after revision since, in order; action is create, update, move (former_name: the name before) '
'or delete. Give since and since_id the revision and revision_id of the last row read. If the changes since then are not '
'known (since is NULL, history was purged, or the database was restored from a backup), the first row has the action reset, '
'and a row with the action present follows for each declared resource. most: about how many rows; a revision is never cut, '
'nor is a reset.';
