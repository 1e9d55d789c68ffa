-- Tables, constraints, indexes and triggers, as pg_dump writes them after all migrations. Generated: do not edit.
-- Bodies of functions stand in their files, rights in rights.sql. To bring this up to date: .ci/golden

-- registry (-)
CREATE SCHEMA registry;

-- SCHEMA registry (-)
COMMENT ON SCHEMA registry IS 'Declared state, revisions and history. Only toolreg writes here, as a member of toolreg_reconciler.';

-- runtime (-)
CREATE SCHEMA runtime;

-- SCHEMA runtime (-)
COMMENT ON SCHEMA runtime IS 'Invocations, artifacts, health and rollups. Only the functions of schema api write here; an operator updates settings and maintenance_tasks.';

-- entities (registry)
CREATE TABLE registry.entities (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    kind text NOT NULL,
    name text,
    present boolean DEFAULT true NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    registry_id bigint,
    CONSTRAINT present_entity_has_a_name CHECK (((name IS NOT NULL) OR (NOT present)))
);

-- TABLE entities (registry)
COMMENT ON TABLE registry.entities IS 'The identity of every resource ever declared. An identity outlives its resource, which keeps logs and history connected.';

-- COLUMN entities.name (registry)
COMMENT ON COLUMN registry.entities.name IS 'The present or last name. NULL for a removed resource whose name a rename gave to another; registry.history keeps the name.';

-- COLUMN entities.present (registry)
COMMENT ON COLUMN registry.entities.present IS 'Whether the last applied revision declares the resource.';

-- COLUMN entities.created_at (registry)
COMMENT ON COLUMN registry.entities.created_at IS 'Time of the first declaration; a resource declared again keeps this time.';

-- COLUMN entities.registry_id (registry)
COMMENT ON COLUMN registry.entities.registry_id IS 'The registry that declares the resource, or declared it last; NULL for a row inserted by hand.';

-- resources (registry)
CREATE TABLE registry.resources (
    id uuid NOT NULL,
    manifest json NOT NULL,
    path text,
    blob text,
    revision bigint,
    applied_digest text,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    kind text GENERATED ALWAYS AS ((manifest #>> '{kind}'::text[])) STORED NOT NULL,
    name text GENERATED ALWAYS AS ((manifest #>> '{metadata,name}'::text[])) STORED NOT NULL,
    owner text GENERATED ALWAYS AS ((manifest #>> '{metadata,owner}'::text[])) STORED,
    digest text GENERATED ALWAYS AS (registry.digest(manifest)) STORED NOT NULL,
    CONSTRAINT resource_stands_in_the_table_of_its_kind CHECK (false) NO INHERIT
);

-- TABLE resources (registry)
COMMENT ON TABLE registry.resources IS 'The declared resources of all kinds. Holds no rows of its own: the table of each kind inherits from this table.';

-- COLUMN resources.manifest (registry)
COMMENT ON COLUMN registry.resources.manifest IS 'The manifest, with its keys in the order of the file; jsonb loses this order.';

-- COLUMN resources.path (registry)
COMMENT ON COLUMN registry.resources.path IS 'The path of the manifest''s file, relative to the top of the repository.';

-- COLUMN resources.blob (registry)
COMMENT ON COLUMN registry.resources.blob IS 'The git blob of the file at path. A file with the same blob is not read again.';

-- COLUMN resources.revision (registry)
COMMENT ON COLUMN registry.resources.revision IS 'The last revision that changed the manifest.';

-- COLUMN resources.applied_digest (registry)
COMMENT ON COLUMN registry.resources.applied_digest IS 'The digest at the last apply. A different value in digest means a change by hand since; NULL means a row inserted by hand.';

-- COLUMN resources.digest (registry)
COMMENT ON COLUMN registry.resources.digest IS 'SHA-256 of the stored manifest, computed by PostgreSQL.';

-- tools (registry)
CREATE TABLE registry.tools (
    NOT NULL id,
    version text GENERATED ALWAYS AS ((manifest #>> '{spec,version}'::text[])) STORED NOT NULL,
    category text GENERATED ALWAYS AS ((manifest #>> '{spec,category}'::text[])) STORED NOT NULL,
    lifecycle text GENERATED ALWAYS AS ((manifest #>> '{spec,lifecycle}'::text[])) STORED NOT NULL,
    service text GENERATED ALWAYS AS ((manifest #>> '{spec,service}'::text[])) STORED NOT NULL,
    node text GENERATED ALWAYS AS ((manifest #>> '{spec,node}'::text[])) STORED,
    input_schema jsonb GENERATED ALWAYS AS (((manifest #> '{spec,inputSchema}'::text[]))::jsonb) STORED NOT NULL,
    output_schema jsonb GENERATED ALWAYS AS (((manifest #> '{spec,outputSchema}'::text[]))::jsonb) STORED,
    search tsvector GENERATED ALWAYS AS (registry.search_text(manifest)) STORED NOT NULL,
    tool_name text GENERATED ALWAYS AS (COALESCE((manifest #>> '{spec,toolName}'::text[]), (manifest #>> '{metadata,name}'::text[]))) STORED NOT NULL,
    CONSTRAINT tool_input_is_an_object CHECK (((input_schema ->> 'type'::text) = 'object'::text)),
    CONSTRAINT tool_is_a_tool CHECK ((kind = 'Tool'::text)),
    CONSTRAINT tool_lifecycle_is_known CHECK ((lifecycle = ANY (ARRAY['experimental'::text, 'active'::text, 'deprecated'::text, 'retired'::text])))
)
INHERITS (registry.resources);
ALTER TABLE ONLY registry.tools ALTER COLUMN search SET STORAGE MAIN;

-- TABLE tools (registry)
COMMENT ON TABLE registry.tools IS 'The declared tools. Every typed column is derived from the manifest.';

-- COLUMN tools.input_schema (registry)
COMMENT ON COLUMN registry.tools.input_schema IS 'The input schema for searches. The manifest has the same schema with its keys in order.';

-- COLUMN tools.search (registry)
COMMENT ON COLUMN registry.tools.search IS 'The words of the manifest by weight, searched by api.search_tools.';

-- COLUMN tools.tool_name (registry)
COMMENT ON COLUMN registry.tools.tool_name IS 'The exact name of the tool at its provider: spec.toolName, else the name. Not unique: two providers may use the same name.';

-- invocation_logs (runtime)
CREATE TABLE runtime.invocation_logs (
    id bigint NOT NULL,
    started_at timestamp with time zone NOT NULL,
    duration_ms double precision NOT NULL,
    recorded_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    recorded_xid bigint DEFAULT ((pg_current_xact_id())::text)::bigint NOT NULL,
    request_bytes bigint,
    response_bytes bigint,
    tool_id uuid,
    service_id uuid,
    node_id uuid,
    attempt bigint DEFAULT 1 NOT NULL,
    tool text NOT NULL,
    tool_version text,
    agent text NOT NULL,
    service text,
    node text,
    status text NOT NULL,
    error_code text,
    error_message text,
    trace_id text,
    span_id text,
    parent_span_id text,
    recorded_by text DEFAULT registry.caller() NOT NULL,
    attributes jsonb,
    arguments jsonb,
    result jsonb,
    CONSTRAINT attempts_are_counted_from_one CHECK ((attempt >= 1)),
    CONSTRAINT duration_is_a_time CHECK (((duration_ms >= (0)::double precision) AND (duration_ms < 'Infinity'::double precision))),
    CONSTRAINT invocation_status_is_known CHECK ((status = ANY (ARRAY['success'::text, 'failure'::text, 'timeout'::text, 'cancelled'::text]))),
    CONSTRAINT names_are_short CHECK (((tool <> ''::text) AND (agent <> ''::text) AND ((octet_length(tool) <= 256) OR (char_length(tool) <= 128)) AND (GREATEST(octet_length(agent), octet_length(tool_version), octet_length(service), octet_length(node), octet_length(error_code)) <= 256))),
    CONSTRAINT parent_span_id_is_of_w3c CHECK (((octet_length(parent_span_id) = 16) AND (parent_span_id ~ '^[0-9a-f]+$'::text) AND (parent_span_id <> '0000000000000000'::text))),
    CONSTRAINT sizes_are_not_negative CHECK (((request_bytes >= 0) AND (response_bytes >= 0))),
    CONSTRAINT span_id_is_of_w3c CHECK (((octet_length(span_id) = 16) AND (span_id ~ '^[0-9a-f]+$'::text) AND (span_id <> '0000000000000000'::text))),
    CONSTRAINT start_is_finite CHECK (isfinite(started_at)),
    CONSTRAINT trace_id_is_of_w3c CHECK (((octet_length(trace_id) = 32) AND (trace_id ~ '^[0-9a-f]+$'::text) AND (trace_id <> '00000000000000000000000000000000'::text)))
)
PARTITION BY RANGE (started_at);

-- TABLE invocation_logs (runtime)
COMMENT ON TABLE runtime.invocation_logs IS 'Every logged call of a tool, in one table per day (UTC).';

-- COLUMN invocation_logs.recorded_xid (runtime)
COMMENT ON COLUMN runtime.invocation_logs.recorded_xid IS 'The transaction that logged the call. A rollup has counted the call if its snapshot saw this transaction.';

-- COLUMN invocation_logs.attempt (runtime)
COMMENT ON COLUMN runtime.invocation_logs.attempt IS '1 for the first try of a call, 2 for the first repetition.';

-- COLUMN invocation_logs.tool (runtime)
COMMENT ON COLUMN runtime.invocation_logs.tool IS 'The name used in the call. tool_id is NULL if no tool of this name was ever declared.';

-- COLUMN invocation_logs.tool_version (runtime)
COMMENT ON COLUMN runtime.invocation_logs.tool_version IS 'The logged version, else the declared version at the time of logging.';

-- COLUMN invocation_logs.agent (runtime)
COMMENT ON COLUMN runtime.invocation_logs.agent IS 'The name by which the calling agent identifies itself.';

-- COLUMN invocation_logs.service (runtime)
COMMENT ON COLUMN runtime.invocation_logs.service IS 'The name of an undeclared service of the tool. NULL for a declared service: see service_id.';

-- COLUMN invocation_logs.node (runtime)
COMMENT ON COLUMN runtime.invocation_logs.node IS 'The name of an undeclared node that ran the call. NULL for a declared node: see node_id.';

-- COLUMN invocation_logs.recorded_by (runtime)
COMMENT ON COLUMN runtime.invocation_logs.recorded_by IS 'The caller that logged the call, as returned by registry.caller(). Only this caller may read arguments and result.';

-- rollup_state (runtime)
CREATE TABLE runtime.rollup_state (
    only_row boolean DEFAULT true NOT NULL,
    counted pg_snapshot NOT NULL,
    cluster text NOT NULL,
    rolled_at timestamp with time zone NOT NULL,
    CONSTRAINT state_is_the_only_one CHECK (only_row)
);

-- TABLE rollup_state (runtime)
COMMENT ON TABLE runtime.rollup_state IS 'The progress of the rollups: a call is counted if this snapshot saw its transaction.';

-- COLUMN rollup_state.cluster (runtime)
COMMENT ON COLUMN runtime.rollup_state.cluster IS 'The server that numbers these transactions. After a dump is restored to another server, calls are counted again.';

-- settings (runtime)
CREATE TABLE runtime.settings (
    only_row boolean DEFAULT true NOT NULL,
    keep_logs interval DEFAULT '90 days'::interval NOT NULL,
    keep_history interval,
    partitions_ahead bigint DEFAULT 7 NOT NULL,
    largest_payload bigint DEFAULT 65536 NOT NULL,
    orphan_grace interval DEFAULT '7 days'::interval NOT NULL,
    late_after interval DEFAULT '00:01:00'::interval NOT NULL,
    silent_after interval DEFAULT '00:05:00'::interval NOT NULL,
    caller_claim text DEFAULT 'sub'::text NOT NULL,
    export_before_drop boolean DEFAULT false NOT NULL,
    CONSTRAINT a_node_is_late_before_it_is_silent CHECK (((late_after > '00:00:00'::interval) AND ((silent_after >= late_after) AND (silent_after <= '100 years'::interval)))),
    CONSTRAINT grace_is_not_negative CHECK (((orphan_grace >= '00:00:00'::interval) AND (orphan_grace <= '100 years'::interval))),
    CONSTRAINT history_is_kept_for_a_day_at_least CHECK (((keep_history >= '1 day'::interval) AND (keep_history <= '100 years'::interval))),
    CONSTRAINT logs_are_kept_for_a_day_at_least CHECK (((keep_logs >= '1 day'::interval) AND (keep_logs <= '100 years'::interval))),
    CONSTRAINT partitions_ahead_are_few CHECK (((partitions_ahead >= 1) AND (partitions_ahead <= 60))),
    CONSTRAINT payload_fits_a_row CHECK (((largest_payload >= 0) AND (largest_payload <= 16777216))),
    CONSTRAINT the_row_is_the_only_one CHECK (only_row)
);

-- TABLE settings (runtime)
COMMENT ON TABLE runtime.settings IS 'Retention periods and size limits, in a single row. An operator updates this row.';

-- COLUMN settings.keep_logs (runtime)
COMMENT ON COLUMN runtime.settings.keep_logs IS 'Retention of logs. The maintenance task drop_expired_partitions drops older days.';

-- COLUMN settings.keep_history (runtime)
COMMENT ON COLUMN runtime.settings.keep_history IS 'Retention of replaced versions. The maintenance task purge_history removes versions replaced earlier; NULL, the default, keeps all.';

-- COLUMN settings.partitions_ahead (runtime)
COMMENT ON COLUMN runtime.settings.partitions_ahead IS 'Number of days ahead for which ensure_partitions creates tables.';

-- COLUMN settings.largest_payload (runtime)
COMMENT ON COLUMN runtime.settings.largest_payload IS 'Limit in bytes, as JSON text, of arguments, result, attributes and metadata each of a call or artifact.';

-- COLUMN settings.orphan_grace (runtime)
COMMENT ON COLUMN runtime.settings.orphan_grace IS 'Retention of artifacts after the removal of their tool.';

-- COLUMN settings.late_after (runtime)
COMMENT ON COLUMN runtime.settings.late_after IS 'Age of the last heartbeat from which a node is late, if its manifest has no lateAfter.';

-- COLUMN settings.silent_after (runtime)
COMMENT ON COLUMN runtime.settings.silent_after IS 'Age of the last heartbeat from which a node is silent, if its manifest has no silentAfter.';

-- COLUMN settings.caller_claim (runtime)
COMMENT ON COLUMN runtime.settings.caller_claim IS 'The claim in request.jwt.claims that names the caller, trusted for logins that are members of toolreg_gateway.';

-- COLUMN settings.export_before_drop (runtime)
COMMENT ON COLUMN runtime.settings.export_before_drop IS 'Whether expired logs stay until toolreg maintain export_partitions has written them to a file.';

-- nodes (registry)
CREATE TABLE registry.nodes (
    NOT NULL id,
    type text GENERATED ALWAYS AS ((manifest #>> '{spec,type}'::text[])) STORED NOT NULL,
    address text GENERATED ALWAYS AS ((manifest #>> '{spec,address}'::text[])) STORED NOT NULL,
    status text GENERATED ALWAYS AS ((manifest #>> '{spec,status}'::text[])) STORED NOT NULL,
    CONSTRAINT node_is_a_node CHECK ((kind = 'Node'::text)),
    CONSTRAINT node_status_is_known CHECK ((status = ANY (ARRAY['active'::text, 'maintenance'::text, 'inactive'::text])))
)
INHERITS (registry.resources);

-- TABLE nodes (registry)
COMMENT ON TABLE registry.nodes IS 'The declared nodes. Every typed column is derived from the manifest.';

-- tool_overrides (runtime)
CREATE TABLE runtime.tool_overrides (
    id bigint NOT NULL,
    tool_id uuid NOT NULL,
    status text NOT NULL,
    reason text NOT NULL,
    until timestamp with time zone,
    set_by text DEFAULT registry.caller() NOT NULL,
    set_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    ending text,
    ended_by text,
    ended_at timestamp with time zone,
    CONSTRAINT override_ending_is_known CHECK ((ending = ANY (ARRAY['expired'::text, 'replaced'::text, 'removed'::text]))),
    CONSTRAINT override_ends_in_a_year_to_come CHECK (((until > set_at) AND (until < '9999-12-31 00:00:00+00'::timestamp with time zone))),
    CONSTRAINT override_ends_somehow CHECK (((ending IS NULL) = (ended_at IS NULL))),
    CONSTRAINT override_expires_or_is_ended_by_somebody CHECK (((ended_by IS NULL) = ((ending IS NULL) OR (ending = 'expired'::text)))),
    CONSTRAINT override_has_a_reason CHECK (((octet_length(btrim(reason)) >= 1) AND (octet_length(btrim(reason)) <= 1000))),
    CONSTRAINT override_status_is_known CHECK ((status = ANY (ARRAY['available'::text, 'unavailable'::text])))
);

-- TABLE tool_overrides (runtime)
COMMENT ON TABLE runtime.tool_overrides IS 'Overrides by operators, which take a tool out of service or keep it in service without a commit: caller, reason and end. Ended overrides stay.';

-- COLUMN tool_overrides.ending (runtime)
COMMENT ON COLUMN runtime.tool_overrides.ending IS 'The way in which the override ended. NULL for an active override, and for an expired override without a successor.';

-- services (registry)
CREATE TABLE registry.services (
    NOT NULL id,
    type text GENERATED ALWAYS AS ((manifest #>> '{spec,type}'::text[])) STORED NOT NULL,
    endpoint text GENERATED ALWAYS AS ((manifest #>> '{spec,endpoint}'::text[])) STORED,
    version text GENERATED ALWAYS AS ((manifest #>> '{spec,version}'::text[])) STORED NOT NULL,
    protocol text GENERATED ALWAYS AS ((manifest #>> '{spec,protocol}'::text[])) STORED NOT NULL,
    auth_type text GENERATED ALWAYS AS ((manifest #>> '{spec,auth,type}'::text[])) STORED NOT NULL,
    CONSTRAINT service_is_a_service CHECK ((kind = 'Service'::text)),
    CONSTRAINT service_type_is_known CHECK ((type = ANY (ARRAY['api'::text, 'agent'::text])))
)
INHERITS (registry.resources);

-- TABLE services (registry)
COMMENT ON TABLE registry.services IS 'The declared services. Every typed column is derived from the manifest.';

-- tool_statuses (runtime)
CREATE TABLE runtime.tool_statuses (
    tool_id uuid NOT NULL,
    status text NOT NULL,
    reason text NOT NULL,
    since timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT tool_status_is_known CHECK ((status = ANY (ARRAY['available'::text, 'unavailable'::text])))
);

-- TABLE tool_statuses (runtime)
COMMENT ON TABLE runtime.tool_statuses IS 'Availability of tools, by the health of their nodes at the last run of api.update_tool_status. A tool without a row is available.';

-- artifacts (runtime)
CREATE TABLE runtime.artifacts (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    tool_id uuid NOT NULL,
    invocation_id bigint,
    invocation_started_at timestamp with time zone,
    uri text NOT NULL,
    media_type text NOT NULL,
    size_bytes bigint NOT NULL,
    sha256 text,
    metadata jsonb,
    created_by text DEFAULT registry.caller() NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    expires_at timestamp with time zone,
    CONSTRAINT artifact_expiry_is_finite CHECK (isfinite(expires_at)),
    CONSTRAINT artifact_media_type_is_one CHECK ((media_type ~ '^[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}/[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}$'::text)),
    CONSTRAINT artifact_sha256_is_one CHECK ((sha256 ~ '^[0-9a-f]{64}$'::text)),
    CONSTRAINT artifact_size_is_not_negative CHECK ((size_bytes >= 0)),
    CONSTRAINT artifact_uri_is_short CHECK (((octet_length(uri) >= 1) AND (octet_length(uri) <= 2048))),
    CONSTRAINT invocation_is_named_with_its_time CHECK (((invocation_id IS NULL) = (invocation_started_at IS NULL)))
);

-- TABLE artifacts (runtime)
COMMENT ON TABLE runtime.artifacts IS 'Artifacts stored by tools: place, size and expiry. An artifact may outlive its tool.';

-- COLUMN artifacts.invocation_started_at (runtime)
COMMENT ON COLUMN runtime.artifacts.invocation_started_at IS 'Start of the call, which finds the call, together with its id, in the table of its day. No foreign key, since logs are dropped by the day.';

-- exported_days (runtime)
CREATE TABLE runtime.exported_days (
    day date NOT NULL,
    part bigint NOT NULL,
    calls bigint NOT NULL,
    ids numeric NOT NULL,
    bytes bigint NOT NULL,
    sha256 text NOT NULL,
    has_payloads boolean NOT NULL,
    exported_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    exported_by text DEFAULT registry.caller() NOT NULL,
    dropped_at timestamp with time zone,
    CONSTRAINT exported_calls_are_counted CHECK (((calls >= 1) AND (bytes >= 1))),
    CONSTRAINT parts_are_counted_from_one CHECK ((part >= 1)),
    CONSTRAINT sha256_is_hexadecimal CHECK ((sha256 ~ '^[0-9a-f]{64}$'::text))
);

-- TABLE exported_days (runtime)
COMMENT ON TABLE runtime.exported_days IS 'Files that hold the logs of a day (UTC), written by toolreg maintain export_partitions.';

-- COLUMN exported_days.part (runtime)
COMMENT ON COLUMN runtime.exported_days.part IS '1; a higher number for calls that were logged after the earlier ones had been dropped.';

-- COLUMN exported_days.ids (runtime)
COMMENT ON COLUMN runtime.exported_days.ids IS 'The sum of the ids of the calls: tells whether the logs still hold the same calls.';

-- COLUMN exported_days.has_payloads (runtime)
COMMENT ON COLUMN runtime.exported_days.has_payloads IS 'Whether the file holds arguments, result and attributes: only if the role that exported may read them.';

-- COLUMN exported_days.dropped_at (runtime)
COMMENT ON COLUMN runtime.exported_days.dropped_at IS 'When the calls were dropped; NULL while the logs hold them.';

-- hand_changes (registry)
CREATE TABLE registry.hand_changes (
    id bigint NOT NULL,
    at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    role text DEFAULT registry.caller() NOT NULL,
    action text NOT NULL,
    kind text NOT NULL,
    name text NOT NULL,
    entity_id uuid NOT NULL,
    revision bigint,
    CONSTRAINT hand_action_is_known CHECK ((action = ANY (ARRAY['insert'::text, 'update'::text, 'delete'::text])))
);

-- TABLE hand_changes (registry)
COMMENT ON TABLE registry.hand_changes IS 'Changes of resources outside of applying, with caller and time. Append-only, except for the purge of changes that explain no present drift.';

-- COLUMN hand_changes.role (registry)
COMMENT ON COLUMN registry.hand_changes.role IS 'The caller that changed the row, as returned by registry.caller().';

-- COLUMN hand_changes.name (registry)
COMMENT ON COLUMN registry.hand_changes.name IS 'The name in the row before the change; for an insert, the inserted name.';

-- COLUMN hand_changes.revision (registry)
COMMENT ON COLUMN registry.hand_changes.revision IS 'The last version of the resource in registry.history at the time, NULL without a version. A later version replaced the change.';

-- history (registry)
CREATE TABLE registry.history (
    entity_id uuid NOT NULL,
    revision bigint NOT NULL,
    action text NOT NULL,
    name text NOT NULL,
    manifest json,
    digest text GENERATED ALWAYS AS (registry.digest(manifest)) STORED,
    path text,
    blob text,
    drifted boolean DEFAULT false NOT NULL,
    changed_commit text,
    changed_author text,
    CONSTRAINT action_is_known CHECK ((action = ANY (ARRAY['create'::text, 'update'::text, 'move'::text, 'delete'::text]))),
    CONSTRAINT changed_author_is_short CHECK ((length(changed_author) <= 1000)),
    CONSTRAINT changed_commit_is_an_object_id CHECK ((changed_commit ~ '^([0-9a-f]{40}|[0-9a-f]{64})$'::text)),
    CONSTRAINT only_a_deletion_has_no_manifest CHECK (((action = 'delete'::text) = (manifest IS NULL)))
);

-- TABLE history (registry)
COMMENT ON TABLE registry.history IS 'Every version of every resource, with its revision. Append-only, except for api.purge_history, which removes versions replaced long ago.';

-- COLUMN history.drifted (registry)
COMMENT ON COLUMN registry.history.drifted IS 'Whether this version repaired a row changed by hand.';

-- COLUMN history.changed_commit (registry)
COMMENT ON COLUMN registry.history.changed_commit IS 'The last commit of the revision that changed, moved or removed the file; the applied commit if git does not know. NULL for files outside git, for changes outside commits, and for versions older than this column.';

-- COLUMN history.changed_author (registry)
COMMENT ON COLUMN registry.history.changed_author IS 'The author of changed_commit as Name <address>, cut after 300 characters.';

-- revisions (registry)
CREATE TABLE registry.revisions (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    number bigint NOT NULL,
    outcome text NOT NULL,
    registry text,
    source text NOT NULL,
    folder text NOT NULL,
    commit text,
    parents text[] DEFAULT '{}'::text[] NOT NULL,
    author text,
    committed_at timestamp with time zone,
    subject text,
    contract text,
    plan_digest text,
    created bigint DEFAULT 0 NOT NULL,
    updated bigint DEFAULT 0 NOT NULL,
    deleted bigint DEFAULT 0 NOT NULL,
    started_at timestamp with time zone NOT NULL,
    finished_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    applied_by text DEFAULT registry.caller() NOT NULL,
    error text,
    policy json,
    overridden text[] DEFAULT '{}'::text[] NOT NULL,
    left_undeleted bigint DEFAULT 0 NOT NULL,
    restored bigint,
    reason text,
    registry_id bigint,
    environment text,
    CONSTRAINT commit_is_an_object_id CHECK ((commit ~ '^([0-9a-f]{40}|[0-9a-f]{64})$'::text)),
    CONSTRAINT commit_source_has_a_commit CHECK (((source <> 'commit'::text) OR (commit IS NOT NULL))),
    CONSTRAINT only_an_applied_revision_has_no_error CHECK (((outcome = 'applied'::text) = (error IS NULL))),
    CONSTRAINT only_history_is_restored CHECK (((source = 'history'::text) = (restored IS NOT NULL))),
    CONSTRAINT outcome_is_known CHECK ((outcome = ANY (ARRAY['applied'::text, 'refused'::text, 'failed'::text]))),
    CONSTRAINT revisions_environment_is_short CHECK (((length(environment) >= 1) AND (length(environment) <= 63))),
    CONSTRAINT source_is_known CHECK ((source = ANY (ARRAY['commit'::text, 'worktree'::text, 'history'::text]))),
    CONSTRAINT times_are_finite CHECK ((isfinite(started_at) AND isfinite(finished_at) AND isfinite(committed_at)))
);

-- TABLE revisions (registry)
COMMENT ON TABLE registry.revisions IS 'Every attempt to apply: applied, refused or failed. Append-only.';

-- COLUMN revisions.number (registry)
COMMENT ON COLUMN registry.revisions.number IS 'Rises with each attempt. Numbers may be skipped; no number is used twice.';

-- COLUMN revisions.folder (registry)
COMMENT ON COLUMN registry.revisions.folder IS 'The folder of the registry, relative to the top of the repository.';

-- COLUMN revisions.commit (registry)
COMMENT ON COLUMN registry.revisions.commit IS 'For source commit, the applied commit. For worktree, the commit checked out at the time, if any. For history, the commit of the restored revision.';

-- COLUMN revisions.contract (registry)
COMMENT ON COLUMN registry.revisions.contract IS 'Digest of the JSON Schemas that checked the manifests. While the digest stays the same, unchanged files are not read again.';

-- COLUMN revisions.policy (registry)
COMMENT ON COLUMN registry.revisions.policy IS 'The applied registry.yaml. This file judges the next revision, which therefore cannot loosen its own guards.';

-- COLUMN revisions.overridden (registry)
COMMENT ON COLUMN registry.revisions.overridden IS 'The guards that refused the revision and were overridden by an option.';

-- COLUMN revisions.left_undeleted (registry)
COMMENT ON COLUMN registry.revisions.left_undeleted IS 'Number of resources no longer declared but kept by apply --no-delete. Above 0, the next apply compares all files.';

-- COLUMN revisions.restored (registry)
COMMENT ON COLUMN registry.revisions.restored IS 'For source history, the revision whose content was applied again; never a revision that itself restored another.';

-- COLUMN revisions.reason (registry)
COMMENT ON COLUMN registry.revisions.reason IS 'For source history, the reason given by the user.';

-- COLUMN revisions.registry_id (registry)
COMMENT ON COLUMN registry.revisions.registry_id IS 'The registry in registry.registries; NULL for a failed attempt at a first apply.';

-- COLUMN revisions.environment (registry)
COMMENT ON COLUMN registry.revisions.environment IS 'The environment whose patches the content includes; NULL for the manifests as written.';

-- invocation_logs_default (runtime)
CREATE TABLE runtime.invocation_logs_default (
    id bigint CONSTRAINT invocation_logs_id_not_null NOT NULL,
    started_at timestamp with time zone CONSTRAINT invocation_logs_started_at_not_null NOT NULL,
    duration_ms double precision CONSTRAINT invocation_logs_duration_ms_not_null NOT NULL,
    recorded_at timestamp with time zone DEFAULT clock_timestamp() CONSTRAINT invocation_logs_recorded_at_not_null NOT NULL,
    recorded_xid bigint DEFAULT ((pg_current_xact_id())::text)::bigint CONSTRAINT invocation_logs_recorded_xid_not_null NOT NULL,
    request_bytes bigint,
    response_bytes bigint,
    tool_id uuid,
    service_id uuid,
    node_id uuid,
    attempt bigint DEFAULT 1 CONSTRAINT invocation_logs_attempt_not_null NOT NULL,
    tool text CONSTRAINT invocation_logs_tool_not_null NOT NULL,
    tool_version text,
    agent text CONSTRAINT invocation_logs_agent_not_null NOT NULL,
    service text,
    node text,
    status text CONSTRAINT invocation_logs_status_not_null NOT NULL,
    error_code text,
    error_message text,
    trace_id text,
    span_id text,
    parent_span_id text,
    recorded_by text DEFAULT registry.caller() CONSTRAINT invocation_logs_recorded_by_not_null NOT NULL,
    attributes jsonb,
    arguments jsonb,
    result jsonb,
    CONSTRAINT attempts_are_counted_from_one CHECK ((attempt >= 1)),
    CONSTRAINT duration_is_a_time CHECK (((duration_ms >= (0)::double precision) AND (duration_ms < 'Infinity'::double precision))),
    CONSTRAINT invocation_status_is_known CHECK ((status = ANY (ARRAY['success'::text, 'failure'::text, 'timeout'::text, 'cancelled'::text]))),
    CONSTRAINT names_are_short CHECK (((tool <> ''::text) AND (agent <> ''::text) AND ((octet_length(tool) <= 256) OR (char_length(tool) <= 128)) AND (GREATEST(octet_length(agent), octet_length(tool_version), octet_length(service), octet_length(node), octet_length(error_code)) <= 256))),
    CONSTRAINT parent_span_id_is_of_w3c CHECK (((octet_length(parent_span_id) = 16) AND (parent_span_id ~ '^[0-9a-f]+$'::text) AND (parent_span_id <> '0000000000000000'::text))),
    CONSTRAINT sizes_are_not_negative CHECK (((request_bytes >= 0) AND (response_bytes >= 0))),
    CONSTRAINT span_id_is_of_w3c CHECK (((octet_length(span_id) = 16) AND (span_id ~ '^[0-9a-f]+$'::text) AND (span_id <> '0000000000000000'::text))),
    CONSTRAINT start_is_finite CHECK (isfinite(started_at)),
    CONSTRAINT trace_id_is_of_w3c CHECK (((octet_length(trace_id) = 32) AND (trace_id ~ '^[0-9a-f]+$'::text) AND (trace_id <> '00000000000000000000000000000000'::text)))
);

-- TABLE invocation_logs_default (runtime)
COMMENT ON TABLE runtime.invocation_logs_default IS 'Calls of days without a table of their own. The maintenance task ensure_partitions moves them out.';

-- maintenance_runs (runtime)
CREATE TABLE runtime.maintenance_runs (
    id bigint NOT NULL,
    task text NOT NULL,
    started_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    finished_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    statements bigint NOT NULL,
    remaining bigint DEFAULT 0 NOT NULL,
    error text,
    run_by text DEFAULT registry.caller() NOT NULL,
    CONSTRAINT statements_are_counted CHECK (((statements >= 0) AND (remaining >= 0))),
    CONSTRAINT task_has_a_name CHECK ((task ~ '^[a-z][a-z_]{0,62}$'::text))
);

-- TABLE maintenance_runs (runtime)
COMMENT ON TABLE runtime.maintenance_runs IS 'Times and results of maintenance tasks, which decide the tasks due next.';

-- COLUMN maintenance_runs.remaining (runtime)
COMMENT ON COLUMN runtime.maintenance_runs.remaining IS 'Number of statements left by --limit for the next run.';

-- maintenance_tasks (runtime)
CREATE TABLE runtime.maintenance_tasks (
    task text NOT NULL,
    turn bigint NOT NULL,
    every interval,
    CONSTRAINT task_is_due_now_and_then CHECK (((every >= '00:00:01'::interval) AND (every <= '100 years'::interval))),
    CONSTRAINT task_is_named_as_its_file CHECK ((task ~ '^[a-z][a-z_]{0,62}$'::text))
);

-- TABLE maintenance_tasks (runtime)
COMMENT ON TABLE runtime.maintenance_tasks IS 'The files of sql/maintenance, with their intervals. An operator updates the intervals.';

-- COLUMN maintenance_tasks.turn (runtime)
COMMENT ON COLUMN runtime.maintenance_tasks.turn IS 'Position in a run of all tasks: calls are rolled up before their day is dropped.';

-- COLUMN maintenance_tasks.every (runtime)
COMMENT ON COLUMN runtime.maintenance_tasks.every IS 'Interval after which the task is due. NULL: never due.';

-- node_heartbeats (runtime)
CREATE TABLE runtime.node_heartbeats (
    node_id uuid NOT NULL,
    seen_at timestamp with time zone NOT NULL,
    load double precision,
    running bigint,
    details jsonb,
    reported_by text DEFAULT registry.caller() NOT NULL,
    CONSTRAINT heartbeat_has_a_time CHECK (isfinite(seen_at)),
    CONSTRAINT load_is_a_number CHECK (((load >= (0)::double precision) AND (load < 'Infinity'::double precision))),
    CONSTRAINT running_is_not_negative CHECK ((running >= 0))
)
WITH (fillfactor='50');

-- TABLE node_heartbeats (runtime)
COMMENT ON TABLE runtime.node_heartbeats IS 'The last heartbeat of each node, with its load.';

-- COLUMN node_heartbeats.load (runtime)
COMMENT ON COLUMN runtime.node_heartbeats.load IS 'Used share of the node''s capacity; 1 is the whole capacity.';

-- COLUMN node_heartbeats.running (runtime)
COMMENT ON COLUMN runtime.node_heartbeats.running IS 'Number of calls running on the node.';

-- registries (registry)
CREATE TABLE registry.registries (
    id bigint NOT NULL,
    name text NOT NULL,
    CONSTRAINT registry_name_is_short CHECK (((length(name) >= 1) AND (length(name) <= 200)))
);

-- TABLE registries (registry)
COMMENT ON TABLE registry.registries IS 'The registries of this database: metadata.name of each registry.yaml.';

-- reconcilers (registry)
CREATE TABLE registry.reconcilers (
    source text NOT NULL,
    registry text,
    holder text NOT NULL,
    epoch bigint DEFAULT 1 NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    wanted_at timestamp with time zone,
    looked_at timestamp with time zone,
    condition text DEFAULT 'Reconciling'::text NOT NULL,
    reason text DEFAULT 'Starting'::text NOT NULL,
    message text,
    since timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    head text,
    attempted text,
    behind bigint,
    CONSTRAINT attempted_is_an_object_id CHECK ((attempted ~ '^([0-9a-f]{40}|[0-9a-f]{64})$'::text)),
    CONSTRAINT condition_is_known CHECK ((condition = ANY (ARRAY['Ready'::text, 'Reconciling'::text, 'Stalled'::text]))),
    CONSTRAINT head_is_an_object_id CHECK ((head ~ '^([0-9a-f]{40}|[0-9a-f]{64})$'::text)),
    CONSTRAINT reconciler_texts_are_short CHECK (((length(source) <= 2000) AND (length(registry) <= 200) AND (length(holder) <= 200) AND (length(reason) <= 100) AND (length(message) <= 4000)))
)
WITH (fillfactor='50');

-- TABLE reconcilers (registry)
COMMENT ON TABLE registry.reconcilers IS 'The lease and the state of toolreg reconcile, one row per branch of a repository. Only the holder of the lease applies.';

-- COLUMN reconcilers.source (registry)
COMMENT ON COLUMN registry.reconcilers.source IS 'Repository without credentials, branch, folder and environment.';

-- COLUMN reconcilers.registry (registry)
COMMENT ON COLUMN registry.reconcilers.registry IS 'The name of the registry; NULL until its registry.yaml was read.';

-- COLUMN reconcilers.holder (registry)
COMMENT ON COLUMN registry.reconcilers.holder IS 'The process that works: host, process ID and a random part.';

-- COLUMN reconcilers.epoch (registry)
COMMENT ON COLUMN registry.reconcilers.epoch IS 'Number of the lease: each new holder raises it. An apply under an earlier number writes nothing.';

-- COLUMN reconcilers.expires_at (registry)
COMMENT ON COLUMN registry.reconcilers.expires_at IS 'Time from which another process may take the lease.';

-- COLUMN reconcilers.wanted_at (registry)
COMMENT ON COLUMN registry.reconcilers.wanted_at IS 'Time of a request to look at the repository that reached a process without the lease; NULL once the holder knows.';

-- COLUMN reconcilers.looked_at (registry)
COMMENT ON COLUMN registry.reconcilers.looked_at IS 'Time of the last answer of the repository.';

-- COLUMN reconcilers.condition (registry)
COMMENT ON COLUMN registry.reconcilers.condition IS 'Ready: the database equals the branch. Reconciling: work or a retry is due. Stalled: nothing happens before a change.';

-- COLUMN reconcilers.since (registry)
COMMENT ON COLUMN registry.reconcilers.since IS 'Beginning of this condition and reason.';

-- COLUMN reconcilers.head (registry)
COMMENT ON COLUMN registry.reconcilers.head IS 'The last commit of the branch.';

-- COLUMN reconcilers.attempted (registry)
COMMENT ON COLUMN registry.reconcilers.attempted IS 'The commit applied or tried last.';

-- COLUMN reconcilers.behind (registry)
COMMENT ON COLUMN registry.reconcilers.behind IS 'Number of commits of the branch that are not applied; NULL if unknown.';

-- suspensions (registry)
CREATE TABLE registry.suspensions (
    id bigint NOT NULL,
    reason text NOT NULL,
    until timestamp with time zone,
    suspended_by text DEFAULT registry.caller() NOT NULL,
    suspended_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    resumed_by text,
    resumed_at timestamp with time zone,
    registry_id bigint,
    CONSTRAINT suspension_ends_in_a_year_to_come CHECK (((until > suspended_at) AND (until < '9999-12-31 00:00:00+00'::timestamp with time zone))),
    CONSTRAINT suspension_has_a_reason CHECK (((char_length(btrim(reason)) >= 1) AND (char_length(btrim(reason)) <= 1000))),
    CONSTRAINT who_resumed_did_so_at_a_time CHECK (((resumed_by IS NULL) OR (resumed_at IS NOT NULL)))
);

-- TABLE suspensions (registry)
COMMENT ON TABLE registry.suspensions IS 'Suspensions, which pause all applies: reason, caller, beginning and end. Ended suspensions stay.';

-- COLUMN suspensions.until (registry)
COMMENT ON COLUMN registry.suspensions.until IS 'Time at which the suspension expires. NULL: lasts until toolreg resume.';

-- COLUMN suspensions.resumed_by (registry)
COMMENT ON COLUMN registry.suspensions.resumed_by IS 'The caller that ended the suspension, by toolreg resume or a replacement. NULL for an expired suspension.';

-- COLUMN suspensions.resumed_at (registry)
COMMENT ON COLUMN registry.suspensions.resumed_at IS 'Time of the end. NULL for a suspension in effect, and for an expired suspension without a successor.';

-- COLUMN suspensions.registry_id (registry)
COMMENT ON COLUMN registry.suspensions.registry_id IS 'The only suspended registry; NULL: all registries of the database.';

-- tool_tags (registry)
CREATE TABLE registry.tool_tags (
    tool_id uuid NOT NULL,
    tag text NOT NULL
);

-- TABLE tool_tags (registry)
COMMENT ON TABLE registry.tool_tags IS 'The tags of each tool, one per row. Written together with the tool.';

-- tool_status_changes (runtime)
CREATE TABLE runtime.tool_status_changes (
    id bigint NOT NULL,
    tool_id uuid NOT NULL,
    before text NOT NULL,
    after text NOT NULL,
    reason text NOT NULL,
    changed_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    changed_by text DEFAULT registry.caller() NOT NULL,
    CONSTRAINT change_is_one CHECK ((before <> after)),
    CONSTRAINT status_after_is_known CHECK ((after = ANY (ARRAY['available'::text, 'unavailable'::text, 'removed'::text]))),
    CONSTRAINT status_before_is_known CHECK ((before = ANY (ARRAY['available'::text, 'unavailable'::text])))
);

-- TABLE tool_status_changes (runtime)
COMMENT ON TABLE runtime.tool_status_changes IS 'Changes of the availability of tools, with their reasons.';

-- invocation_rollup_daily (runtime)
CREATE TABLE runtime.invocation_rollup_daily (
    day date NOT NULL,
    series_id bigint NOT NULL,
    calls bigint NOT NULL,
    successes bigint NOT NULL,
    failures bigint NOT NULL,
    timeouts bigint NOT NULL,
    cancellations bigint NOT NULL,
    duration_ms_sum double precision NOT NULL,
    duration_ms_max double precision NOT NULL,
    request_bytes bigint NOT NULL,
    response_bytes bigint NOT NULL,
    last_started_at timestamp with time zone NOT NULL,
    CONSTRAINT daily_calls_are_those_of_each_status CHECK ((calls = (((successes + failures) + timeouts) + cancellations)))
)
WITH (fillfactor='50');

-- TABLE invocation_rollup_daily (runtime)
COMMENT ON TABLE runtime.invocation_rollup_daily IS 'Number of calls by day (UTC) and series.';

-- series (runtime)
CREATE TABLE runtime.series (
    id bigint NOT NULL,
    tool_id uuid,
    tool text NOT NULL,
    tool_version text,
    agent text NOT NULL,
    service_id uuid,
    service text,
    node_id uuid,
    node text
);

-- TABLE series (runtime)
COMMENT ON TABLE runtime.series IS 'Each combination of caller, tool and place that was ever rolled up, once.';

-- references (registry)
CREATE TABLE registry."references" (
    source_id uuid NOT NULL,
    pointer text NOT NULL,
    target_kind text NOT NULL,
    target_name text NOT NULL,
    range text,
    bounds text
);

-- TABLE "references" (registry)
COMMENT ON TABLE registry."references" IS 'The references between resources, indexed in both directions.';

-- COLUMN "references".pointer (registry)
COMMENT ON COLUMN registry."references".pointer IS 'JSON Pointer (RFC 6901) to the name, in the manifest of the source.';

-- COLUMN "references".range (registry)
COMMENT ON COLUMN registry."references".range IS 'The versions of the target that the source can work with, as written; NULL: any.';

-- COLUMN "references".bounds (registry)
COMMENT ON COLUMN registry."references".bounds IS 'The same as bounds alone: alternatives separated by ||, each with bounds that hold together, such as >=2.1.0 <3.0.0-0.';

-- former_names (registry)
CREATE TABLE registry.former_names (
    entity_id uuid NOT NULL,
    kind text NOT NULL,
    name text NOT NULL,
    blob text NOT NULL,
    revision bigint
);

-- TABLE former_names (registry)
COMMENT ON TABLE registry.former_names IS 'Names given up by a resource in a rename, including renames between two applied commits. Append-only, written by toolreg apply.';

-- COLUMN former_names.kind (registry)
COMMENT ON COLUMN registry.former_names.kind IS 'The kind of the resource, repeated here to find a name by a single index.';

-- COLUMN former_names.blob (registry)
COMMENT ON COLUMN registry.former_names.blob IS 'The git blob of the file before the rename; the same blob under this name takes the rename back. Empty if unknown.';

-- COLUMN former_names.revision (registry)
COMMENT ON COLUMN registry.former_names.revision IS 'The first revision after the rename. NULL for a name given up before this table existed.';

-- hand_changes_id_seq (registry)
ALTER TABLE registry.hand_changes ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME registry.hand_changes_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

-- horizon (registry)
CREATE TABLE registry.horizon (
    only_row boolean DEFAULT true NOT NULL,
    revision bigint NOT NULL,
    CONSTRAINT horizon_row_is_the_only_one CHECK (only_row)
);

-- TABLE horizon (registry)
COMMENT ON TABLE registry.horizon IS 'The beginning of the complete history: one row, or none while no version was removed. Only api.purge_history writes here.';

-- COLUMN horizon.revision (registry)
COMMENT ON COLUMN registry.horizon.revision IS 'The declared state of this revision and all later ones is completely kept. Versions of earlier states may be missing.';

-- relocations (registry)
CREATE TABLE registry.relocations (
    entity_id uuid NOT NULL,
    revision bigint NOT NULL,
    path text NOT NULL,
    blob text
);

-- TABLE relocations (registry)
COMMENT ON TABLE registry.relocations IS 'New places of unchanged resources: from a revision on, the file has another path or other bytes. Append-only.';

-- revisions_number_seq (registry)
ALTER TABLE registry.revisions ALTER COLUMN number ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME registry.revisions_number_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

-- suspensions_id_seq (registry)
ALTER TABLE registry.suspensions ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME registry.suspensions_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

-- dropped_days (runtime)
CREATE TABLE runtime.dropped_days (
    day date NOT NULL,
    dropped_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    calls bigint NOT NULL,
    CONSTRAINT dropped_calls_are_counted CHECK ((calls >= 0))
);

-- TABLE dropped_days (runtime)
COMMENT ON TABLE runtime.dropped_days IS 'Days (UTC) with dropped logs, all or some. Their rollups are never rebuilt.';

-- COLUMN dropped_days.calls (runtime)
COMMENT ON COLUMN runtime.dropped_days.calls IS 'Number of calls of the day that only the rollups still contain.';

-- duration_histogram (runtime)
CREATE TABLE runtime.duration_histogram (
    day date NOT NULL,
    series_id bigint NOT NULL,
    bucket smallint NOT NULL,
    calls bigint NOT NULL
)
WITH (fillfactor='50');

-- TABLE duration_histogram (runtime)
COMMENT ON TABLE runtime.duration_histogram IS 'Histogram of call durations by day (UTC) and series.';

-- COLUMN duration_histogram.bucket (runtime)
COMMENT ON COLUMN runtime.duration_histogram.bucket IS 'Bucket b holds durations from 1.1^b ms up to but excluding 1.1^(b+1) ms, a width of 10 %; the lowest bucket also holds all shorter durations.';

-- duration_histogram_total (runtime)
CREATE TABLE runtime.duration_histogram_total (
    day date NOT NULL,
    bucket smallint NOT NULL,
    calls bigint NOT NULL
)
WITH (fillfactor='50');

-- TABLE duration_histogram_total (runtime)
COMMENT ON TABLE runtime.duration_histogram_total IS 'Histogram of call durations by day (UTC) over all series, for queries without a filter.';

-- invocation_logs_id_seq (runtime)
ALTER TABLE runtime.invocation_logs ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME runtime.invocation_logs_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

-- invocation_rollup (runtime)
CREATE TABLE runtime.invocation_rollup (
    hour timestamp with time zone NOT NULL,
    series_id bigint NOT NULL,
    calls bigint NOT NULL,
    successes bigint NOT NULL,
    failures bigint NOT NULL,
    timeouts bigint NOT NULL,
    cancellations bigint NOT NULL,
    duration_ms_sum double precision NOT NULL,
    duration_ms_max double precision NOT NULL,
    request_bytes bigint NOT NULL,
    response_bytes bigint NOT NULL,
    last_started_at timestamp with time zone NOT NULL,
    CONSTRAINT calls_are_those_of_each_status CHECK ((calls = (((successes + failures) + timeouts) + cancellations)))
)
WITH (fillfactor='50');

-- TABLE invocation_rollup (runtime)
COMMENT ON TABLE runtime.invocation_rollup IS 'Number of calls by hour (UTC) and series.';

-- maintenance_runs_id_seq (runtime)
ALTER TABLE runtime.maintenance_runs ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME runtime.maintenance_runs_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

-- series_id_seq (runtime)
ALTER TABLE runtime.series ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME runtime.series_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

-- tool_overrides_id_seq (runtime)
ALTER TABLE runtime.tool_overrides ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME runtime.tool_overrides_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

-- tool_status_changes_id_seq (runtime)
ALTER TABLE runtime.tool_status_changes ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME runtime.tool_status_changes_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

-- tool_successions (runtime)
CREATE TABLE runtime.tool_successions (
    tool text NOT NULL,
    next_tool text NOT NULL,
    agent text NOT NULL,
    calls bigint NOT NULL,
    last_at timestamp with time zone NOT NULL
);

-- TABLE tool_successions (runtime)
COMMENT ON TABLE runtime.tool_successions IS 'Pairs of tools called in succession within a trace, and their number.';

-- invocation_logs_default (runtime)
ALTER TABLE ONLY runtime.invocation_logs ATTACH PARTITION runtime.invocation_logs_default DEFAULT;

-- nodes updated_at (registry)
ALTER TABLE ONLY registry.nodes ALTER COLUMN updated_at SET DEFAULT now();

-- services updated_at (registry)
ALTER TABLE ONLY registry.services ALTER COLUMN updated_at SET DEFAULT now();

-- tools updated_at (registry)
ALTER TABLE ONLY registry.tools ALTER COLUMN updated_at SET DEFAULT now();

-- entities entities_have_an_id (registry)
ALTER TABLE ONLY registry.entities
    ADD CONSTRAINT entities_have_an_id PRIMARY KEY (id);

-- former_names former_name_is_left_once_with_a_file (registry)
ALTER TABLE ONLY registry.former_names
    ADD CONSTRAINT former_name_is_left_once_with_a_file PRIMARY KEY (entity_id, name, blob);

-- hand_changes hand_changes_have_an_id (registry)
ALTER TABLE ONLY registry.hand_changes
    ADD CONSTRAINT hand_changes_have_an_id PRIMARY KEY (id);

-- horizon horizon_is_one_row (registry)
ALTER TABLE ONLY registry.horizon
    ADD CONSTRAINT horizon_is_one_row PRIMARY KEY (only_row);

-- entities name_is_unique_in_its_kind (registry)
ALTER TABLE ONLY registry.entities
    ADD CONSTRAINT name_is_unique_in_its_kind EXCLUDE USING btree (kind WITH =, name WITH =) DEFERRABLE INITIALLY DEFERRED;

-- nodes node_name_is_unique (registry)
ALTER TABLE ONLY registry.nodes
    ADD CONSTRAINT node_name_is_unique UNIQUE (name);

-- nodes nodes_have_an_id (registry)
ALTER TABLE ONLY registry.nodes
    ADD CONSTRAINT nodes_have_an_id PRIMARY KEY (id);

-- relocations one_place_per_revision (registry)
ALTER TABLE ONLY registry.relocations
    ADD CONSTRAINT one_place_per_revision PRIMARY KEY (entity_id, revision);

-- references one_reference_per_place (registry)
ALTER TABLE ONLY registry."references"
    ADD CONSTRAINT one_reference_per_place PRIMARY KEY (source_id, pointer);

-- history one_version_per_revision (registry)
ALTER TABLE ONLY registry.history
    ADD CONSTRAINT one_version_per_revision PRIMARY KEY (entity_id, revision);

-- reconcilers reconcilers_have_a_source (registry)
ALTER TABLE ONLY registry.reconcilers
    ADD CONSTRAINT reconcilers_have_a_source PRIMARY KEY (source);

-- registries registries_have_an_id (registry)
ALTER TABLE ONLY registry.registries
    ADD CONSTRAINT registries_have_an_id PRIMARY KEY (id);

-- registries registry_name_is_unique (registry)
ALTER TABLE ONLY registry.registries
    ADD CONSTRAINT registry_name_is_unique UNIQUE (name);

-- resources resources_have_an_id (registry)
ALTER TABLE ONLY registry.resources
    ADD CONSTRAINT resources_have_an_id PRIMARY KEY (id);

-- revisions revisions_have_a_number (registry)
ALTER TABLE ONLY registry.revisions
    ADD CONSTRAINT revisions_have_a_number UNIQUE (number);

-- revisions revisions_have_an_id (registry)
ALTER TABLE ONLY registry.revisions
    ADD CONSTRAINT revisions_have_an_id PRIMARY KEY (id);

-- services service_name_is_unique (registry)
ALTER TABLE ONLY registry.services
    ADD CONSTRAINT service_name_is_unique UNIQUE (name);

-- services services_have_an_id (registry)
ALTER TABLE ONLY registry.services
    ADD CONSTRAINT services_have_an_id PRIMARY KEY (id);

-- suspensions suspensions_have_an_id (registry)
ALTER TABLE ONLY registry.suspensions
    ADD CONSTRAINT suspensions_have_an_id PRIMARY KEY (id);

-- tool_tags tool_has_a_tag_once (registry)
ALTER TABLE ONLY registry.tool_tags
    ADD CONSTRAINT tool_has_a_tag_once PRIMARY KEY (tool_id, tag);

-- tools tool_name_is_unique (registry)
ALTER TABLE ONLY registry.tools
    ADD CONSTRAINT tool_name_is_unique UNIQUE (name);

-- tools tools_have_an_id (registry)
ALTER TABLE ONLY registry.tools
    ADD CONSTRAINT tools_have_an_id PRIMARY KEY (id);

-- artifacts artifact_is_registered_once (runtime)
ALTER TABLE ONLY runtime.artifacts
    ADD CONSTRAINT artifact_is_registered_once UNIQUE (uri);

-- artifacts artifacts_have_an_id (runtime)
ALTER TABLE ONLY runtime.artifacts
    ADD CONSTRAINT artifacts_have_an_id PRIMARY KEY (id);

-- duration_histogram bucket_is_counted_once_a_day (runtime)
ALTER TABLE ONLY runtime.duration_histogram
    ADD CONSTRAINT bucket_is_counted_once_a_day PRIMARY KEY (day, series_id, bucket);

-- duration_histogram_total bucket_of_all_is_counted_once_a_day (runtime)
ALTER TABLE ONLY runtime.duration_histogram_total
    ADD CONSTRAINT bucket_of_all_is_counted_once_a_day PRIMARY KEY (day, bucket);

-- dropped_days day_is_dropped_once (runtime)
ALTER TABLE ONLY runtime.dropped_days
    ADD CONSTRAINT day_is_dropped_once PRIMARY KEY (day);

-- invocation_logs invocations_have_an_id (runtime)
ALTER TABLE ONLY runtime.invocation_logs
    ADD CONSTRAINT invocations_have_an_id PRIMARY KEY (id, started_at);

-- invocation_logs_default invocation_logs_default_pkey (runtime)
ALTER TABLE ONLY runtime.invocation_logs_default
    ADD CONSTRAINT invocation_logs_default_pkey PRIMARY KEY (id, started_at);

-- node_heartbeats node_has_one_last_heartbeat (runtime)
ALTER TABLE ONLY runtime.node_heartbeats
    ADD CONSTRAINT node_has_one_last_heartbeat PRIMARY KEY (node_id);

-- tool_overrides overrides_have_an_id (runtime)
ALTER TABLE ONLY runtime.tool_overrides
    ADD CONSTRAINT overrides_have_an_id PRIMARY KEY (id);

-- exported_days part_of_a_day_is_exported_once (runtime)
ALTER TABLE ONLY runtime.exported_days
    ADD CONSTRAINT part_of_a_day_is_exported_once PRIMARY KEY (day, part);

-- rollup_state rollup_has_one_state (runtime)
ALTER TABLE ONLY runtime.rollup_state
    ADD CONSTRAINT rollup_has_one_state PRIMARY KEY (only_row);

-- maintenance_runs runs_have_an_id (runtime)
ALTER TABLE ONLY runtime.maintenance_runs
    ADD CONSTRAINT runs_have_an_id PRIMARY KEY (id);

-- series series_are_told_apart (runtime)
ALTER TABLE ONLY runtime.series
    ADD CONSTRAINT series_are_told_apart UNIQUE NULLS NOT DISTINCT (tool_id, tool, tool_version, agent, service_id, service, node_id, node);

-- series series_have_an_id (runtime)
ALTER TABLE ONLY runtime.series
    ADD CONSTRAINT series_have_an_id PRIMARY KEY (id);

-- invocation_rollup_daily series_is_counted_once_a_day (runtime)
ALTER TABLE ONLY runtime.invocation_rollup_daily
    ADD CONSTRAINT series_is_counted_once_a_day PRIMARY KEY (day, series_id);

-- invocation_rollup series_is_counted_once_an_hour (runtime)
ALTER TABLE ONLY runtime.invocation_rollup
    ADD CONSTRAINT series_is_counted_once_an_hour PRIMARY KEY (hour, series_id);

-- tool_status_changes status_changes_have_an_id (runtime)
ALTER TABLE ONLY runtime.tool_status_changes
    ADD CONSTRAINT status_changes_have_an_id PRIMARY KEY (id);

-- tool_successions succession_is_counted_once (runtime)
ALTER TABLE ONLY runtime.tool_successions
    ADD CONSTRAINT succession_is_counted_once PRIMARY KEY (tool, next_tool, agent);

-- maintenance_tasks tasks_have_a_name (runtime)
ALTER TABLE ONLY runtime.maintenance_tasks
    ADD CONSTRAINT tasks_have_a_name PRIMARY KEY (task);

-- maintenance_tasks tasks_take_turns (runtime)
ALTER TABLE ONLY runtime.maintenance_tasks
    ADD CONSTRAINT tasks_take_turns UNIQUE (turn);

-- settings there_is_one_row (runtime)
ALTER TABLE ONLY runtime.settings
    ADD CONSTRAINT there_is_one_row PRIMARY KEY (only_row);

-- tool_statuses tool_has_one_status (runtime)
ALTER TABLE ONLY runtime.tool_statuses
    ADD CONSTRAINT tool_has_one_status PRIMARY KEY (tool_id);

-- former_names_by_name (registry)
CREATE INDEX former_names_by_name ON registry.former_names USING btree (kind, name);

-- hand_changes_by_entity (registry)
CREATE INDEX hand_changes_by_entity ON registry.hand_changes USING btree (entity_id, id);

-- hand_changes_by_time (registry)
CREATE INDEX hand_changes_by_time ON registry.hand_changes USING btree (at);

-- history_by_name (registry)
CREATE INDEX history_by_name ON registry.history USING btree (name);

-- history_by_newest (registry)
CREATE INDEX history_by_newest ON registry.history USING btree (entity_id, revision DESC) INCLUDE (digest);

-- history_by_revision (registry)
CREATE INDEX history_by_revision ON registry.history USING btree (revision);

-- nodes_by_digest (registry)
CREATE INDEX nodes_by_digest ON registry.nodes USING btree (id) INCLUDE (digest);

-- nodes_by_path (registry)
CREATE INDEX nodes_by_path ON registry.nodes USING btree (path);

-- nodes_by_revision (registry)
CREATE INDEX nodes_by_revision ON registry.nodes USING btree (revision);

-- nodes_drifted (registry)
CREATE INDEX nodes_drifted ON registry.nodes USING btree (id) WHERE (digest IS DISTINCT FROM applied_digest);

-- one_suspension_is_open (registry)
CREATE UNIQUE INDEX one_suspension_is_open ON registry.suspensions USING btree (COALESCE(registry_id, (0)::bigint)) WHERE (resumed_at IS NULL);

-- references_by_target (registry)
CREATE INDEX references_by_target ON registry."references" USING btree (target_kind, target_name);

-- relocations_by_revision (registry)
CREATE INDEX relocations_by_revision ON registry.relocations USING btree (revision);

-- revisions_applied_from_commits (registry)
CREATE INDEX revisions_applied_from_commits ON registry.revisions USING btree (number DESC) WHERE ((outcome = 'applied'::text) AND (source <> 'history'::text) AND (commit IS NOT NULL));

-- revisions_by_outcome (registry)
CREATE INDEX revisions_by_outcome ON registry.revisions USING btree (outcome, number DESC);

-- revisions_by_registry (registry)
CREATE INDEX revisions_by_registry ON registry.revisions USING btree (registry_id, number DESC) WHERE (outcome = 'applied'::text);

-- services_by_digest (registry)
CREATE INDEX services_by_digest ON registry.services USING btree (id) INCLUDE (digest);

-- services_by_path (registry)
CREATE INDEX services_by_path ON registry.services USING btree (path);

-- services_by_revision (registry)
CREATE INDEX services_by_revision ON registry.services USING btree (revision);

-- services_drifted (registry)
CREATE INDEX services_drifted ON registry.services USING btree (id) WHERE (digest IS DISTINCT FROM applied_digest);

-- tool_tags_by_tag (registry)
CREATE INDEX tool_tags_by_tag ON registry.tool_tags USING btree (tag);

-- tools_by_category (registry)
CREATE INDEX tools_by_category ON registry.tools USING btree (category);

-- tools_by_digest (registry)
CREATE INDEX tools_by_digest ON registry.tools USING btree (id) INCLUDE (digest);

-- tools_by_input_schema (registry)
CREATE INDEX tools_by_input_schema ON registry.tools USING gin (input_schema jsonb_path_ops);

-- tools_by_node (registry)
CREATE INDEX tools_by_node ON registry.tools USING btree (node);

-- tools_by_output_schema (registry)
CREATE INDEX tools_by_output_schema ON registry.tools USING gin (output_schema jsonb_path_ops);

-- tools_by_parameter (registry)
CREATE INDEX tools_by_parameter ON registry.tools USING gin (registry.parameter_names(input_schema));

-- tools_by_path (registry)
CREATE INDEX tools_by_path ON registry.tools USING btree (path);

-- tools_by_required_parameter (registry)
CREATE INDEX tools_by_required_parameter ON registry.tools USING gin (registry.required_parameters(input_schema));

-- tools_by_revision (registry)
CREATE INDEX tools_by_revision ON registry.tools USING btree (revision);

-- tools_by_service (registry)
CREATE INDEX tools_by_service ON registry.tools USING btree (service);

-- tools_by_tool_name (registry)
CREATE INDEX tools_by_tool_name ON registry.tools USING btree (lower(tool_name));

-- tools_by_words (registry)
CREATE INDEX tools_by_words ON registry.tools USING gin (search);

-- tools_drifted (registry)
CREATE INDEX tools_drifted ON registry.tools USING btree (id) WHERE (digest IS DISTINCT FROM applied_digest);

-- artifacts_by_creation (runtime)
CREATE INDEX artifacts_by_creation ON runtime.artifacts USING btree (created_at);

-- artifacts_by_expiry (runtime)
CREATE INDEX artifacts_by_expiry ON runtime.artifacts USING btree (expires_at) WHERE (expires_at IS NOT NULL);

-- artifacts_by_invocation (runtime)
CREATE INDEX artifacts_by_invocation ON runtime.artifacts USING btree (invocation_id) WHERE (invocation_id IS NOT NULL);

-- artifacts_by_tool (runtime)
CREATE INDEX artifacts_by_tool ON runtime.artifacts USING btree (tool_id, size_bytes);

-- daily_rollup_by_series (runtime)
CREATE INDEX daily_rollup_by_series ON runtime.invocation_rollup_daily USING btree (series_id, day);

-- histogram_by_series (runtime)
CREATE INDEX histogram_by_series ON runtime.duration_histogram USING btree (series_id, day);

-- invocations_failed (runtime)
CREATE INDEX invocations_failed ON ONLY runtime.invocation_logs USING btree (started_at) WHERE (status <> 'success'::text);

-- invocation_logs_default_started_at_idx (runtime)
CREATE INDEX invocation_logs_default_started_at_idx ON runtime.invocation_logs_default USING btree (started_at) WHERE (status <> 'success'::text);

-- invocations_by_time (runtime)
CREATE INDEX invocations_by_time ON ONLY runtime.invocation_logs USING brin (started_at, recorded_xid) WITH (autosummarize='on');

-- invocation_logs_default_started_at_recorded_xid_idx (runtime)
CREATE INDEX invocation_logs_default_started_at_recorded_xid_idx ON runtime.invocation_logs_default USING brin (started_at, recorded_xid) WITH (autosummarize='on');

-- invocations_by_tool (runtime)
CREATE INDEX invocations_by_tool ON ONLY runtime.invocation_logs USING btree (tool_id, started_at) INCLUDE (duration_ms, status);

-- invocation_logs_default_tool_id_started_at_duration_ms_stat_idx (runtime)
CREATE INDEX invocation_logs_default_tool_id_started_at_duration_ms_stat_idx ON runtime.invocation_logs_default USING btree (tool_id, started_at) INCLUDE (duration_ms, status);

-- invocations_recorded (runtime)
CREATE INDEX invocations_recorded ON ONLY runtime.invocation_logs USING btree (tool_id, started_at, id) WHERE (arguments IS NOT NULL);

-- invocation_logs_default_tool_id_started_at_id_idx (runtime)
CREATE INDEX invocation_logs_default_tool_id_started_at_id_idx ON runtime.invocation_logs_default USING btree (tool_id, started_at, id) WHERE (arguments IS NOT NULL);

-- invocations_by_trace (runtime)
CREATE INDEX invocations_by_trace ON ONLY runtime.invocation_logs USING btree (trace_id) WHERE (trace_id IS NOT NULL);

-- invocation_logs_default_trace_id_idx (runtime)
CREATE INDEX invocation_logs_default_trace_id_idx ON runtime.invocation_logs_default USING btree (trace_id) WHERE (trace_id IS NOT NULL);

-- overrides_by_tool (runtime)
CREATE INDEX overrides_by_tool ON runtime.tool_overrides USING btree (tool_id, set_at);

-- rollup_by_series (runtime)
CREATE INDEX rollup_by_series ON runtime.invocation_rollup USING btree (series_id, hour);

-- runs_by_task (runtime)
CREATE INDEX runs_by_task ON runtime.maintenance_runs USING btree (task, started_at DESC);

-- series_by_agent (runtime)
CREATE INDEX series_by_agent ON runtime.series USING btree (agent);

-- series_by_tool (runtime)
CREATE INDEX series_by_tool ON runtime.series USING btree (tool);

-- status_changes_by_tool (runtime)
CREATE INDEX status_changes_by_tool ON runtime.tool_status_changes USING btree (tool_id, changed_at);

-- tool_has_one_override (runtime)
CREATE UNIQUE INDEX tool_has_one_override ON runtime.tool_overrides USING btree (tool_id) WHERE (ended_at IS NULL);

-- invocation_logs_default_pkey (runtime)
ALTER INDEX runtime.invocations_have_an_id ATTACH PARTITION runtime.invocation_logs_default_pkey;

-- invocation_logs_default_started_at_idx (runtime)
ALTER INDEX runtime.invocations_failed ATTACH PARTITION runtime.invocation_logs_default_started_at_idx;

-- invocation_logs_default_started_at_recorded_xid_idx (runtime)
ALTER INDEX runtime.invocations_by_time ATTACH PARTITION runtime.invocation_logs_default_started_at_recorded_xid_idx;

-- invocation_logs_default_tool_id_started_at_duration_ms_stat_idx (runtime)
ALTER INDEX runtime.invocations_by_tool ATTACH PARTITION runtime.invocation_logs_default_tool_id_started_at_duration_ms_stat_idx;

-- invocation_logs_default_tool_id_started_at_id_idx (runtime)
ALTER INDEX runtime.invocations_recorded ATTACH PARTITION runtime.invocation_logs_default_tool_id_started_at_id_idx;

-- invocation_logs_default_trace_id_idx (runtime)
ALTER INDEX runtime.invocations_by_trace ATTACH PARTITION runtime.invocation_logs_default_trace_id_idx;

-- entities entities_are_ours (registry)
CREATE TRIGGER entities_are_ours BEFORE DELETE OR UPDATE ON registry.entities FOR EACH ROW WHEN ((NOT registry.is_applying())) EXECUTE FUNCTION registry.refuse_by_hand();

-- entities entities_put_in_by_hand (registry)
CREATE TRIGGER entities_put_in_by_hand BEFORE INSERT ON registry.entities FOR EACH ROW WHEN ((NOT registry.is_applying())) EXECUTE FUNCTION registry.disown();

-- former_names former_names_are_append_only (registry)
CREATE TRIGGER former_names_are_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON registry.former_names FOR EACH STATEMENT EXECUTE FUNCTION registry.refuse_rewriting();

-- hand_changes hand_changes_are_append_only (registry)
CREATE TRIGGER hand_changes_are_append_only BEFORE UPDATE OR TRUNCATE ON registry.hand_changes FOR EACH STATEMENT EXECUTE FUNCTION registry.refuse_rewriting();

-- hand_changes hand_changes_are_purged_by_api_alone (registry)
CREATE TRIGGER hand_changes_are_purged_by_api_alone BEFORE DELETE ON registry.hand_changes FOR EACH STATEMENT WHEN ((NOT registry.is_purging())) EXECUTE FUNCTION registry.refuse_rewriting();

-- hand_changes hand_changes_number_on (registry)
CREATE TRIGGER hand_changes_number_on BEFORE INSERT ON registry.hand_changes FOR EACH ROW EXECUTE FUNCTION registry.number_on();

-- history history_is_append_only (registry)
CREATE TRIGGER history_is_append_only BEFORE UPDATE OR TRUNCATE ON registry.history FOR EACH STATEMENT EXECUTE FUNCTION registry.refuse_rewriting();

-- history history_is_purged_by_api_alone (registry)
CREATE TRIGGER history_is_purged_by_api_alone BEFORE DELETE ON registry.history FOR EACH STATEMENT WHEN ((NOT registry.is_purging())) EXECUTE FUNCTION registry.refuse_rewriting();

-- nodes nodes_are_not_truncated (registry)
CREATE TRIGGER nodes_are_not_truncated BEFORE TRUNCATE ON registry.nodes FOR EACH STATEMENT EXECUTE FUNCTION registry.refuse_by_hand();

-- nodes nodes_changed_by_hand (registry)
CREATE TRIGGER nodes_changed_by_hand AFTER INSERT OR DELETE OR UPDATE ON registry.nodes FOR EACH ROW WHEN ((NOT registry.is_applying())) EXECUTE FUNCTION registry.record_by_hand();

-- nodes nodes_provenance_is_ours (registry)
CREATE TRIGGER nodes_provenance_is_ours BEFORE UPDATE ON registry.nodes FOR EACH ROW WHEN (((((((old.id IS DISTINCT FROM new.id) OR (old.path IS DISTINCT FROM new.path)) OR (old.blob IS DISTINCT FROM new.blob)) OR (old.revision IS DISTINCT FROM new.revision)) OR (old.applied_digest IS DISTINCT FROM new.applied_digest)) AND (NOT registry.is_applying()))) EXECUTE FUNCTION registry.refuse_by_hand();

-- nodes nodes_put_in_by_hand (registry)
CREATE TRIGGER nodes_put_in_by_hand BEFORE INSERT ON registry.nodes FOR EACH ROW WHEN ((NOT registry.is_applying())) EXECUTE FUNCTION registry.disown();

-- nodes nodes_updated_at (registry)
CREATE TRIGGER nodes_updated_at BEFORE UPDATE ON registry.nodes FOR EACH ROW WHEN (((old.manifest)::text IS DISTINCT FROM (new.manifest)::text)) EXECUTE FUNCTION registry.touch();

-- references references_are_not_truncated (registry)
CREATE TRIGGER references_are_not_truncated BEFORE TRUNCATE ON registry."references" FOR EACH STATEMENT EXECUTE FUNCTION registry.refuse_by_hand();

-- references references_are_ours (registry)
CREATE TRIGGER references_are_ours BEFORE INSERT OR DELETE OR UPDATE ON registry."references" FOR EACH ROW WHEN ((NOT registry.is_applying())) EXECUTE FUNCTION registry.refuse_by_hand();

-- registries registries_are_ours (registry)
CREATE TRIGGER registries_are_ours BEFORE INSERT OR DELETE OR UPDATE ON registry.registries FOR EACH ROW WHEN ((NOT registry.is_applying())) EXECUTE FUNCTION registry.refuse_by_hand();

-- relocations relocations_are_append_only (registry)
CREATE TRIGGER relocations_are_append_only BEFORE UPDATE OR TRUNCATE ON registry.relocations FOR EACH STATEMENT EXECUTE FUNCTION registry.refuse_rewriting();

-- relocations relocations_are_purged_by_api_alone (registry)
CREATE TRIGGER relocations_are_purged_by_api_alone BEFORE DELETE ON registry.relocations FOR EACH STATEMENT WHEN ((NOT registry.is_purging())) EXECUTE FUNCTION registry.refuse_rewriting();

-- revisions revisions_are_append_only (registry)
CREATE TRIGGER revisions_are_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON registry.revisions FOR EACH STATEMENT EXECUTE FUNCTION registry.refuse_rewriting();

-- services services_are_not_truncated (registry)
CREATE TRIGGER services_are_not_truncated BEFORE TRUNCATE ON registry.services FOR EACH STATEMENT EXECUTE FUNCTION registry.refuse_by_hand();

-- services services_changed_by_hand (registry)
CREATE TRIGGER services_changed_by_hand AFTER INSERT OR DELETE OR UPDATE ON registry.services FOR EACH ROW WHEN ((NOT registry.is_applying())) EXECUTE FUNCTION registry.record_by_hand();

-- services services_provenance_is_ours (registry)
CREATE TRIGGER services_provenance_is_ours BEFORE UPDATE ON registry.services FOR EACH ROW WHEN (((((((old.id IS DISTINCT FROM new.id) OR (old.path IS DISTINCT FROM new.path)) OR (old.blob IS DISTINCT FROM new.blob)) OR (old.revision IS DISTINCT FROM new.revision)) OR (old.applied_digest IS DISTINCT FROM new.applied_digest)) AND (NOT registry.is_applying()))) EXECUTE FUNCTION registry.refuse_by_hand();

-- services services_put_in_by_hand (registry)
CREATE TRIGGER services_put_in_by_hand BEFORE INSERT ON registry.services FOR EACH ROW WHEN ((NOT registry.is_applying())) EXECUTE FUNCTION registry.disown();

-- services services_updated_at (registry)
CREATE TRIGGER services_updated_at BEFORE UPDATE ON registry.services FOR EACH ROW WHEN (((old.manifest)::text IS DISTINCT FROM (new.manifest)::text)) EXECUTE FUNCTION registry.touch();

-- suspensions suspensions_are_kept (registry)
CREATE TRIGGER suspensions_are_kept BEFORE DELETE OR TRUNCATE ON registry.suspensions FOR EACH STATEMENT EXECUTE FUNCTION registry.refuse_rewriting();

-- suspensions suspensions_number_on (registry)
CREATE TRIGGER suspensions_number_on BEFORE INSERT ON registry.suspensions FOR EACH ROW EXECUTE FUNCTION registry.number_on();

-- suspensions suspensions_only_end (registry)
CREATE TRIGGER suspensions_only_end BEFORE UPDATE ON registry.suspensions FOR EACH ROW WHEN (((old.resumed_at IS NOT NULL) OR (((((old.reason IS DISTINCT FROM new.reason) OR (old.until IS DISTINCT FROM new.until)) OR (old.suspended_by IS DISTINCT FROM new.suspended_by)) OR (old.suspended_at IS DISTINCT FROM new.suspended_at)) OR (old.registry_id IS DISTINCT FROM new.registry_id)))) EXECUTE FUNCTION registry.refuse_rewriting();

-- tool_tags tool_tags_are_not_truncated (registry)
CREATE TRIGGER tool_tags_are_not_truncated BEFORE TRUNCATE ON registry.tool_tags FOR EACH STATEMENT EXECUTE FUNCTION registry.refuse_by_hand();

-- tool_tags tool_tags_are_ours (registry)
CREATE TRIGGER tool_tags_are_ours BEFORE INSERT OR DELETE OR UPDATE ON registry.tool_tags FOR EACH ROW WHEN ((NOT registry.is_applying())) EXECUTE FUNCTION registry.refuse_by_hand();

-- tools tools_are_not_truncated (registry)
CREATE TRIGGER tools_are_not_truncated BEFORE TRUNCATE ON registry.tools FOR EACH STATEMENT EXECUTE FUNCTION registry.refuse_by_hand();

-- tools tools_changed_by_hand (registry)
CREATE TRIGGER tools_changed_by_hand AFTER INSERT OR DELETE OR UPDATE ON registry.tools FOR EACH ROW WHEN ((NOT registry.is_applying())) EXECUTE FUNCTION registry.record_by_hand();

-- tools tools_provenance_is_ours (registry)
CREATE TRIGGER tools_provenance_is_ours BEFORE UPDATE ON registry.tools FOR EACH ROW WHEN (((((((old.id IS DISTINCT FROM new.id) OR (old.path IS DISTINCT FROM new.path)) OR (old.blob IS DISTINCT FROM new.blob)) OR (old.revision IS DISTINCT FROM new.revision)) OR (old.applied_digest IS DISTINCT FROM new.applied_digest)) AND (NOT registry.is_applying()))) EXECUTE FUNCTION registry.refuse_by_hand();

-- tools tools_put_in_by_hand (registry)
CREATE TRIGGER tools_put_in_by_hand BEFORE INSERT ON registry.tools FOR EACH ROW WHEN ((NOT registry.is_applying())) EXECUTE FUNCTION registry.disown();

-- tools tools_updated_at (registry)
CREATE TRIGGER tools_updated_at BEFORE UPDATE ON registry.tools FOR EACH ROW WHEN (((old.manifest)::text IS DISTINCT FROM (new.manifest)::text)) EXECUTE FUNCTION registry.touch();

-- maintenance_runs maintenance_runs_number_on (runtime)
CREATE TRIGGER maintenance_runs_number_on BEFORE INSERT ON runtime.maintenance_runs FOR EACH ROW EXECUTE FUNCTION registry.number_on();

-- series series_number_on (runtime)
CREATE TRIGGER series_number_on BEFORE INSERT ON runtime.series FOR EACH ROW EXECUTE FUNCTION registry.number_on();

-- tool_overrides tool_overrides_number_on (runtime)
CREATE TRIGGER tool_overrides_number_on BEFORE INSERT ON runtime.tool_overrides FOR EACH ROW EXECUTE FUNCTION registry.number_on();

-- tool_status_changes tool_status_changes_number_on (runtime)
CREATE TRIGGER tool_status_changes_number_on BEFORE INSERT ON runtime.tool_status_changes FOR EACH ROW EXECUTE FUNCTION registry.number_on();

-- hand_changes changed_entity_exists (registry)
ALTER TABLE ONLY registry.hand_changes
    ADD CONSTRAINT changed_entity_exists FOREIGN KEY (entity_id) REFERENCES registry.entities(id) DEFERRABLE INITIALLY DEFERRED;

-- history entity_exists (registry)
ALTER TABLE ONLY registry.history
    ADD CONSTRAINT entity_exists FOREIGN KEY (entity_id) REFERENCES registry.entities(id);

-- nodes node_has_an_identity (registry)
ALTER TABLE ONLY registry.nodes
    ADD CONSTRAINT node_has_an_identity FOREIGN KEY (id) REFERENCES registry.entities(id) DEFERRABLE INITIALLY DEFERRED;

-- nodes node_revision_exists (registry)
ALTER TABLE ONLY registry.nodes
    ADD CONSTRAINT node_revision_exists FOREIGN KEY (revision) REFERENCES registry.revisions(number) DEFERRABLE INITIALLY DEFERRED;

-- relocations relocated_entity_exists (registry)
ALTER TABLE ONLY registry.relocations
    ADD CONSTRAINT relocated_entity_exists FOREIGN KEY (entity_id) REFERENCES registry.entities(id);

-- relocations relocating_revision_exists (registry)
ALTER TABLE ONLY registry.relocations
    ADD CONSTRAINT relocating_revision_exists FOREIGN KEY (revision) REFERENCES registry.revisions(number) DEFERRABLE INITIALLY DEFERRED;

-- former_names renamed_entity_exists (registry)
ALTER TABLE ONLY registry.former_names
    ADD CONSTRAINT renamed_entity_exists FOREIGN KEY (entity_id) REFERENCES registry.entities(id);

-- history revision_exists (registry)
ALTER TABLE ONLY registry.history
    ADD CONSTRAINT revision_exists FOREIGN KEY (revision) REFERENCES registry.revisions(number) DEFERRABLE INITIALLY DEFERRED;

-- services service_has_an_identity (registry)
ALTER TABLE ONLY registry.services
    ADD CONSTRAINT service_has_an_identity FOREIGN KEY (id) REFERENCES registry.entities(id) DEFERRABLE INITIALLY DEFERRED;

-- services service_revision_exists (registry)
ALTER TABLE ONLY registry.services
    ADD CONSTRAINT service_revision_exists FOREIGN KEY (revision) REFERENCES registry.revisions(number) DEFERRABLE INITIALLY DEFERRED;

-- references source_exists (registry)
ALTER TABLE ONLY registry."references"
    ADD CONSTRAINT source_exists FOREIGN KEY (source_id) REFERENCES registry.entities(id);

-- tool_tags tagged_tool_exists (registry)
ALTER TABLE ONLY registry.tool_tags
    ADD CONSTRAINT tagged_tool_exists FOREIGN KEY (tool_id) REFERENCES registry.tools(id) ON DELETE CASCADE;

-- tools tool_has_an_identity (registry)
ALTER TABLE ONLY registry.tools
    ADD CONSTRAINT tool_has_an_identity FOREIGN KEY (id) REFERENCES registry.entities(id) DEFERRABLE INITIALLY DEFERRED;

-- tools tool_node_exists (registry)
ALTER TABLE ONLY registry.tools
    ADD CONSTRAINT tool_node_exists FOREIGN KEY (node) REFERENCES registry.nodes(name) DEFERRABLE INITIALLY DEFERRED;

-- tools tool_revision_exists (registry)
ALTER TABLE ONLY registry.tools
    ADD CONSTRAINT tool_revision_exists FOREIGN KEY (revision) REFERENCES registry.revisions(number) DEFERRABLE INITIALLY DEFERRED;

-- tools tool_service_exists (registry)
ALTER TABLE ONLY registry.tools
    ADD CONSTRAINT tool_service_exists FOREIGN KEY (service) REFERENCES registry.services(name) DEFERRABLE INITIALLY DEFERRED;

-- artifacts artifact_tool_has_an_identity (runtime)
ALTER TABLE ONLY runtime.artifacts
    ADD CONSTRAINT artifact_tool_has_an_identity FOREIGN KEY (tool_id) REFERENCES registry.entities(id);

-- invocation_rollup counted_series_exists (runtime)
ALTER TABLE ONLY runtime.invocation_rollup
    ADD CONSTRAINT counted_series_exists FOREIGN KEY (series_id) REFERENCES runtime.series(id);

-- invocation_rollup_daily daily_counted_series_exists (runtime)
ALTER TABLE ONLY runtime.invocation_rollup_daily
    ADD CONSTRAINT daily_counted_series_exists FOREIGN KEY (series_id) REFERENCES runtime.series(id);

-- node_heartbeats heard_node_has_an_identity (runtime)
ALTER TABLE ONLY runtime.node_heartbeats
    ADD CONSTRAINT heard_node_has_an_identity FOREIGN KEY (node_id) REFERENCES registry.entities(id);

-- invocation_logs invoked_node_has_an_identity (runtime)
ALTER TABLE runtime.invocation_logs
    ADD CONSTRAINT invoked_node_has_an_identity FOREIGN KEY (node_id) REFERENCES registry.entities(id);

-- invocation_logs invoked_service_has_an_identity (runtime)
ALTER TABLE runtime.invocation_logs
    ADD CONSTRAINT invoked_service_has_an_identity FOREIGN KEY (service_id) REFERENCES registry.entities(id);

-- invocation_logs invoked_tool_has_an_identity (runtime)
ALTER TABLE runtime.invocation_logs
    ADD CONSTRAINT invoked_tool_has_an_identity FOREIGN KEY (tool_id) REFERENCES registry.entities(id);

-- duration_histogram measured_series_exists (runtime)
ALTER TABLE ONLY runtime.duration_histogram
    ADD CONSTRAINT measured_series_exists FOREIGN KEY (series_id) REFERENCES runtime.series(id);

-- tool_overrides overridden_tool_has_an_identity (runtime)
ALTER TABLE ONLY runtime.tool_overrides
    ADD CONSTRAINT overridden_tool_has_an_identity FOREIGN KEY (tool_id) REFERENCES registry.entities(id);

-- series series_node_has_an_identity (runtime)
ALTER TABLE ONLY runtime.series
    ADD CONSTRAINT series_node_has_an_identity FOREIGN KEY (node_id) REFERENCES registry.entities(id);

-- series series_service_has_an_identity (runtime)
ALTER TABLE ONLY runtime.series
    ADD CONSTRAINT series_service_has_an_identity FOREIGN KEY (service_id) REFERENCES registry.entities(id);

-- series series_tool_has_an_identity (runtime)
ALTER TABLE ONLY runtime.series
    ADD CONSTRAINT series_tool_has_an_identity FOREIGN KEY (tool_id) REFERENCES registry.entities(id);

-- tool_status_changes tool_of_change_has_an_identity (runtime)
ALTER TABLE ONLY runtime.tool_status_changes
    ADD CONSTRAINT tool_of_change_has_an_identity FOREIGN KEY (tool_id) REFERENCES registry.entities(id);

-- tool_statuses tool_of_status_has_an_identity (runtime)
ALTER TABLE ONLY runtime.tool_statuses
    ADD CONSTRAINT tool_of_status_has_an_identity FOREIGN KEY (tool_id) REFERENCES registry.entities(id);
