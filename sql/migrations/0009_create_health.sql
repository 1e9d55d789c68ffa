-- Health: what nodes report, which tools can be called because of it, and what operators say to that.

-- Rewritten all the time and small: room in each page keeps the updates in place.
CREATE TABLE runtime.node_heartbeats (
    node_id uuid NOT NULL,
    seen_at timestamptz NOT NULL,
    load double precision,
    running bigint,
    details jsonb,
    reported_by text NOT NULL DEFAULT session_user,
    CONSTRAINT node_has_one_last_heartbeat PRIMARY KEY (node_id),
    CONSTRAINT heard_node_has_an_identity FOREIGN KEY (node_id) REFERENCES registry.entities (id),
    CONSTRAINT heartbeat_has_a_time CHECK (isfinite(seen_at)),
    CONSTRAINT load_is_a_number CHECK (load >= 0 AND load < 'infinity'),
    CONSTRAINT running_is_not_negative CHECK (running >= 0)
) WITH (fillfactor = 50);
COMMENT ON TABLE runtime.node_heartbeats IS 'The last heartbeat of each node, with its load.';
COMMENT ON COLUMN runtime.node_heartbeats.load IS 'Share of its capacity that the node uses; 1 is all of it.';
COMMENT ON COLUMN runtime.node_heartbeats.running IS 'How many calls the node runs.';

CREATE TABLE runtime.tool_overrides (
    id bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
    tool_id uuid NOT NULL,
    status text NOT NULL,
    reason text NOT NULL,
    until timestamptz,
    set_by text NOT NULL DEFAULT session_user,
    set_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    ending text,
    ended_by text,
    ended_at timestamptz,
    CONSTRAINT overrides_have_an_id PRIMARY KEY (id),
    CONSTRAINT overridden_tool_has_an_identity FOREIGN KEY (tool_id) REFERENCES registry.entities (id),
    CONSTRAINT override_status_is_known CHECK (status IN ('available', 'unavailable')),
    CONSTRAINT override_has_a_reason CHECK (octet_length(btrim(reason)) BETWEEN 1 AND 1000),
    -- Not every program can read a later year.
    CONSTRAINT override_ends_in_a_year_to_come CHECK (until > set_at AND until < '9999-12-31 00:00:00+00'),
    CONSTRAINT override_ending_is_known CHECK (ending IN ('expired', 'replaced', 'removed')),
    CONSTRAINT override_ends_somehow CHECK ((ending IS NULL) = (ended_at IS NULL)),
    CONSTRAINT override_expires_or_is_ended_by_somebody
    CHECK ((ended_by IS NULL) = (ending IS NULL OR ending = 'expired'))
);
COMMENT ON TABLE runtime.tool_overrides IS
'Operators take a tool out of service, or keep it in, without a commit: who, why and until when. Ended ones stay.';
COMMENT ON COLUMN runtime.tool_overrides.ending IS
'How it ended; NULL while it is active, and for one that expired and that nobody has replaced since.';
CREATE UNIQUE INDEX tool_has_one_override ON runtime.tool_overrides (tool_id) WHERE ended_at IS NULL;
CREATE INDEX overrides_by_tool ON runtime.tool_overrides (tool_id, set_at);

CREATE TABLE runtime.tool_statuses (
    tool_id uuid NOT NULL,
    status text NOT NULL,
    reason text NOT NULL,
    since timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT tool_has_one_status PRIMARY KEY (tool_id),
    CONSTRAINT tool_of_status_has_an_identity FOREIGN KEY (tool_id) REFERENCES registry.entities (id),
    CONSTRAINT tool_status_is_known CHECK (status IN ('available', 'unavailable'))
);
COMMENT ON TABLE runtime.tool_statuses IS
'Whether the node of a tool answers, as api.update_tool_status saw it last. A tool that is not here is available.';

CREATE TABLE runtime.tool_status_changes (
    id bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
    tool_id uuid NOT NULL,
    before text NOT NULL,
    after text NOT NULL,
    reason text NOT NULL,
    changed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    changed_by text NOT NULL DEFAULT session_user,
    CONSTRAINT status_changes_have_an_id PRIMARY KEY (id),
    CONSTRAINT tool_of_change_has_an_identity FOREIGN KEY (tool_id) REFERENCES registry.entities (id),
    CONSTRAINT status_before_is_known CHECK (before IN ('available', 'unavailable')),
    CONSTRAINT status_after_is_known CHECK (after IN ('available', 'unavailable', 'removed')),
    CONSTRAINT change_is_one CHECK (before <> after)
);
COMMENT ON TABLE runtime.tool_status_changes IS 'Every time a tool became unavailable or available again, and why.';
CREATE INDEX status_changes_by_tool ON runtime.tool_status_changes (tool_id, changed_at);
