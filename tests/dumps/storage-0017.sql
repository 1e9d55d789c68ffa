SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;
CREATE SCHEMA registry;
COMMENT ON SCHEMA registry IS 'Declared state, revisions and history. Written by the reconciler alone.';
CREATE SCHEMA runtime;
COMMENT ON SCHEMA runtime IS 'What happens: invocations, artifacts, health, rollups. Written by the functions of api alone.';
CREATE SCHEMA yoyo;
COMMENT ON SCHEMA yoyo IS 'Which migrations were applied. Written by toolreg migrate alone.';
SET default_tablespace = '';
SET default_table_access_method = heap;
CREATE TABLE runtime.rollup_state (
    only_row boolean DEFAULT true NOT NULL,
    counted pg_snapshot NOT NULL,
    cluster text NOT NULL,
    rolled_at timestamp with time zone NOT NULL,
    CONSTRAINT state_is_the_only_one CHECK (only_row)
);
COMMENT ON TABLE runtime.rollup_state IS 'How far the rollups are: a call is in them if this snapshot saw its transaction.';
COMMENT ON COLUMN runtime.rollup_state.cluster IS 'The server that counts these transactions: a dump that was restored elsewhere is counted anew.';
CREATE FUNCTION registry.digest(manifest json) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN encode(sha256(convert_to((manifest)::text, 'UTF8'::name)), 'hex'::text);
COMMENT ON FUNCTION registry.digest(manifest json) IS 'SHA-256 of a manifest as it is stored, in hexadecimal.';
CREATE FUNCTION registry.search_text(manifest json) RETURNS tsvector
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
    AS $_$
DECLARE
    -- A tsvector holds at most 1 MB.
    most CONSTANT integer := 100000;
    metadata CONSTANT jsonb := manifest #> '{metadata}';
    spec CONSTANT json := manifest #> '{spec}';
    schema CONSTANT jsonb := spec -> 'inputSchema';
    name CONSTANT text := metadata ->> 'name';
    name_of_provider CONSTANT text := spec ->> 'toolName';
BEGIN
    RETURN
        setweight(
            registry.name_words(
                left(
                    concat_ws(
                        ' ',
                        CASE WHEN name = lower(name_of_provider) THEN name_of_provider ELSE name END,
                        CASE WHEN name <> lower(name_of_provider) THEN name_of_provider END,
                        metadata ->> 'title'
                    ),
                    most
                )
            ),
            'A'
        )
        || setweight(registry.described_words(left(metadata ->> 'tags', most)), 'B')
        || setweight(registry.described_words(left(metadata ->> 'description', most)), 'C')
        || setweight(
            registry.name_words(
                left(
                    jsonb_path_query_array(
                        schema,
                        'strict $.**{0 to 12}.properties ? (@.type() == "object").keyvalue().key',
                        silent => true
                    )::text,
                    most
                )
            )
            || registry.described_words(
                left(
                    -- The text of an array writes the end of a line as \n, which would be a word.
                    replace(
                        concat_ws(
                            ' ',
                            jsonb_path_query_array(
                                schema, 'strict $.**{0 to 12}.description ? (@.type() == "string")', silent => true
                            ),
                            jsonb_path_query_array(
                                (spec -> 'examples')::jsonb,
                                'strict $[*].description ? (@.type() == "string")',
                                silent => true
                            )
                        ),
                        '\n', ' '
                    ),
                    most
                )
            ),
            'D'
        );
END
$_$;
COMMENT ON FUNCTION registry.search_text(manifest json) IS 'Words of a manifest in English stems, by weight: A its names and title, B tags, C description, D parameters and examples.';
CREATE TABLE registry.entities (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    kind text NOT NULL,
    name text,
    present boolean DEFAULT true NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT present_entity_has_a_name CHECK (((name IS NOT NULL) OR (NOT present)))
);
COMMENT ON TABLE registry.entities IS 'Every identity there ever was. It outlives its resource, so that logs and history always point somewhere.';
COMMENT ON COLUMN registry.entities.name IS 'NULL only for a removed resource whose name was given to another by a rename; history still has it.';
COMMENT ON COLUMN registry.entities.present IS 'Whether the last applied revision declares it.';
COMMENT ON COLUMN registry.entities.created_at IS 'When the resource was first declared; a restored one keeps it.';
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
COMMENT ON TABLE registry.resources IS 'What is declared now, of every kind. Empty itself: the table of each kind inherits.';
COMMENT ON COLUMN registry.resources.manifest IS 'The manifest in the order of its file; json, since jsonb forgets the order.';
COMMENT ON COLUMN registry.resources.path IS 'The file it was read from, relative to the top of its repository.';
COMMENT ON COLUMN registry.resources.blob IS 'The git blob of that file: the same blob need not be read again.';
COMMENT ON COLUMN registry.resources.revision IS 'The revision that last changed the manifest.';
COMMENT ON COLUMN registry.resources.applied_digest IS 'The digest when it was applied. Another one in digest means that somebody else changed the row.';
COMMENT ON COLUMN registry.resources.digest IS 'SHA-256 of the manifest that is there, computed by the database.';
CREATE TABLE registry.tools (
    version text GENERATED ALWAYS AS ((manifest #>> '{spec,version}'::text[])) STORED NOT NULL,
    category text GENERATED ALWAYS AS ((manifest #>> '{spec,category}'::text[])) STORED NOT NULL,
    lifecycle text GENERATED ALWAYS AS ((manifest #>> '{spec,lifecycle}'::text[])) STORED NOT NULL,
    service text GENERATED ALWAYS AS ((manifest #>> '{spec,service}'::text[])) STORED NOT NULL,
    node text GENERATED ALWAYS AS ((manifest #>> '{spec,node}'::text[])) STORED,
    input_schema jsonb GENERATED ALWAYS AS (((manifest #> '{spec,inputSchema}'::text[]))::jsonb) STORED NOT NULL,
    output_schema jsonb GENERATED ALWAYS AS (((manifest #> '{spec,outputSchema}'::text[]))::jsonb) STORED,
    search tsvector GENERATED ALWAYS AS (registry.search_text(manifest)) STORED NOT NULL,
    CONSTRAINT tool_input_is_an_object CHECK (((input_schema ->> 'type'::text) = 'object'::text)),
    CONSTRAINT tool_is_a_tool CHECK ((kind = 'Tool'::text)),
    CONSTRAINT tool_lifecycle_is_known CHECK ((lifecycle = ANY (ARRAY['experimental'::text, 'active'::text, 'deprecated'::text, 'retired'::text])))
)
INHERITS (registry.resources);
ALTER TABLE ONLY registry.tools ALTER COLUMN search SET STORAGE MAIN;
COMMENT ON TABLE registry.tools IS 'Tools that are declared now. Every typed column is derived from the manifest.';
COMMENT ON COLUMN registry.tools.input_schema IS 'To be searched. To be shown, read it from the manifest, which keeps its order.';
COMMENT ON COLUMN registry.tools.search IS 'What api.search_tools looks through: the words of the manifest, by weight.';
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
    recorded_by text DEFAULT SESSION_USER NOT NULL,
    attributes jsonb,
    arguments jsonb,
    result jsonb,
    CONSTRAINT attempts_are_counted_from_one CHECK ((attempt >= 1)),
    CONSTRAINT duration_is_a_time CHECK (((duration_ms >= (0)::double precision) AND (duration_ms < 'Infinity'::double precision))),
    CONSTRAINT invocation_status_is_known CHECK ((status = ANY (ARRAY['success'::text, 'failure'::text, 'timeout'::text, 'cancelled'::text]))),
    CONSTRAINT names_are_short CHECK (((tool <> ''::text) AND (agent <> ''::text) AND (GREATEST(octet_length(tool), octet_length(agent), octet_length(tool_version), octet_length(service), octet_length(node), octet_length(error_code)) <= 256))),
    CONSTRAINT parent_span_id_is_of_w3c CHECK (((octet_length(parent_span_id) = 16) AND (parent_span_id ~ '^[0-9a-f]+$'::text) AND (parent_span_id <> '0000000000000000'::text))),
    CONSTRAINT sizes_are_not_negative CHECK (((request_bytes >= 0) AND (response_bytes >= 0))),
    CONSTRAINT span_id_is_of_w3c CHECK (((octet_length(span_id) = 16) AND (span_id ~ '^[0-9a-f]+$'::text) AND (span_id <> '0000000000000000'::text))),
    CONSTRAINT start_is_finite CHECK (isfinite(started_at)),
    CONSTRAINT trace_id_is_of_w3c CHECK (((octet_length(trace_id) = 32) AND (trace_id ~ '^[0-9a-f]+$'::text) AND (trace_id <> '00000000000000000000000000000000'::text)))
)
PARTITION BY RANGE (started_at);
COMMENT ON TABLE runtime.invocation_logs IS 'Every call of a tool that was logged, one table per day (UTC).';
COMMENT ON COLUMN runtime.invocation_logs.recorded_xid IS 'The transaction that logged the call: what a rollup has counted is what its snapshot saw.';
COMMENT ON COLUMN runtime.invocation_logs.attempt IS 'One for the first try of a call, two for its first repetition.';
COMMENT ON COLUMN runtime.invocation_logs.tool IS 'The name as it was called; tool_id is NULL where nothing of that name was ever declared.';
COMMENT ON COLUMN runtime.invocation_logs.tool_version IS 'As logged, else the version that was declared when it was logged.';
COMMENT ON COLUMN runtime.invocation_logs.agent IS 'Who called, as it names itself.';
COMMENT ON COLUMN runtime.invocation_logs.service IS 'The service that serves the tool, where it is not declared; else NULL, see service_id.';
COMMENT ON COLUMN runtime.invocation_logs.node IS 'The node that ran the call, where it is not declared; else NULL, see node_id.';
COMMENT ON COLUMN runtime.invocation_logs.recorded_by IS 'The database role that logged the call; only it may read arguments and result.';
CREATE TABLE runtime.settings (
    only_row boolean DEFAULT true NOT NULL,
    keep_logs interval DEFAULT '90 days'::interval NOT NULL,
    keep_history interval,
    partitions_ahead bigint DEFAULT 7 NOT NULL,
    largest_payload bigint DEFAULT 65536 NOT NULL,
    orphan_grace interval DEFAULT '7 days'::interval NOT NULL,
    late_after interval DEFAULT '00:01:00'::interval NOT NULL,
    silent_after interval DEFAULT '00:05:00'::interval NOT NULL,
    CONSTRAINT a_node_is_late_before_it_is_silent CHECK (((late_after > '00:00:00'::interval) AND ((silent_after >= late_after) AND (silent_after <= '100 years'::interval)))),
    CONSTRAINT grace_is_not_negative CHECK (((orphan_grace >= '00:00:00'::interval) AND (orphan_grace <= '100 years'::interval))),
    CONSTRAINT history_is_kept_for_a_day_at_least CHECK (((keep_history >= '1 day'::interval) AND (keep_history <= '100 years'::interval))),
    CONSTRAINT logs_are_kept_for_a_day_at_least CHECK (((keep_logs >= '1 day'::interval) AND (keep_logs <= '100 years'::interval))),
    CONSTRAINT partitions_ahead_are_few CHECK (((partitions_ahead >= 1) AND (partitions_ahead <= 60))),
    CONSTRAINT payload_fits_a_row CHECK (((largest_payload >= 0) AND (largest_payload <= 16777216))),
    CONSTRAINT the_row_is_the_only_one CHECK (only_row)
);
COMMENT ON TABLE runtime.settings IS 'One row: how long things are kept, and how large they may be. An operator updates it.';
COMMENT ON COLUMN runtime.settings.keep_logs IS 'Days of logs older than this are dropped by drop_expired_partitions.';
COMMENT ON COLUMN runtime.settings.keep_history IS 'Versions replaced longer ago than this are removed by purge_history; NULL, the default, keeps all.';
COMMENT ON COLUMN runtime.settings.partitions_ahead IS 'For how many days to come ensure_partitions makes a table.';
COMMENT ON COLUMN runtime.settings.largest_payload IS 'Bytes that the arguments, the result, the attributes or the metadata of one call or artifact may take as JSON text.';
COMMENT ON COLUMN runtime.settings.orphan_grace IS 'For how long an artifact stays after its tool was removed.';
COMMENT ON COLUMN runtime.settings.late_after IS 'Age of the last heartbeat, for nodes whose manifest has no lateAfter.';
COMMENT ON COLUMN runtime.settings.silent_after IS 'Age of the last heartbeat, for nodes whose manifest has no silentAfter.';
CREATE FUNCTION registry.plain_words(words text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN translate(words, '_./:@-'::text, '      '::text);
COMMENT ON FUNCTION registry.plain_words(words text) IS 'A text in which nothing looks like a path, a host or an address, so that each of its words counts.';
CREATE FUNCTION registry.described_words(description text) RETURNS tsvector
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN to_tsvector('english'::regconfig, COALESCE(registry.plain_words(description), ''::text));
COMMENT ON FUNCTION registry.described_words(description text) IS 'The words of a text that people wrote, in English stems.';
CREATE FUNCTION registry.name_words(names text) RETURNS tsvector
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
    AS $$
DECLARE
    english CONSTANT regconfig := 'pg_catalog.english';
    plain CONSTANT text := registry.plain_words(names);
    parts tsvector;
BEGIN
    IF plain !~ '[a-z0-9][A-Z]|[A-Z][A-Z][a-z][a-z]|[A-Za-z][0-9]' THEN
        RETURN to_tsvector(english, plain);
    END IF;
    parts := to_tsvector(
        english, regexp_replace(plain, '([a-z0-9](?=[A-Z])|[A-Z](?=[A-Z][a-z][a-z])|[A-Za-z](?=[0-9]))', '\1 ', 'g')
    );
    RETURN parts || ts_delete(to_tsvector(english, plain), tsvector_to_array(parts));
END
$$;
COMMENT ON FUNCTION registry.name_words(names text) IS 'The words of names, which _ - . and capitals part: HTTPServer2 is http server 2, and httpserver2.';
CREATE FUNCTION registry.disown() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF TG_TABLE_NAME = 'entities' THEN
        NEW.present := false;
    ELSE
        NEW.path := NULL;
        NEW.blob := NULL;
        NEW.revision := NULL;
        NEW.applied_digest := NULL;
    END IF;
    RETURN NEW;
END
$$;
COMMENT ON FUNCTION registry.disown() IS 'Trigger: a row that was put in by hand does not pass for one that was applied.';
CREATE FUNCTION registry.is_applying() RETURNS boolean
    LANGUAGE sql STABLE
    RETURN (COALESCE(current_setting('toolreg.applying'::text, true), ''::text) = 'on'::text);
COMMENT ON FUNCTION registry.is_applying() IS 'Whether this transaction applies a revision.';
CREATE FUNCTION registry.is_purging() RETURNS boolean
    LANGUAGE sql STABLE
    RETURN (COALESCE(current_setting('toolreg.purging'::text, true), ''::text) = 'on'::text);
COMMENT ON FUNCTION registry.is_purging() IS 'Whether this is the function that removes old versions.';
CREATE FUNCTION registry.parameter_names(schema jsonb) RETURNS jsonb
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN jsonb_path_query_array(schema, 'strict $."properties".keyvalue()."key"'::jsonpath, silent => true);
COMMENT ON FUNCTION registry.parameter_names(schema jsonb) IS 'The names of the properties of a JSON Schema, without nested ones.';
CREATE FUNCTION registry.record_by_hand() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
    IF TG_OP <> 'UPDATE' OR OLD.manifest::text <> NEW.manifest::text THEN
        INSERT INTO registry.hand_changes (action, kind, name, entity_id, revision)
        SELECT
            lower(TG_OP),
            coalesce(OLD.kind, NEW.kind),
            coalesce(OLD.name, NEW.name),
            coalesce(OLD.id, NEW.id),
            max(version.revision)
        FROM registry.history AS version
        WHERE version.entity_id = coalesce(OLD.id, NEW.id);
    END IF;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION registry.record_by_hand() IS 'Trigger: records who changes a resource by hand.';
CREATE FUNCTION registry.refuse_by_hand() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    -- Deeper than one: the deletion of a row by hand takes what depends on it along.
    IF pg_trigger_depth() > 1 THEN
        RETURN coalesce(NEW, OLD);
    END IF;
    RAISE EXCEPTION '%.% is written by toolreg alone', TG_TABLE_SCHEMA, TG_TABLE_NAME
    USING ERRCODE = 'insufficient_privilege',
    HINT = 'Change the file in git and run: toolreg apply';
END
$$;
COMMENT ON FUNCTION registry.refuse_by_hand() IS 'Trigger: keeps what toolreg derives or records from being changed by hand.';
CREATE FUNCTION registry.refuse_rewriting() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    RAISE EXCEPTION '%.% is append-only: % is refused', TG_TABLE_SCHEMA, TG_TABLE_NAME, TG_OP
    USING ERRCODE = 'insufficient_privilege';
END
$$;
COMMENT ON FUNCTION registry.refuse_rewriting() IS 'Trigger: keeps a table append-only.';
CREATE FUNCTION registry.touch() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    NEW.updated_at := now();
    RETURN NEW;
END
$$;
COMMENT ON FUNCTION registry.touch() IS 'Trigger: moves updated_at. Each table calls it only when the manifest differs.';
CREATE TABLE registry.nodes (
    type text GENERATED ALWAYS AS ((manifest #>> '{spec,type}'::text[])) STORED NOT NULL,
    address text GENERATED ALWAYS AS ((manifest #>> '{spec,address}'::text[])) STORED NOT NULL,
    status text GENERATED ALWAYS AS ((manifest #>> '{spec,status}'::text[])) STORED NOT NULL,
    CONSTRAINT node_is_a_node CHECK ((kind = 'Node'::text)),
    CONSTRAINT node_status_is_known CHECK ((status = ANY (ARRAY['active'::text, 'maintenance'::text, 'inactive'::text])))
)
INHERITS (registry.resources);
COMMENT ON TABLE registry.nodes IS 'Nodes that are declared now. Every typed column is derived from the manifest.';
CREATE TABLE runtime.tool_overrides (
    id bigint NOT NULL,
    tool_id uuid NOT NULL,
    status text NOT NULL,
    reason text NOT NULL,
    until timestamp with time zone,
    set_by text DEFAULT SESSION_USER NOT NULL,
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
COMMENT ON TABLE runtime.tool_overrides IS 'Operators take a tool out of service, or keep it in, without a commit: who, why and until when. Ended ones stay.';
COMMENT ON COLUMN runtime.tool_overrides.ending IS 'How it ended; NULL while it is active, and for one that expired and that nobody has replaced since.';
CREATE TABLE registry.services (
    type text GENERATED ALWAYS AS ((manifest #>> '{spec,type}'::text[])) STORED NOT NULL,
    endpoint text GENERATED ALWAYS AS ((manifest #>> '{spec,endpoint}'::text[])) STORED,
    version text GENERATED ALWAYS AS ((manifest #>> '{spec,version}'::text[])) STORED NOT NULL,
    protocol text GENERATED ALWAYS AS ((manifest #>> '{spec,protocol}'::text[])) STORED NOT NULL,
    auth_type text GENERATED ALWAYS AS ((manifest #>> '{spec,auth,type}'::text[])) STORED NOT NULL,
    CONSTRAINT service_is_a_service CHECK ((kind = 'Service'::text)),
    CONSTRAINT service_type_is_known CHECK ((type = ANY (ARRAY['api'::text, 'agent'::text])))
)
INHERITS (registry.resources);
COMMENT ON TABLE registry.services IS 'Services that are declared now. Every typed column is derived from the manifest.';
CREATE TABLE runtime.tool_statuses (
    tool_id uuid NOT NULL,
    status text NOT NULL,
    reason text NOT NULL,
    since timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT tool_status_is_known CHECK ((status = ANY (ARRAY['available'::text, 'unavailable'::text])))
);
COMMENT ON TABLE runtime.tool_statuses IS 'Whether the node of a tool answers, as api.update_tool_status saw it last. A tool that is not here is available.';
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
    created_by text DEFAULT SESSION_USER NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    expires_at timestamp with time zone,
    CONSTRAINT artifact_expiry_is_finite CHECK (isfinite(expires_at)),
    CONSTRAINT artifact_media_type_is_one CHECK ((media_type ~ '^[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}/[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}$'::text)),
    CONSTRAINT artifact_sha256_is_one CHECK ((sha256 ~ '^[0-9a-f]{64}$'::text)),
    CONSTRAINT artifact_size_is_not_negative CHECK ((size_bytes >= 0)),
    CONSTRAINT artifact_uri_is_short CHECK (((octet_length(uri) >= 1) AND (octet_length(uri) <= 2048))),
    CONSTRAINT invocation_is_named_with_its_time CHECK (((invocation_id IS NULL) = (invocation_started_at IS NULL)))
);
COMMENT ON TABLE runtime.artifacts IS 'What tools left behind: where it is, how large, until when. Its tool may be removed meanwhile.';
COMMENT ON COLUMN runtime.artifacts.invocation_started_at IS 'With the id it finds the call in the table of its day. No foreign key: logs are dropped by the day.';
CREATE TABLE registry."references" (
    source_id uuid NOT NULL,
    pointer text NOT NULL,
    target_kind text NOT NULL,
    target_name text NOT NULL
);
COMMENT ON TABLE registry."references" IS 'Which resource names which other one, and where. Followed both ways.';
COMMENT ON COLUMN registry."references".pointer IS 'JSON Pointer (RFC 6901) of the name in the manifest of the source.';
CREATE TABLE registry.tool_tags (
    tool_id uuid NOT NULL,
    tag text NOT NULL
);
COMMENT ON TABLE registry.tool_tags IS 'The tags of each tool, one per row. Written together with the tool.';
CREATE TABLE registry.hand_changes (
    id bigint NOT NULL,
    at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    role text DEFAULT SESSION_USER NOT NULL,
    action text NOT NULL,
    kind text NOT NULL,
    name text NOT NULL,
    entity_id uuid NOT NULL,
    revision bigint,
    CONSTRAINT hand_action_is_known CHECK ((action = ANY (ARRAY['insert'::text, 'update'::text, 'delete'::text])))
);
COMMENT ON TABLE registry.hand_changes IS 'Who changed a resource outside of applying, and when. Append-only; what explains nothing any more may be purged.';
COMMENT ON COLUMN registry.hand_changes.role IS 'The role that logged in, whatever it was set to since.';
COMMENT ON COLUMN registry.hand_changes.name IS 'The name that the row had before; that which it came with, for an insert.';
COMMENT ON COLUMN registry.hand_changes.revision IS 'The last version of the resource in registry.history at that time, NULL where it had none. A later one replaced the change.';
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
    CONSTRAINT action_is_known CHECK ((action = ANY (ARRAY['create'::text, 'update'::text, 'move'::text, 'delete'::text]))),
    CONSTRAINT only_a_deletion_has_no_manifest CHECK (((action = 'delete'::text) = (manifest IS NULL)))
);
COMMENT ON TABLE registry.history IS 'Every version of every resource, with the revision that made it. Append-only; what was replaced long ago may be purged.';
COMMENT ON COLUMN registry.history.drifted IS 'Whether this version repaired a row that had been changed by hand.';
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
    applied_by text DEFAULT SESSION_USER NOT NULL,
    error text,
    policy json,
    overridden text[] DEFAULT '{}'::text[] NOT NULL,
    left_undeleted bigint DEFAULT 0 NOT NULL,
    restored bigint,
    reason text,
    CONSTRAINT commit_is_an_object_id CHECK ((commit ~ '^([0-9a-f]{40}|[0-9a-f]{64})$'::text)),
    CONSTRAINT commit_source_has_a_commit CHECK (((source <> 'commit'::text) OR (commit IS NOT NULL))),
    CONSTRAINT only_an_applied_revision_has_no_error CHECK (((outcome = 'applied'::text) = (error IS NULL))),
    CONSTRAINT only_history_is_restored CHECK (((source = 'history'::text) = (restored IS NOT NULL))),
    CONSTRAINT outcome_is_known CHECK ((outcome = ANY (ARRAY['applied'::text, 'refused'::text, 'failed'::text]))),
    CONSTRAINT source_is_known CHECK ((source = ANY (ARRAY['commit'::text, 'worktree'::text, 'history'::text]))),
    CONSTRAINT times_are_finite CHECK ((isfinite(started_at) AND isfinite(finished_at) AND isfinite(committed_at)))
);
COMMENT ON TABLE registry.revisions IS 'Every attempt to apply, whether it succeeded or not. Append-only.';
COMMENT ON COLUMN registry.revisions.number IS 'Rises with each attempt; a number may be missing, never used twice.';
COMMENT ON COLUMN registry.revisions.folder IS 'The registry''s folder, relative to the top of its repository.';
COMMENT ON COLUMN registry.revisions.commit IS 'The commit applied; for source worktree, the commit that was checked out, if any; for source history, that of the restored revision.';
COMMENT ON COLUMN registry.revisions.contract IS 'Digest of the JSON Schemas it was checked against: with the same one, an unchanged file need not be read again.';
COMMENT ON COLUMN registry.revisions.policy IS 'registry.yaml as it was applied. It is what the next revision is judged by, which cannot loosen its own guard.';
COMMENT ON COLUMN registry.revisions.overridden IS 'The guards that would have refused it, and were overridden by their option.';
COMMENT ON COLUMN registry.revisions.left_undeleted IS 'How many resources are no longer declared, but were left by apply --no-delete: all files are compared next time.';
COMMENT ON COLUMN registry.revisions.restored IS 'For source history: the revision whose content was applied again, never itself one that restored another.';
COMMENT ON COLUMN registry.revisions.reason IS 'For source history: why, in the words of who did it.';
CREATE TABLE runtime.invocation_logs_default (
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
    recorded_by text DEFAULT SESSION_USER NOT NULL,
    attributes jsonb,
    arguments jsonb,
    result jsonb,
    CONSTRAINT attempts_are_counted_from_one CHECK ((attempt >= 1)),
    CONSTRAINT duration_is_a_time CHECK (((duration_ms >= (0)::double precision) AND (duration_ms < 'Infinity'::double precision))),
    CONSTRAINT invocation_status_is_known CHECK ((status = ANY (ARRAY['success'::text, 'failure'::text, 'timeout'::text, 'cancelled'::text]))),
    CONSTRAINT names_are_short CHECK (((tool <> ''::text) AND (agent <> ''::text) AND (GREATEST(octet_length(tool), octet_length(agent), octet_length(tool_version), octet_length(service), octet_length(node), octet_length(error_code)) <= 256))),
    CONSTRAINT parent_span_id_is_of_w3c CHECK (((octet_length(parent_span_id) = 16) AND (parent_span_id ~ '^[0-9a-f]+$'::text) AND (parent_span_id <> '0000000000000000'::text))),
    CONSTRAINT sizes_are_not_negative CHECK (((request_bytes >= 0) AND (response_bytes >= 0))),
    CONSTRAINT span_id_is_of_w3c CHECK (((octet_length(span_id) = 16) AND (span_id ~ '^[0-9a-f]+$'::text) AND (span_id <> '0000000000000000'::text))),
    CONSTRAINT start_is_finite CHECK (isfinite(started_at)),
    CONSTRAINT trace_id_is_of_w3c CHECK (((octet_length(trace_id) = 32) AND (trace_id ~ '^[0-9a-f]+$'::text) AND (trace_id <> '00000000000000000000000000000000'::text)))
);
COMMENT ON TABLE runtime.invocation_logs_default IS 'Calls of days that have no table of their own. ensure_partitions empties it.';
CREATE TABLE runtime.maintenance_runs (
    id bigint NOT NULL,
    task text NOT NULL,
    started_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    finished_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    statements bigint NOT NULL,
    remaining bigint DEFAULT 0 NOT NULL,
    error text,
    run_by text DEFAULT SESSION_USER NOT NULL,
    CONSTRAINT statements_are_counted CHECK (((statements >= 0) AND (remaining >= 0))),
    CONSTRAINT task_has_a_name CHECK ((task ~ '^[a-z][a-z_]{0,62}$'::text))
);
COMMENT ON TABLE runtime.maintenance_runs IS 'When each maintenance task ran, and how it ended. From this it is known what is due.';
COMMENT ON COLUMN runtime.maintenance_runs.remaining IS 'How many more statements --limit left for the next run.';
CREATE TABLE runtime.maintenance_tasks (
    task text NOT NULL,
    turn bigint NOT NULL,
    every interval,
    CONSTRAINT task_is_due_now_and_then CHECK (((every >= '00:00:01'::interval) AND (every <= '100 years'::interval))),
    CONSTRAINT task_is_named_as_its_file CHECK ((task ~ '^[a-z][a-z_]{0,62}$'::text))
);
COMMENT ON TABLE runtime.maintenance_tasks IS 'The files of sql/maintenance, and how often each is due. An operator updates how often.';
COMMENT ON COLUMN runtime.maintenance_tasks.turn IS 'In which order they run: calls are rolled up before their day is dropped.';
COMMENT ON COLUMN runtime.maintenance_tasks.every IS 'NULL for a task that is never due by itself.';
CREATE TABLE runtime.node_heartbeats (
    node_id uuid NOT NULL,
    seen_at timestamp with time zone NOT NULL,
    load double precision,
    running bigint,
    details jsonb,
    reported_by text DEFAULT SESSION_USER NOT NULL,
    CONSTRAINT heartbeat_has_a_time CHECK (isfinite(seen_at)),
    CONSTRAINT load_is_a_number CHECK (((load >= (0)::double precision) AND (load < 'Infinity'::double precision))),
    CONSTRAINT running_is_not_negative CHECK ((running >= 0))
)
WITH (fillfactor='50');
COMMENT ON TABLE runtime.node_heartbeats IS 'The last heartbeat of each node, with its load.';
COMMENT ON COLUMN runtime.node_heartbeats.load IS 'Share of its capacity that the node uses; 1 is all of it.';
COMMENT ON COLUMN runtime.node_heartbeats.running IS 'How many calls the node runs.';
CREATE TABLE registry.suspensions (
    id bigint NOT NULL,
    reason text NOT NULL,
    until timestamp with time zone,
    suspended_by text DEFAULT SESSION_USER NOT NULL,
    suspended_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    resumed_by text,
    resumed_at timestamp with time zone,
    CONSTRAINT suspension_ends_in_a_year_to_come CHECK (((until > suspended_at) AND (until < '9999-12-31 00:00:00+00'::timestamp with time zone))),
    CONSTRAINT suspension_has_a_reason CHECK (((char_length(btrim(reason)) >= 1) AND (char_length(btrim(reason)) <= 1000))),
    CONSTRAINT who_resumed_did_so_at_a_time CHECK (((resumed_by IS NULL) OR (resumed_at IS NOT NULL)))
);
COMMENT ON TABLE registry.suspensions IS 'While one is in effect, nothing is applied. Who suspended it, why and until when; those that are over stay.';
COMMENT ON COLUMN registry.suspensions.until IS 'When it is over by itself; NULL for one that lasts until somebody resumes.';
COMMENT ON COLUMN registry.suspensions.resumed_by IS 'Who resumed, or replaced it by another; NULL for one that was over by itself.';
COMMENT ON COLUMN registry.suspensions.resumed_at IS 'When it ended; NULL while it is in effect, and for one that was over by itself and that nobody has replaced since.';
CREATE TABLE runtime.tool_status_changes (
    id bigint NOT NULL,
    tool_id uuid NOT NULL,
    before text NOT NULL,
    after text NOT NULL,
    reason text NOT NULL,
    changed_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    changed_by text DEFAULT SESSION_USER NOT NULL,
    CONSTRAINT change_is_one CHECK ((before <> after)),
    CONSTRAINT status_after_is_known CHECK ((after = ANY (ARRAY['available'::text, 'unavailable'::text, 'removed'::text]))),
    CONSTRAINT status_before_is_known CHECK ((before = ANY (ARRAY['available'::text, 'unavailable'::text])))
);
COMMENT ON TABLE runtime.tool_status_changes IS 'Every time a tool became unavailable or available again, and why.';
ALTER TABLE registry.hand_changes ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME registry.hand_changes_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE registry.horizon (
    only_row boolean DEFAULT true NOT NULL,
    revision bigint NOT NULL,
    CONSTRAINT horizon_row_is_the_only_one CHECK (only_row)
);
COMMENT ON TABLE registry.horizon IS 'One row: how far back is known what was declared. Written by api.purge_history alone, which removes versions.';
COMMENT ON COLUMN registry.horizon.revision IS 'Of this revision and every later one, all versions that were declared then are kept; before it, some may be gone.';
CREATE TABLE registry.relocations (
    entity_id uuid NOT NULL,
    revision bigint NOT NULL,
    path text NOT NULL,
    blob text
);
COMMENT ON TABLE registry.relocations IS 'Where a resource stood from a revision on that did not change it: its file was moved, or written differently. Append-only.';
ALTER TABLE registry.revisions ALTER COLUMN number ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME registry.revisions_number_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
ALTER TABLE registry.suspensions ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME registry.suspensions_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE runtime.dropped_days (
    day date NOT NULL,
    dropped_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    calls bigint NOT NULL,
    CONSTRAINT dropped_calls_are_counted CHECK ((calls >= 0))
);
COMMENT ON TABLE runtime.dropped_days IS 'Days (UTC) whose logs were dropped, all or some. Their rollups are never counted anew.';
COMMENT ON COLUMN runtime.dropped_days.calls IS 'How many calls of the day are in the rollups alone.';
CREATE TABLE runtime.duration_histogram (
    day date NOT NULL,
    series_id bigint NOT NULL,
    bucket smallint NOT NULL,
    calls bigint NOT NULL
);
COMMENT ON TABLE runtime.duration_histogram IS 'Durations of each day (UTC) and series: how many calls fell into which bucket.';
COMMENT ON COLUMN runtime.duration_histogram.bucket IS 'Each is 10 % wide: bucket b holds durations from 1.1^b ms to below 1.1^(b+1) ms; the lowest one holds all below it.';
CREATE TABLE runtime.duration_histogram_total (
    day date NOT NULL,
    bucket smallint NOT NULL,
    calls bigint NOT NULL
);
COMMENT ON TABLE runtime.duration_histogram_total IS 'Durations of each day (UTC), of all series together: read where nothing is filtered.';
ALTER TABLE runtime.invocation_logs ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME runtime.invocation_logs_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
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
);
COMMENT ON TABLE runtime.invocation_rollup IS 'Calls of each hour (UTC) and series, counted.';
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
);
COMMENT ON TABLE runtime.invocation_rollup_daily IS 'Calls of each day (UTC) and series, counted.';
ALTER TABLE runtime.maintenance_runs ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME runtime.maintenance_runs_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
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
COMMENT ON TABLE runtime.series IS 'Who called what where: each combination that was ever rolled up, once.';
ALTER TABLE runtime.series ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME runtime.series_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
ALTER TABLE runtime.tool_overrides ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME runtime.tool_overrides_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
ALTER TABLE runtime.tool_status_changes ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME runtime.tool_status_changes_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE runtime.tool_successions (
    tool text NOT NULL,
    next_tool text NOT NULL,
    agent text NOT NULL,
    calls bigint NOT NULL,
    last_at timestamp with time zone NOT NULL
);
COMMENT ON TABLE runtime.tool_successions IS 'Which tool was called next after which in the same trace, and how often.';
CREATE TABLE yoyo._yoyo_log (
    id character varying(36) NOT NULL,
    migration_hash character varying(64),
    migration_id character varying(255),
    operation character varying(10),
    username character varying(255),
    hostname character varying(255),
    comment character varying(255),
    created_at_utc timestamp without time zone
);
CREATE TABLE yoyo._yoyo_migrations (
    migration_hash character varying(64) NOT NULL,
    migration_id character varying(255),
    applied_at_utc timestamp without time zone
);
CREATE TABLE yoyo._yoyo_version (
    version integer NOT NULL,
    installed_at_utc timestamp without time zone
);
CREATE TABLE yoyo.checksums (
    migration_id text NOT NULL,
    sha256 text NOT NULL,
    applied_at timestamp with time zone DEFAULT now() NOT NULL
);
COMMENT ON TABLE yoyo.checksums IS 'SHA-256 of each migration file when it was applied: an edited one is refused.';
ALTER TABLE ONLY runtime.invocation_logs ATTACH PARTITION runtime.invocation_logs_default DEFAULT;
ALTER TABLE ONLY registry.nodes ALTER COLUMN updated_at SET DEFAULT now();
ALTER TABLE ONLY registry.services ALTER COLUMN updated_at SET DEFAULT now();
ALTER TABLE ONLY registry.tools ALTER COLUMN updated_at SET DEFAULT now();
INSERT INTO registry.entities VALUES ('b83d3d85-097c-4c3a-afc9-7e8f8d0e9ab7', 'Node', 'model-server-1', true, '2026-11-28 09:13:09.551045+00');
INSERT INTO registry.entities VALUES ('60478e0c-dcc4-429e-b87b-ac543f45a266', 'Node', 'worker-1', true, '2026-11-28 09:13:09.551045+00');
INSERT INTO registry.entities VALUES ('0b4b23c6-0fd0-4897-b2cc-6db281e587a2', 'Node', 'worker-2', true, '2026-11-28 09:13:09.551045+00');
INSERT INTO registry.entities VALUES ('20e01426-d0f5-4a52-9750-02baa58f1e5d', 'Service', 'authentication-api', true, '2026-11-28 09:13:09.551045+00');
INSERT INTO registry.entities VALUES ('4e135972-ad03-4348-a1e0-4361b25e314f', 'Service', 'customer-data-api', true, '2026-11-28 09:13:09.551045+00');
INSERT INTO registry.entities VALUES ('bb8d9f70-0f55-4c94-bfe4-aef196a650db', 'Service', 'inventory-management-api', true, '2026-11-28 09:13:09.551045+00');
INSERT INTO registry.entities VALUES ('fa674fb6-cf6a-4601-9a67-83325272ef15', 'Service', 'payment-gateway-api', true, '2026-11-28 09:13:09.551045+00');
INSERT INTO registry.entities VALUES ('8efd55ee-0094-465c-a528-c8e594b15c6a', 'Service', 'personal-assistant', true, '2026-11-28 09:13:09.551045+00');
INSERT INTO registry.entities VALUES ('8cdc9345-f3a2-4545-a723-f2d45d3f9482', 'Tool', 'check_inventory', true, '2026-11-28 09:13:09.551045+00');
INSERT INTO registry.entities VALUES ('9feb3109-7a1d-4eef-b5c0-32fd81a8796c', 'Tool', 'get_customer_profile', true, '2026-11-28 09:13:09.551045+00');
INSERT INTO registry.entities VALUES ('fb757f18-8852-478e-8d28-1a6b5fa99bd0', 'Tool', 'process_payment', true, '2026-11-28 09:13:09.551045+00');
INSERT INTO registry.entities VALUES ('d6baba3a-08fa-4929-b0b5-4900eb1ce4b6', 'Tool', 'search_customers', true, '2026-11-28 09:13:09.551045+00');
INSERT INTO registry.entities VALUES ('f26cd769-8676-4c77-af8e-1dbac26e4686', 'Tool', 'validate_token', true, '2026-11-28 09:13:09.551045+00');
INSERT INTO registry.entities VALUES ('615aa71f-711a-42ec-a531-96e47fc33e40', 'Tool', 'analyze_file', true, '2026-11-28 09:13:09.551045+00');
INSERT INTO registry.history VALUES ('b83d3d85-097c-4c3a-afc9-7e8f8d0e9ab7', 1, 'create', 'model-server-1', '{"apiVersion":"toolreg/v1","kind":"Node","metadata":{"name":"model-server-1","title":"Model server 1","description":"Serves the models that read documents and images. Its two graphics cards are shared by all callers.","owner":"machine-learning","tags":["production","gpu"],"labels":{"cost-center":"5200","pager":"ml-oncall"}},"spec":{"type":"MODEL_SERVER","address":"grpc://model-server-1:9000","status":"active","protocols":["GRPC"],"capacity":{"concurrency":8,"cpus":32,"gpus":2,"memoryBytes":137438953472},"location":{"provider":"on-premises","region":"frankfurt","zone":"rack-12"},"healthCheck":{"interval":"30s","timeout":"5s","lateAfter":"90s","silentAfter":"10m"}}}', DEFAULT, 'registry/nodes/model-server-1.yaml', '3c89b42faf03043af9bccaef6a9b5b85fecf8b76', false);
INSERT INTO registry.history VALUES ('615aa71f-711a-42ec-a531-96e47fc33e40', 1, 'create', 'file_analyzer', '{"apiVersion":"toolreg/v1","kind":"Tool","metadata":{"name":"file_analyzer","title":"File analyzer","description":"Read a file that a customer has sent - a document, a table or an image - and return its type, its language, a summary and, if asked for, its text and its tables. Files may be up to 25 MiB.","owner":"assistants","tags":["files","documents","read"],"labels":{"tier":"standard","data-class":"personal"}},"spec":{"version":"0.9.0-beta.2","category":"FILE_ANALYSIS","lifecycle":"experimental","service":"personal-assistant","node":"model-server-1","inputSchema":{"type":"object","additionalProperties":false,"required":["file_id"],"properties":{"file_id":{"description":"The id that the upload returned.","type":"string","pattern":"^file_[A-Za-z0-9]{8,32}$"},"extract":{"description":"What to return beside the summary.","type":"array","uniqueItems":true,"default":[],"items":{"enum":["text","tables","entities"]}},"language":{"description":"The language of the summary, as BCP 47 writes it.","type":"string","pattern":"^[a-z]{2,3}(-[A-Z]{2})?$","default":"en"},"max_pages":{"description":"How many pages to read at most.","type":"integer","minimum":1,"maximum":500,"default":50}}},"outputSchema":{"type":"object","additionalProperties":false,"required":["file_id","media_type","size_bytes","summary","truncated"],"properties":{"file_id":{"description":"The id of the file.","type":"string"},"media_type":{"description":"What the file is, found from its content.","type":"string","pattern":"^[a-z]+/[a-z0-9.+-]+$"},"size_bytes":{"description":"The size of the file.","type":"integer","minimum":0,"maximum":26214400},"pages":{"description":"How many pages the file has; null if it has none.","type":["integer","null"],"minimum":1},"language":{"description":"The language of the file, as BCP 47 writes it; null if it was not recognised.","type":["string","null"]},"summary":{"description":"A summary of a few sentences.","type":"string","maxLength":4000},"text":{"description":"The text, page after page.","type":"string"},"tables":{"description":"The tables, each a list of rows of cells.","type":"array","items":{"type":"array","items":{"type":"array","items":{"type":"string"}}}},"entities":{"description":"The names, dates and amounts in the text.","type":"array","items":{"type":"object","additionalProperties":false,"required":["type","value"],"properties":{"type":{"enum":["person","organization","date","amount","address"],"description":"What was found."},"value":{"type":"string","description":"The words in the text."},"page":{"type":"integer","minimum":1,"description":"Where it was found."}}}},"truncated":{"description":"Whether pages were left out because of max_pages.","type":"boolean"}}},"annotations":{"title":"File analyzer","readOnlyHint":true,"openWorldHint":false},"examples":[{"description":"Read an invoice and its tables.","input":{"file_id":"file_Zk81mQwe","extract":["tables","entities"],"max_pages":5},"output":{"file_id":"file_Zk81mQwe","media_type":"application/pdf","size_bytes":184320,"pages":1,"language":"de","summary":"An invoice of 30 October 2026 for a kettle and two mugs, 129.80 euros in total.","tables":[[["Product","Quantity","Price"],["Kettle","1","89.90"],["Mug","2","39.90"]]],"entities":[{"type":"organization","value":"Acme GmbH","page":1},{"type":"amount","value":"129.80 EUR","page":1}],"truncated":false}},{"description":"Describe a photo.","input":{"file_id":"file_0aPq77Lr"},"output":{"file_id":"file_0aPq77Lr","media_type":"image/jpeg","size_bytes":2411724,"pages":null,"language":null,"summary":"A kettle with a cracked handle on a kitchen table.","truncated":false}}],"errors":[{"code":"FILE_NOT_FOUND","description":"There is no file with this id, or it was deleted after 30 days. Ask for a new upload.","retryable":false},{"code":"UNSUPPORTED_TYPE","description":"Files of this type are not read. Ask for PDF, Office, CSV, plain text, PNG or JPEG.","retryable":false},{"code":"FILE_ENCRYPTED","description":"The file is protected by a password. Ask for a copy without one.","retryable":false},{"code":"MODEL_OVERLOADED","description":"All graphics cards are busy. Try again in some seconds.","retryable":true}],"limits":{"timeout":"2m","concurrency":8,"rate":{"requests":30,"per":"1m"}},"objectives":{"successRate":0.95,"p95LatencyMs":20000}}}', DEFAULT, 'registry/tools/file_analyzer.yaml', 'd17b6c026ee16867db23d9e77b7ad328fdfdcb0f', false);
INSERT INTO registry.history VALUES ('60478e0c-dcc4-429e-b87b-ac543f45a266', 1, 'create', 'worker-1', '{"apiVersion":"toolreg/v1","kind":"Node","metadata":{"name":"worker-1","title":"Worker 1","description":"Runs the tools of the shop. It takes all calls while worker-2 is in maintenance.","owner":"platform","tags":["production","shop"],"labels":{"cost-center":"4711","pager":"platform-oncall"}},"spec":{"type":"TOOL_EXECUTOR","address":"http://worker-1:8000","status":"active","protocols":["REST","MCP"],"capacity":{"concurrency":64,"cpus":8,"memoryBytes":17179869184},"location":{"provider":"aws","region":"eu-central-1","zone":"eu-central-1a"},"healthCheck":{"path":"/healthz","interval":"10s","timeout":"2s","lateAfter":"30s","silentAfter":"5m"}}}', DEFAULT, 'registry/nodes/worker-1.yaml', '4c3b4f18a3b45416d57c5886134ba301ef7e1ecc', false);
INSERT INTO registry.history VALUES ('0b4b23c6-0fd0-4897-b2cc-6db281e587a2', 1, 'create', 'worker-2', '{"apiVersion":"toolreg/v1","kind":"Node","metadata":{"name":"worker-2","title":"Worker 2","description":"Stands in for worker-1 from another zone. It is being moved to larger machines and takes no calls.","owner":"platform","tags":["production","shop","standby"],"labels":{"cost-center":"4711","pager":"platform-oncall"}},"spec":{"type":"TOOL_EXECUTOR","address":"http://worker-2:8000","status":"maintenance","protocols":["REST","MCP"],"capacity":{"concurrency":128,"cpus":16,"memoryBytes":34359738368},"location":{"provider":"aws","region":"eu-central-1","zone":"eu-central-1b"},"healthCheck":{"path":"/healthz","interval":"10s","timeout":"2s","lateAfter":"30s","silentAfter":"5m"}}}', DEFAULT, 'registry/nodes/worker-2.yaml', '2fe3a512d04a2f7350f2a39b911792349840d0c8', false);
INSERT INTO registry.history VALUES ('20e01426-d0f5-4a52-9750-02baa58f1e5d', 1, 'create', 'authentication-api', '{"apiVersion":"toolreg/v1","kind":"Service","metadata":{"name":"authentication-api","title":"Authentication API","description":"Issues and checks the tokens of customers, staff and programs.","owner":"identity","tags":["authentication","security"],"labels":{"tier":"critical","data-class":"secret"}},"spec":{"type":"api","version":"4.0.1","endpoint":"https://login.acme.example/api/v4","protocol":"REST","auth":{"type":"http","scheme":"basic","credentials":{"username":"env:AUTHENTICATION_CLIENT_ID","password":"vault:identity/introspection#client_secret"}},"capabilities":["token-issuing","token-validation"],"communicationPatterns":["REQUEST_RESPONSE"],"recommendedTools":["validate_token"],"orchestration":{"discovery":{"method":"STATIC","keywords":["token","login","session","permission"]},"routing":{"strategy":"ROUND_ROBIN","priority":200,"weight":10,"timeout":"1s","maxAttempts":2}}}}', DEFAULT, 'registry/services/authentication-api.yaml', '79508b18b1c74c11eb3572f2cff7dd7231081bfa', false);
INSERT INTO registry.history VALUES ('4e135972-ad03-4348-a1e0-4361b25e314f', 1, 'create', 'customer-data-api', '{"apiVersion":"toolreg/v1","kind":"Service","metadata":{"name":"customer-data-api","title":"Customer data API","description":"Keeps the master data of customers - profiles, addresses and consent. Each read is written to an audit log.","owner":"customer-data","tags":["customers","personal-data"],"labels":{"tier":"critical","data-class":"personal"}},"spec":{"type":"api","version":"3.2.0","endpoint":"https://customers.api.acme.example/v3","protocol":"REST","auth":{"type":"oauth2","flows":{"clientCredentials":{"tokenUrl":"https://login.acme.example/oauth2/token","scopes":{"customers:read":"Read profiles and addresses.","customers:search":"Search for customers by name, email or phone."}}},"credentials":{"clientId":"env:CUSTOMER_DATA_CLIENT_ID","clientSecret":"vault:customer-data/api#client_secret"}},"capabilities":["customer-lookup","customer-search"],"communicationPatterns":["REQUEST_RESPONSE","PUBLISH_SUBSCRIBE"],"recommendedTools":["get_customer_profile","search_customers"],"orchestration":{"discovery":{"method":"OPENAPI","url":"https://customers.api.acme.example/v3/openapi.json","keywords":["customer","profile","address","loyalty"],"refreshInterval":"1h"},"routing":{"strategy":"ROUND_ROBIN","priority":100,"weight":10,"timeout":"5s","maxAttempts":3}}}}', DEFAULT, 'registry/services/customer-data-api.yaml', '9e9d8e5d07dc411bf1deefb41e94b369b73b16cc', false);
INSERT INTO registry.history VALUES ('bb8d9f70-0f55-4c94-bfe4-aef196a650db', 1, 'create', 'inventory-management-api', '{"apiVersion":"toolreg/v1","kind":"Service","metadata":{"name":"inventory-management-api","title":"Inventory management API","description":"Knows what lies in which warehouse, what is reserved and when more arrives.","owner":"logistics","tags":["inventory","warehouse"],"labels":{"tier":"standard","data-class":"internal"}},"spec":{"type":"api","version":"1.8.2","endpoint":"grpcs://inventory.api.acme.example:8443","protocol":"GRPC","auth":{"type":"mutualTLS","credentials":{"certificate":"vault:logistics/inventory#certificate","privateKey":"vault:logistics/inventory#private_key"}},"capabilities":["stock-lookup","stock-reservation"],"communicationPatterns":["REQUEST_RESPONSE","STREAMING"],"recommendedTools":["check_inventory"],"orchestration":{"discovery":{"method":"DNS","keywords":["stock","inventory","warehouse","availability"],"refreshInterval":"1m"},"routing":{"strategy":"LEAST_LOADED","priority":50,"weight":10,"timeout":"3s","maxAttempts":3}}}}', DEFAULT, 'registry/services/inventory-management-api.yaml', '6dc742806aa4afeb970ae434927add0d175115af', false);
INSERT INTO registry.history VALUES ('fa674fb6-cf6a-4601-9a67-83325272ef15', 1, 'create', 'payment-gateway-api', '{"apiVersion":"toolreg/v1","kind":"Service","metadata":{"name":"payment-gateway-api","title":"Payment gateway API","description":"Charges cards, wallets and direct debits. It stores no card numbers, only the tokens of the payment provider.","owner":"payments","tags":["payments","checkout"],"labels":{"tier":"critical","data-class":"financial"}},"spec":{"type":"api","version":"2.1.0","endpoint":"https://payments.api.acme.example/v2","protocol":"REST","auth":{"type":"apiKey","in":"header","name":"X-API-Key","credentials":{"apiKey":"vault:payments/gateway#api_key"}},"capabilities":["payment-processing","fraud-screening"],"communicationPatterns":["REQUEST_RESPONSE","WEBHOOK"],"recommendedTools":["process_payment"],"usesTools":["validate_token"],"orchestration":{"discovery":{"method":"OPENAPI","url":"https://payments.api.acme.example/v2/openapi.json","keywords":["payment","charge","card","checkout"],"refreshInterval":"1h"},"routing":{"strategy":"LEAST_LOADED","priority":100,"weight":10,"timeout":"30s","maxAttempts":1}}}}', DEFAULT, 'registry/services/payment-gateway-api.yaml', 'fb3896da400d5c3413370f8cc4df83da6367db82', false);
INSERT INTO registry.history VALUES ('8efd55ee-0094-465c-a528-c8e594b15c6a', 1, 'create', 'personal-assistant', '{"apiVersion":"toolreg/v1","kind":"Service","metadata":{"name":"personal-assistant","title":"Personal assistant","description":"An agent that serves customers in the shop''s chat: it finds their account, answers questions about stock, reads the files that they send and takes payments after they have confirmed them.","owner":"assistants","tags":["agent","customer-facing"],"labels":{"tier":"critical","data-class":"personal"}},"spec":{"type":"agent","version":"1.4.0","endpoint":"https://assistant.acme.example/a2a","protocol":"A2A","auth":{"type":"oauth2","flows":{"authorizationCode":{"authorizationUrl":"https://login.acme.example/oauth2/authorize","tokenUrl":"https://login.acme.example/oauth2/token","scopes":{"assistant:ask":"Ask the assistant.","assistant:pay":"Let the assistant pay after a confirmation."}},"clientCredentials":{"tokenUrl":"https://login.acme.example/oauth2/token","scopes":{"assistant:ask":"Ask the assistant."}}},"credentials":{"clientId":"env:ASSISTANT_CLIENT_ID","clientSecret":"vault:assistants/personal-assistant#client_secret"}},"capabilities":["conversation","task-planning","customer-support","document-understanding","tool-use"],"communicationPatterns":["REQUEST_RESPONSE","STREAMING","PUBLISH_SUBSCRIBE"],"recommendedTools":["get_customer_profile","check_inventory","file_analyzer"],"usesTools":["validate_token","search_customers","get_customer_profile","check_inventory","process_payment","file_analyzer"],"orchestration":{"discovery":{"method":"AGENT_CARD","url":"https://assistant.acme.example/.well-known/agent-card.json","keywords":["help","order","where is my parcel","refund","question"],"refreshInterval":"5m"},"routing":{"strategy":"STICKY","priority":100,"weight":10,"timeout":"60s","maxAttempts":2}}}}', DEFAULT, 'registry/services/agents/personal-assistant.yaml', 'a031b642cfe0f122d14849c21e475fb5fa4e9ab7', false);
INSERT INTO registry.history VALUES ('8cdc9345-f3a2-4545-a723-f2d45d3f9482', 1, 'create', 'check_inventory', '{"apiVersion":"toolreg/v1","kind":"Tool","metadata":{"name":"check_inventory","title":"Check inventory","description":"Say how many pieces of up to 50 products can be sold now, by warehouse, and when more arrive. The numbers are at most ten seconds old; nothing is reserved.","owner":"logistics","tags":["inventory","warehouse","read"],"labels":{"tier":"standard","data-class":"internal"}},"spec":{"version":"1.6.0","category":"INVENTORY","lifecycle":"active","service":"inventory-management-api","node":"worker-1","inputSchema":{"type":"object","additionalProperties":false,"required":["skus"],"properties":{"skus":{"description":"The stock-keeping units of the products.","type":"array","minItems":1,"maxItems":50,"uniqueItems":true,"items":{"type":"string","pattern":"^[A-Z]{3}-[0-9]{4,8}$"}},"warehouse":{"description":"Look only in this warehouse; leave it out for all of them.","enum":["FRA","HAM","VIE","ZRH"]},"quantity":{"description":"How many pieces of each product are wanted.","type":"integer","minimum":1,"maximum":10000,"default":1}}},"outputSchema":{"type":"object","additionalProperties":false,"required":["items","checked_at"],"properties":{"items":{"description":"One entry for each product, in the order of the request.","type":"array","maxItems":50,"items":{"type":"object","additionalProperties":false,"required":["sku","available","total","warehouses"],"properties":{"sku":{"description":"The stock-keeping unit.","type":"string"},"available":{"description":"Whether the wanted quantity can be sold now.","type":"boolean"},"total":{"description":"How many pieces can be sold, over all warehouses that were looked in.","type":"integer","minimum":0},"warehouses":{"description":"How many pieces each warehouse can sell.","type":"object","propertyNames":{"enum":["FRA","HAM","VIE","ZRH"]},"additionalProperties":{"type":"integer","minimum":0}},"restock_on":{"description":"The day on which more arrive; null if none are ordered.","type":["string","null"],"format":"date"}}}},"checked_at":{"description":"How fresh the numbers are.","type":"string","format":"date-time"}}},"annotations":{"title":"Check inventory","readOnlyHint":true,"openWorldHint":false},"examples":[{"description":"Two products, one of them sold out.","input":{"skus":["KET-1004","MUG-20017"],"quantity":2},"output":{"items":[{"sku":"KET-1004","available":true,"total":37,"warehouses":{"FRA":25,"HAM":0,"VIE":12}},{"sku":"MUG-20017","available":false,"total":0,"warehouses":{},"restock_on":"2026-12-04"}],"checked_at":"2026-11-02T10:20:00Z"}}],"errors":[{"code":"UNKNOWN_SKU","description":"A product does not exist. The message names it.","retryable":false},{"code":"WAREHOUSE_OFFLINE","description":"A warehouse does not answer, and its numbers would be too old. Try again in a few seconds.","retryable":true}],"limits":{"timeout":"3s","concurrency":100,"rate":{"requests":1200,"per":"1m"}},"objectives":{"successRate":0.998,"p95LatencyMs":150}}}', DEFAULT, 'registry/tools/check_inventory.yaml', '5a026a57655e76cafe6da396ae75b410222c4efa', false);
INSERT INTO registry.history VALUES ('9feb3109-7a1d-4eef-b5c0-32fd81a8796c', 1, 'create', 'get_customer_profile', '{"apiVersion":"toolreg/v1","kind":"Tool","metadata":{"name":"get_customer_profile","title":"Get customer profile","description":"Return the profile of one customer: name, contact data, loyalty tier and, if asked for, addresses and recent orders. Needs the customer''s id; use search_customers to find it.","owner":"customer-data","tags":["customers","personal-data","read"],"labels":{"tier":"critical","data-class":"personal"}},"spec":{"version":"3.1.0","category":"CUSTOMER_DATA","lifecycle":"active","service":"customer-data-api","node":"worker-1","inputSchema":{"type":"object","additionalProperties":false,"required":["customer_id"],"properties":{"customer_id":{"description":"The id of the customer, such as cus_7Hq2LmZ9.","type":"string","pattern":"^cus_[A-Za-z0-9]{8,32}$"},"include":{"description":"The parts to return beside the master data.","type":"array","uniqueItems":true,"default":[],"items":{"enum":["addresses","recent_orders","consent"]}},"recent_orders_limit":{"description":"How many recent orders to return, newest first.","type":"integer","minimum":1,"maximum":50,"default":10}}},"outputSchema":{"type":"object","additionalProperties":false,"required":["customer_id","name","email","loyalty_tier","created_at"],"properties":{"customer_id":{"description":"The id of the customer.","type":"string","pattern":"^cus_[A-Za-z0-9]{8,32}$"},"name":{"description":"The full name.","type":"string"},"email":{"description":"The confirmed email address.","type":"string","format":"email"},"phone":{"description":"The phone number, as E.164 writes it; null if none is known.","type":["string","null"],"pattern":"^\\+[1-9][0-9]{6,14}$"},"loyalty_tier":{"description":"The tier in the loyalty program.","enum":["none","silver","gold","platinum"]},"created_at":{"description":"When the account was opened.","type":"string","format":"date-time"},"addresses":{"description":"The addresses, the default one first.","type":"array","items":{"$ref":"#/$defs/address"}},"recent_orders":{"description":"The latest orders, newest first.","type":"array","maxItems":50,"items":{"$ref":"#/$defs/order"}},"consent":{"description":"What the customer agreed to.","type":"object","additionalProperties":false,"required":["marketing","analytics"],"properties":{"marketing":{"type":"boolean","description":"May be sent advertising."},"analytics":{"type":"boolean","description":"May be counted in analyses."}}}},"$defs":{"address":{"type":"object","additionalProperties":false,"required":["street","city","postal_code","country"],"properties":{"street":{"type":"string","description":"Street and number."},"city":{"type":"string","description":"The town."},"postal_code":{"type":"string","description":"The postal code."},"country":{"type":"string","description":"The country, as ISO 3166-1 alpha-2 writes it.","pattern":"^[A-Z]{2}$"}}},"order":{"type":"object","additionalProperties":false,"required":["order_id","placed_at","total","currency","status"],"properties":{"order_id":{"type":"string","description":"The id of the order."},"placed_at":{"type":"string","format":"date-time","description":"When it was placed."},"total":{"type":"integer","minimum":0,"description":"The total in the smallest unit of the currency."},"currency":{"type":"string","pattern":"^[A-Z]{3}$","description":"The currency, as ISO 4217 writes it."},"status":{"enum":["open","shipped","delivered","returned","cancelled"],"description":"How far the order is."}}}}},"annotations":{"title":"Get customer profile","readOnlyHint":true,"openWorldHint":false},"examples":[{"description":"The master data alone.","input":{"customer_id":"cus_7Hq2LmZ9"},"output":{"customer_id":"cus_7Hq2LmZ9","name":"Ada Brenner","email":"ada.brenner@mail.example","phone":"+4969123456","loyalty_tier":"gold","created_at":"2021-03-14T09:26:53Z"}},{"description":"With addresses and the latest order.","input":{"customer_id":"cus_7Hq2LmZ9","include":["addresses","recent_orders"],"recent_orders_limit":1},"output":{"customer_id":"cus_7Hq2LmZ9","name":"Ada Brenner","email":"ada.brenner@mail.example","phone":null,"loyalty_tier":"gold","created_at":"2021-03-14T09:26:53Z","addresses":[{"street":"Lindenweg 4","city":"Frankfurt am Main","postal_code":"60311","country":"DE"}],"recent_orders":[{"order_id":"ord_20418","placed_at":"2026-10-30T17:05:11Z","total":12980,"currency":"EUR","status":"shipped"}]}}],"errors":[{"code":"CUSTOMER_NOT_FOUND","description":"There is no customer with this id. Search by name or email instead.","retryable":false},{"code":"ACCESS_DENIED","description":"The caller may not read this customer. Ask the customer to log in.","retryable":false},{"code":"RATE_LIMITED","description":"Too many calls were made. Wait a minute.","retryable":true}],"limits":{"timeout":"5s","concurrency":50,"rate":{"requests":600,"per":"1m"}},"objectives":{"successRate":0.995,"p95LatencyMs":250}}}', DEFAULT, 'registry/tools/customers/get_customer_profile.yaml', '74bec1b43ce4f38c8360f28376765c1d41f45603', false);
INSERT INTO registry.history VALUES ('fb757f18-8852-478e-8d28-1a6b5fa99bd0', 1, 'create', 'process_payment', '{"apiVersion":"toolreg/v1","kind":"Tool","metadata":{"name":"process_payment","title":"Process payment","description":"Charge a customer''s stored payment method once. Ask the customer to confirm the amount before each call. Calls with the same idempotency key charge at most once.","owner":"payments","tags":["payments","checkout","write"],"labels":{"tier":"critical","data-class":"financial"}},"spec":{"version":"2.1.0","category":"PAYMENT","lifecycle":"active","service":"payment-gateway-api","node":"worker-1","toolName":"ProcessPayment","inputSchema":{"type":"object","additionalProperties":false,"required":["customer_id","amount","currency","payment_method_id","idempotency_key"],"properties":{"customer_id":{"description":"The id of the customer who pays.","type":"string","pattern":"^cus_[A-Za-z0-9]{8,32}$"},"amount":{"description":"The amount in the smallest unit of the currency; 4990 with EUR is 49.90 euros.","type":"integer","minimum":1,"maximum":100000000},"currency":{"description":"The currency, as ISO 4217 writes it.","enum":["EUR","USD","GBP","CHF"]},"payment_method_id":{"description":"The id of a payment method that the customer has stored.","type":"string","pattern":"^pm_[A-Za-z0-9]{8,32}$"},"idempotency_key":{"description":"A key that is new for each intended charge, such as a UUID.","type":"string","minLength":16,"maxLength":64},"order_id":{"description":"The order that is paid, if there is one.","type":"string","pattern":"^ord_[0-9]{1,12}$"},"statement_text":{"description":"What the customer reads on the bank statement.","type":"string","maxLength":22}}},"outputSchema":{"type":"object","additionalProperties":false,"required":["payment_id","status","amount","currency","processed_at"],"properties":{"payment_id":{"description":"The id of the payment.","type":"string","pattern":"^pay_[A-Za-z0-9]{8,32}$"},"status":{"description":"succeeded is final; pending is decided by the bank within a day; action_required needs the customer.","enum":["succeeded","pending","action_required"]},"amount":{"description":"The amount that was charged, in the smallest unit of the currency.","type":"integer","minimum":1},"currency":{"description":"The currency, as ISO 4217 writes it.","enum":["EUR","USD","GBP","CHF"]},"processed_at":{"description":"When the payment was made.","type":"string","format":"date-time"},"action_url":{"description":"Where the customer confirms the payment; present only with action_required.","type":"string","format":"uri"}},"if":{"properties":{"status":{"const":"action_required"}}},"then":{"required":["action_url"]}},"annotations":{"title":"Process payment","readOnlyHint":false,"destructiveHint":true,"idempotentHint":true,"openWorldHint":true},"examples":[{"description":"Charge 49.90 euros for an order.","input":{"customer_id":"cus_7Hq2LmZ9","amount":4990,"currency":"EUR","payment_method_id":"pm_1Jx8TtQe","idempotency_key":"0d9c1c9e-5b7a-4c55-9b3e-0f2f4f1f8a51","order_id":"ord_20418","statement_text":"ACME ORDER 20418"},"output":{"payment_id":"pay_8f2k1Zq7","status":"succeeded","amount":4990,"currency":"EUR","processed_at":"2026-11-02T10:15:30Z"}},{"description":"The bank wants the customer to confirm.","input":{"customer_id":"cus_p04XkW3t","amount":129900,"currency":"CHF","payment_method_id":"pm_9KaPz03w","idempotency_key":"5a1e6c0b-3c44-4d0e-8a57-93cb2d1a77f0"},"output":{"payment_id":"pay_c40Tn5xR","status":"action_required","amount":129900,"currency":"CHF","processed_at":"2026-11-02T10:17:02Z","action_url":"https://payments.acme.example/confirm/pay_c40Tn5xR"}}],"errors":[{"code":"CARD_DECLINED","description":"The bank refused the card. Ask the customer for another payment method.","retryable":false},{"code":"INSUFFICIENT_FUNDS","description":"The account does not hold the amount. Ask the customer for another payment method.","retryable":false},{"code":"IDEMPOTENCY_CONFLICT","description":"The key was used before with other arguments. Use a new key for a new charge.","retryable":false},{"code":"GATEWAY_TIMEOUT","description":"The bank did not answer in time. Call again with the same idempotency key.","retryable":true}],"limits":{"timeout":"30s","concurrency":10,"rate":{"requests":100,"per":"1m"}},"objectives":{"successRate":0.99,"p95LatencyMs":800}}}', DEFAULT, 'registry/tools/payments/process_payment.yaml', 'f01f09b7cd9658eb100b8f341c95d3a9e2a54cab', false);
INSERT INTO registry.history VALUES ('d6baba3a-08fa-4929-b0b5-4900eb1ce4b6', 1, 'create', 'search_customers', '{"apiVersion":"toolreg/v1","kind":"Tool","metadata":{"name":"search_customers","title":"Search customers","description":"Find customers by a part of their name, by email or by phone number. Returns at most 100 matches per page, best first, with just enough data to choose one; get_customer_profile returns the rest.","owner":"customer-data","tags":["customers","personal-data","read","search"],"labels":{"tier":"standard","data-class":"personal"}},"spec":{"version":"2.4.1","category":"CUSTOMER_DATA","lifecycle":"active","service":"customer-data-api","node":"worker-1","inputSchema":{"type":"object","additionalProperties":false,"required":["query"],"properties":{"query":{"description":"A part of a name, an email address or a phone number.","type":"string","minLength":2,"maxLength":200},"loyalty_tier":{"description":"Return only customers of this tier.","enum":["none","silver","gold","platinum"]},"limit":{"description":"How many matches to return.","type":"integer","minimum":1,"maximum":100,"default":20},"cursor":{"description":"The next_cursor of the page before; leave it out for the first page.","type":"string","maxLength":256}}},"outputSchema":{"type":"object","additionalProperties":false,"required":["matches","next_cursor"],"properties":{"matches":{"description":"The customers that were found, best match first.","type":"array","maxItems":100,"items":{"type":"object","additionalProperties":false,"required":["customer_id","name","email","score"],"properties":{"customer_id":{"description":"The id of the customer.","type":"string","pattern":"^cus_[A-Za-z0-9]{8,32}$"},"name":{"description":"The full name.","type":"string"},"email":{"description":"The email address, with all but its first letter and its domain hidden.","type":"string"},"score":{"description":"How well the customer matches, from 0 to 1.","type":"number","minimum":0,"maximum":1}}}},"next_cursor":{"description":"The cursor of the next page; null if this is the last one.","type":["string","null"]}}},"annotations":{"title":"Search customers","readOnlyHint":true,"openWorldHint":false},"examples":[{"description":"Search by a part of a name.","input":{"query":"brenner","limit":2},"output":{"matches":[{"customer_id":"cus_7Hq2LmZ9","name":"Ada Brenner","email":"a***@mail.example","score":0.97},{"customer_id":"cus_p04XkW3t","name":"Jonas Brennert","email":"j***@post.example","score":0.81}],"next_cursor":"eyJvZmZzZXQiOjJ9"}},{"description":"Nothing is found.","input":{"query":"+49301234567","loyalty_tier":"platinum"},"output":{"matches":[],"next_cursor":null}}],"errors":[{"code":"QUERY_TOO_BROAD","description":"The query matches more than 10,000 customers. Ask for a longer part of the name.","retryable":false},{"code":"CURSOR_EXPIRED","description":"The cursor is older than ten minutes. Start again with the first page.","retryable":false},{"code":"INDEX_UNAVAILABLE","description":"The search index is being rebuilt. Try again in a minute.","retryable":true}],"limits":{"timeout":"10s","concurrency":20,"rate":{"requests":120,"per":"1m"}},"objectives":{"successRate":0.99,"p95LatencyMs":600}}}', DEFAULT, 'registry/tools/customers/search_customers.yaml', '8db5fecc6138672e13d5e0017a22c51523186361', false);
INSERT INTO registry.history VALUES ('f26cd769-8676-4c77-af8e-1dbac26e4686', 1, 'create', 'validate_token', '{"apiVersion":"toolreg/v1","kind":"Tool","metadata":{"name":"validate_token","title":"Validate token","description":"Check an access token: whether it is valid, whom it stands for, what it allows and when it ends. The authentication API answers by itself, without a node.","owner":"identity","tags":["authentication","security","read"],"labels":{"tier":"critical","data-class":"secret"}},"spec":{"version":"4.0.0","category":"AUTHENTICATION","lifecycle":"active","service":"authentication-api","toolName":"token.validate","inputSchema":{"type":"object","additionalProperties":false,"required":["token"],"properties":{"token":{"description":"The access token, without the word Bearer.","type":"string","minLength":16,"maxLength":8192,"writeOnly":true},"required_scopes":{"description":"Scopes that the token must hold to count as valid.","type":"array","maxItems":32,"uniqueItems":true,"default":[],"items":{"type":"string","pattern":"^[a-z]+:[a-z]+$"}}}},"outputSchema":{"type":"object","additionalProperties":false,"required":["active"],"properties":{"active":{"description":"Whether the token is valid and holds the required scopes.","type":"boolean"},"subject":{"description":"Whom the token stands for.","type":"string"},"scopes":{"description":"What the token allows.","type":"array","items":{"type":"string"}},"expires_at":{"description":"When the token ends.","type":"string","format":"date-time"},"reason":{"description":"Why the token is not valid.","enum":["expired","revoked","malformed","missing_scope"]}},"if":{"properties":{"active":{"const":true}}},"then":{"required":["subject","scopes","expires_at"]},"else":{"required":["reason"]}},"annotations":{"title":"Validate token","readOnlyHint":true,"openWorldHint":false},"examples":[{"description":"A valid token.","input":{"token":"example-token-0001","required_scopes":["customers:read"]},"output":{"active":true,"subject":"cus_7Hq2LmZ9","scopes":["customers:read","assistant:ask"],"expires_at":"2026-11-02T11:00:00Z"}},{"description":"A token that has ended.","input":{"token":"example-token-0002"},"output":{"active":false,"reason":"expired"}}],"errors":[{"code":"ISSUER_UNAVAILABLE","description":"The keys of the issuer could not be read. Try again; do not treat the token as valid.","retryable":true}],"limits":{"timeout":"1s","concurrency":200,"rate":{"requests":6000,"per":"1m"}},"objectives":{"successRate":0.9995,"p95LatencyMs":40}}}', DEFAULT, 'registry/tools/validate_token.yaml', 'd05570b295738b6e86d38afe911a6125d4e82746', false);
INSERT INTO registry.history VALUES ('8efd55ee-0094-465c-a528-c8e594b15c6a', 4, 'update', 'personal-assistant', '{"apiVersion":"toolreg/v1","kind":"Service","metadata":{"name":"personal-assistant","title":"Personal assistant","description":"An agent that serves customers in the shop''s chat: it finds their account, answers questions about stock, reads the files that they send and takes payments after they have confirmed them.","owner":"assistants","tags":["agent","customer-facing"],"labels":{"tier":"critical","data-class":"personal"}},"spec":{"type":"agent","version":"1.4.0","endpoint":"https://assistant.acme.example/a2a","protocol":"A2A","auth":{"type":"oauth2","flows":{"authorizationCode":{"authorizationUrl":"https://login.acme.example/oauth2/authorize","tokenUrl":"https://login.acme.example/oauth2/token","scopes":{"assistant:ask":"Ask the assistant.","assistant:pay":"Let the assistant pay after a confirmation."}},"clientCredentials":{"tokenUrl":"https://login.acme.example/oauth2/token","scopes":{"assistant:ask":"Ask the assistant."}}},"credentials":{"clientId":"env:ASSISTANT_CLIENT_ID","clientSecret":"vault:assistants/personal-assistant#client_secret"}},"capabilities":["conversation","task-planning","customer-support","document-understanding","tool-use"],"communicationPatterns":["REQUEST_RESPONSE","STREAMING","PUBLISH_SUBSCRIBE"],"recommendedTools":["get_customer_profile","check_inventory","analyze_file"],"usesTools":["validate_token","search_customers","get_customer_profile","check_inventory","process_payment","analyze_file"],"orchestration":{"discovery":{"method":"AGENT_CARD","url":"https://assistant.acme.example/.well-known/agent-card.json","keywords":["help","order","where is my parcel","refund","question"],"refreshInterval":"5m"},"routing":{"strategy":"STICKY","priority":100,"weight":10,"timeout":"60s","maxAttempts":2}}}}', DEFAULT, 'registry/services/agents/personal-assistant.yaml', '3b236ba02c4827c6e7904504c53b67b0cd445ec6', false);
INSERT INTO registry.history VALUES ('615aa71f-711a-42ec-a531-96e47fc33e40', 4, 'move', 'analyze_file', '{"apiVersion":"toolreg/v1","kind":"Tool","metadata":{"name":"analyze_file","title":"File analyzer","description":"Read a file that a customer has sent - a document, a table or an image - and return its type, its language, a summary and, if asked for, its text and its tables. Files may be up to 25 MiB.","owner":"assistants","tags":["files","documents","read"],"labels":{"tier":"standard","data-class":"personal"}},"spec":{"version":"0.9.0-beta.2","category":"FILE_ANALYSIS","lifecycle":"experimental","service":"personal-assistant","node":"model-server-1","inputSchema":{"type":"object","additionalProperties":false,"required":["file_id"],"properties":{"file_id":{"description":"The id that the upload returned.","type":"string","pattern":"^file_[A-Za-z0-9]{8,32}$"},"extract":{"description":"What to return beside the summary.","type":"array","uniqueItems":true,"default":[],"items":{"enum":["text","tables","entities"]}},"language":{"description":"The language of the summary, as BCP 47 writes it.","type":"string","pattern":"^[a-z]{2,3}(-[A-Z]{2})?$","default":"en"},"max_pages":{"description":"How many pages to read at most.","type":"integer","minimum":1,"maximum":500,"default":50}}},"outputSchema":{"type":"object","additionalProperties":false,"required":["file_id","media_type","size_bytes","summary","truncated"],"properties":{"file_id":{"description":"The id of the file.","type":"string"},"media_type":{"description":"What the file is, found from its content.","type":"string","pattern":"^[a-z]+/[a-z0-9.+-]+$"},"size_bytes":{"description":"The size of the file.","type":"integer","minimum":0,"maximum":26214400},"pages":{"description":"How many pages the file has; null if it has none.","type":["integer","null"],"minimum":1},"language":{"description":"The language of the file, as BCP 47 writes it; null if it was not recognised.","type":["string","null"]},"summary":{"description":"A summary of a few sentences.","type":"string","maxLength":4000},"text":{"description":"The text, page after page.","type":"string"},"tables":{"description":"The tables, each a list of rows of cells.","type":"array","items":{"type":"array","items":{"type":"array","items":{"type":"string"}}}},"entities":{"description":"The names, dates and amounts in the text.","type":"array","items":{"type":"object","additionalProperties":false,"required":["type","value"],"properties":{"type":{"enum":["person","organization","date","amount","address"],"description":"What was found."},"value":{"type":"string","description":"The words in the text."},"page":{"type":"integer","minimum":1,"description":"Where it was found."}}}},"truncated":{"description":"Whether pages were left out because of max_pages.","type":"boolean"}}},"annotations":{"title":"File analyzer","readOnlyHint":true,"openWorldHint":false},"examples":[{"description":"Read an invoice and its tables.","input":{"file_id":"file_Zk81mQwe","extract":["tables","entities"],"max_pages":5},"output":{"file_id":"file_Zk81mQwe","media_type":"application/pdf","size_bytes":184320,"pages":1,"language":"de","summary":"An invoice of 30 October 2026 for a kettle and two mugs, 129.80 euros in total.","tables":[[["Product","Quantity","Price"],["Kettle","1","89.90"],["Mug","2","39.90"]]],"entities":[{"type":"organization","value":"Acme GmbH","page":1},{"type":"amount","value":"129.80 EUR","page":1}],"truncated":false}},{"description":"Describe a photo.","input":{"file_id":"file_0aPq77Lr"},"output":{"file_id":"file_0aPq77Lr","media_type":"image/jpeg","size_bytes":2411724,"pages":null,"language":null,"summary":"A kettle with a cracked handle on a kitchen table.","truncated":false}}],"errors":[{"code":"FILE_NOT_FOUND","description":"There is no file with this id, or it was deleted after 30 days. Ask for a new upload.","retryable":false},{"code":"UNSUPPORTED_TYPE","description":"Files of this type are not read. Ask for PDF, Office, CSV, plain text, PNG or JPEG.","retryable":false},{"code":"FILE_ENCRYPTED","description":"The file is protected by a password. Ask for a copy without one.","retryable":false},{"code":"MODEL_OVERLOADED","description":"All graphics cards are busy. Try again in some seconds.","retryable":true}],"limits":{"timeout":"2m","concurrency":8,"rate":{"requests":30,"per":"1m"}},"objectives":{"successRate":0.95,"p95LatencyMs":20000}}}', DEFAULT, 'registry/tools/analyze_file.yaml', '47555522a8a94580fb7e5ebaa012ba1ff762d46c', false);
INSERT INTO registry.history VALUES ('8cdc9345-f3a2-4545-a723-f2d45d3f9482', 5, 'update', 'check_inventory', '{"apiVersion":"toolreg/v1","kind":"Tool","metadata":{"name":"check_inventory","title":"Check inventory","description":"Say how many pieces of up to 50 products can be sold now, by warehouse, and when more arrive. The numbers are at most ten seconds old; nothing is reserved.","owner":"logistics","tags":["inventory","warehouse","read"],"labels":{"tier":"standard","data-class":"internal"}},"spec":{"version":"9.9.9","category":"INVENTORY","lifecycle":"active","service":"inventory-management-api","node":"worker-1","inputSchema":{"type":"object","additionalProperties":false,"required":["skus"],"properties":{"skus":{"description":"The stock-keeping units of the products.","type":"array","minItems":1,"maxItems":50,"uniqueItems":true,"items":{"type":"string","pattern":"^[A-Z]{3}-[0-9]{4,8}$"}},"warehouse":{"description":"Look only in this warehouse; leave it out for all of them.","enum":["FRA","HAM","VIE","ZRH"]},"quantity":{"description":"How many pieces of each product are wanted.","type":"integer","minimum":1,"maximum":10000,"default":1}}},"outputSchema":{"type":"object","additionalProperties":false,"required":["items","checked_at"],"properties":{"items":{"description":"One entry for each product, in the order of the request.","type":"array","maxItems":50,"items":{"type":"object","additionalProperties":false,"required":["sku","available","total","warehouses"],"properties":{"sku":{"description":"The stock-keeping unit.","type":"string"},"available":{"description":"Whether the wanted quantity can be sold now.","type":"boolean"},"total":{"description":"How many pieces can be sold, over all warehouses that were looked in.","type":"integer","minimum":0},"warehouses":{"description":"How many pieces each warehouse can sell.","type":"object","propertyNames":{"enum":["FRA","HAM","VIE","ZRH"]},"additionalProperties":{"type":"integer","minimum":0}},"restock_on":{"description":"The day on which more arrive; null if none are ordered.","type":["string","null"],"format":"date"}}}},"checked_at":{"description":"How fresh the numbers are.","type":"string","format":"date-time"}}},"annotations":{"title":"Check inventory","readOnlyHint":true,"openWorldHint":false},"examples":[{"description":"Two products, one of them sold out.","input":{"skus":["KET-1004","MUG-20017"],"quantity":2},"output":{"items":[{"sku":"KET-1004","available":true,"total":37,"warehouses":{"FRA":25,"HAM":0,"VIE":12}},{"sku":"MUG-20017","available":false,"total":0,"warehouses":{},"restock_on":"2026-12-04"}],"checked_at":"2026-11-02T10:20:00Z"}}],"errors":[{"code":"UNKNOWN_SKU","description":"A product does not exist. The message names it.","retryable":false},{"code":"WAREHOUSE_OFFLINE","description":"A warehouse does not answer, and its numbers would be too old. Try again in a few seconds.","retryable":true}],"limits":{"timeout":"3s","concurrency":100,"rate":{"requests":1200,"per":"1m"}},"objectives":{"successRate":0.998,"p95LatencyMs":150}}}', DEFAULT, 'registry/tools/check_inventory.yaml', '1337def54066ad98705b96e08df795437eaf3209', false);
INSERT INTO registry.horizon VALUES (true, 0);
INSERT INTO registry.nodes VALUES ('b83d3d85-097c-4c3a-afc9-7e8f8d0e9ab7', '{"apiVersion":"toolreg/v1","kind":"Node","metadata":{"name":"model-server-1","title":"Model server 1","description":"Serves the models that read documents and images. Its two graphics cards are shared by all callers.","owner":"machine-learning","tags":["production","gpu"],"labels":{"cost-center":"5200","pager":"ml-oncall"}},"spec":{"type":"MODEL_SERVER","address":"grpc://model-server-1:9000","status":"active","protocols":["GRPC"],"capacity":{"concurrency":8,"cpus":32,"gpus":2,"memoryBytes":137438953472},"location":{"provider":"on-premises","region":"frankfurt","zone":"rack-12"},"healthCheck":{"interval":"30s","timeout":"5s","lateAfter":"90s","silentAfter":"10m"}}}', 'registry/nodes/model-server-1.yaml', '3c89b42faf03043af9bccaef6a9b5b85fecf8b76', 1, 'c505f70df83e6ee13939d0ec313592dcd681e61b714fda84161f1f2e6fed3922', '2026-11-28 09:13:09.551045+00', DEFAULT, DEFAULT, DEFAULT, DEFAULT, DEFAULT, DEFAULT, DEFAULT);
INSERT INTO registry.nodes VALUES ('60478e0c-dcc4-429e-b87b-ac543f45a266', '{"apiVersion":"toolreg/v1","kind":"Node","metadata":{"name":"worker-1","title":"Worker 1","description":"Runs the tools of the shop. It takes all calls while worker-2 is in maintenance.","owner":"platform","tags":["production","shop"],"labels":{"cost-center":"4711","pager":"platform-oncall"}},"spec":{"type":"TOOL_EXECUTOR","address":"http://worker-1:8000","status":"active","protocols":["REST","MCP"],"capacity":{"concurrency":64,"cpus":8,"memoryBytes":17179869184},"location":{"provider":"aws","region":"eu-central-1","zone":"eu-central-1a"},"healthCheck":{"path":"/healthz","interval":"10s","timeout":"2s","lateAfter":"30s","silentAfter":"5m"}}}', 'registry/nodes/worker-1.yaml', '4c3b4f18a3b45416d57c5886134ba301ef7e1ecc', 1, 'b6fd3c7998dac8a559cc3ff86a37fb7a6d3affd40a0a2c6a41c93cacc077be1b', '2026-11-28 09:13:09.551045+00', DEFAULT, DEFAULT, DEFAULT, DEFAULT, DEFAULT, DEFAULT, DEFAULT);
INSERT INTO registry.nodes VALUES ('0b4b23c6-0fd0-4897-b2cc-6db281e587a2', '{"apiVersion":"toolreg/v1","kind":"Node","metadata":{"name":"worker-2","title":"Worker 2","description":"Stands in for worker-1 from another zone. It is being moved to larger machines and takes no calls.","owner":"platform","tags":["production","shop","standby"],"labels":{"cost-center":"4711","pager":"platform-oncall"}},"spec":{"type":"TOOL_EXECUTOR","address":"http://worker-2:8000","status":"maintenance","protocols":["REST","MCP"],"capacity":{"concurrency":128,"cpus":16,"memoryBytes":34359738368},"location":{"provider":"aws","region":"eu-central-1","zone":"eu-central-1b"},"healthCheck":{"path":"/healthz","interval":"10s","timeout":"2s","lateAfter":"30s","silentAfter":"5m"}}}', 'registry/nodes/worker-2.yaml', '2fe3a512d04a2f7350f2a39b911792349840d0c8', 1, '887b25b0dc97586c7ef97c09832a6cbebe925ab1793f0c3bb26b9884cc0b94e6', '2026-11-28 09:13:09.551045+00', DEFAULT, DEFAULT, DEFAULT, DEFAULT, DEFAULT, DEFAULT, DEFAULT);
INSERT INTO registry."references" VALUES ('20e01426-d0f5-4a52-9750-02baa58f1e5d', '/spec/recommendedTools/0', 'Tool', 'validate_token');
INSERT INTO registry."references" VALUES ('4e135972-ad03-4348-a1e0-4361b25e314f', '/spec/recommendedTools/0', 'Tool', 'get_customer_profile');
INSERT INTO registry."references" VALUES ('4e135972-ad03-4348-a1e0-4361b25e314f', '/spec/recommendedTools/1', 'Tool', 'search_customers');
INSERT INTO registry."references" VALUES ('bb8d9f70-0f55-4c94-bfe4-aef196a650db', '/spec/recommendedTools/0', 'Tool', 'check_inventory');
INSERT INTO registry."references" VALUES ('fa674fb6-cf6a-4601-9a67-83325272ef15', '/spec/recommendedTools/0', 'Tool', 'process_payment');
INSERT INTO registry."references" VALUES ('fa674fb6-cf6a-4601-9a67-83325272ef15', '/spec/usesTools/0', 'Tool', 'validate_token');
INSERT INTO registry."references" VALUES ('9feb3109-7a1d-4eef-b5c0-32fd81a8796c', '/spec/service', 'Service', 'customer-data-api');
INSERT INTO registry."references" VALUES ('9feb3109-7a1d-4eef-b5c0-32fd81a8796c', '/spec/node', 'Node', 'worker-1');
INSERT INTO registry."references" VALUES ('fb757f18-8852-478e-8d28-1a6b5fa99bd0', '/spec/service', 'Service', 'payment-gateway-api');
INSERT INTO registry."references" VALUES ('fb757f18-8852-478e-8d28-1a6b5fa99bd0', '/spec/node', 'Node', 'worker-1');
INSERT INTO registry."references" VALUES ('d6baba3a-08fa-4929-b0b5-4900eb1ce4b6', '/spec/service', 'Service', 'customer-data-api');
INSERT INTO registry."references" VALUES ('d6baba3a-08fa-4929-b0b5-4900eb1ce4b6', '/spec/node', 'Node', 'worker-1');
INSERT INTO registry."references" VALUES ('f26cd769-8676-4c77-af8e-1dbac26e4686', '/spec/service', 'Service', 'authentication-api');
INSERT INTO registry."references" VALUES ('8efd55ee-0094-465c-a528-c8e594b15c6a', '/spec/recommendedTools/0', 'Tool', 'get_customer_profile');
INSERT INTO registry."references" VALUES ('8efd55ee-0094-465c-a528-c8e594b15c6a', '/spec/recommendedTools/1', 'Tool', 'check_inventory');
INSERT INTO registry."references" VALUES ('8efd55ee-0094-465c-a528-c8e594b15c6a', '/spec/recommendedTools/2', 'Tool', 'analyze_file');
INSERT INTO registry."references" VALUES ('8efd55ee-0094-465c-a528-c8e594b15c6a', '/spec/usesTools/0', 'Tool', 'validate_token');
INSERT INTO registry."references" VALUES ('8efd55ee-0094-465c-a528-c8e594b15c6a', '/spec/usesTools/1', 'Tool', 'search_customers');
INSERT INTO registry."references" VALUES ('8efd55ee-0094-465c-a528-c8e594b15c6a', '/spec/usesTools/2', 'Tool', 'get_customer_profile');
INSERT INTO registry."references" VALUES ('8efd55ee-0094-465c-a528-c8e594b15c6a', '/spec/usesTools/3', 'Tool', 'check_inventory');
INSERT INTO registry."references" VALUES ('8efd55ee-0094-465c-a528-c8e594b15c6a', '/spec/usesTools/4', 'Tool', 'process_payment');
INSERT INTO registry."references" VALUES ('8efd55ee-0094-465c-a528-c8e594b15c6a', '/spec/usesTools/5', 'Tool', 'analyze_file');
INSERT INTO registry."references" VALUES ('615aa71f-711a-42ec-a531-96e47fc33e40', '/spec/service', 'Service', 'personal-assistant');
INSERT INTO registry."references" VALUES ('615aa71f-711a-42ec-a531-96e47fc33e40', '/spec/node', 'Node', 'model-server-1');
INSERT INTO registry."references" VALUES ('8cdc9345-f3a2-4545-a723-f2d45d3f9482', '/spec/service', 'Service', 'inventory-management-api');
INSERT INTO registry."references" VALUES ('8cdc9345-f3a2-4545-a723-f2d45d3f9482', '/spec/node', 'Node', 'worker-1');
INSERT INTO registry.revisions VALUES ('b233b3c3-89d0-4504-aa1f-ffe0602a05c3', 1, 'applied', 'acme', 'commit', 'registry', 'de28def4fcbb89ea6b505d2b3cc5fca2780f6a59', '{}', 'Ada <a@example.com>', '2026-11-28 09:13:08+00', 'First registry', '25215f901a516764c10ba7b8a42a9ec192037ea103f2e3e79376e431ac030fec', 'fe35f77b90414166df78617607ef5f157ab8f90b319c0cb67d16b7b49acbae2d', 14, 0, 0, '2026-11-28 09:13:09.538982+00', '2026-11-28 09:13:09.652236+00', 'super', NULL, '{"apiVersion":"toolreg/v1","kind":"Registry","metadata":{"name":"acme","title":"Acme tools","description":"The tools that Acme''s assistants call to serve customers of the shop.","owner":"platform"},"spec":{"limits":{"maxResources":10000}}}', '{}', 0, NULL, NULL);
INSERT INTO registry.revisions VALUES ('d084ffeb-9401-4f56-b2f1-4acff121f784', 2, 'failed', NULL, 'commit', 'registry', '19f247a6826923a7e2c07f974ec3055e5a4a1bb4', '{de28def4fcbb89ea6b505d2b3cc5fca2780f6a59}', 'Ada <a@example.com>', '2026-11-28 09:13:20+00', 'Rename file_analyzer', '25215f901a516764c10ba7b8a42a9ec192037ea103f2e3e79376e431ac030fec', NULL, 0, 0, 0, '2026-11-28 09:13:21.012123+00', '2026-11-28 09:13:21.120135+00', 'super', '1 problem: registry/services/agents/personal-assistant.yaml:43:61: there is no Tool/file_analyzer in this registry; expected one of analyze_file, check_inventory, get_customer_profile, process_payment, search_customers, validate_token [dangling-reference]', NULL, '{}', 0, NULL, NULL);
INSERT INTO registry.revisions VALUES ('4dc29a49-f59d-468d-ada2-bd9514a40b24', 3, 'failed', NULL, 'commit', 'registry', '741d9e87ce26cb8e5927d5e439e8d872f2465cc8', '{19f247a6826923a7e2c07f974ec3055e5a4a1bb4}', 'Ada <a@example.com>', '2026-11-28 09:13:21+00', 'Raise the version', '25215f901a516764c10ba7b8a42a9ec192037ea103f2e3e79376e431ac030fec', NULL, 0, 0, 0, '2026-11-28 09:13:21.491432+00', '2026-11-28 09:13:21.611601+00', 'super', '1 problem: registry/services/agents/personal-assistant.yaml:43:61: there is no Tool/file_analyzer in this registry; expected one of analyze_file, check_inventory, get_customer_profile, process_payment, search_customers, validate_token [dangling-reference]', NULL, '{}', 0, NULL, NULL);
INSERT INTO registry.revisions VALUES ('af70d7d5-6a10-4669-921a-6de4e8984719', 4, 'applied', 'acme', 'commit', 'registry', '95af4a4d0414cc6d3d54ff0ba2bdfa33c835244b', '{de28def4fcbb89ea6b505d2b3cc5fca2780f6a59}', 'Ada <a@example.com>', '2026-11-28 09:13:37+00', 'Rename file_analyzer', '25215f901a516764c10ba7b8a42a9ec192037ea103f2e3e79376e431ac030fec', '2566676103257c740d0b3b822ce024065709dcdac88b7be147ae470e2491757c', 0, 2, 0, '2026-11-28 09:13:37.419023+00', '2026-11-28 09:13:37.489909+00', 'super', NULL, '{"apiVersion":"toolreg/v1","kind":"Registry","metadata":{"name":"acme","title":"Acme tools","description":"The tools that Acme''s assistants call to serve customers of the shop.","owner":"platform"},"spec":{"limits":{"maxResources":10000}}}', '{}', 0, NULL, NULL);
INSERT INTO registry.revisions VALUES ('873752cc-c4fc-4624-8ab1-0042d0b5321c', 5, 'applied', 'acme', 'commit', 'registry', 'cb5bb9e02ac01f02bd17a877b4033b5dd957afba', '{95af4a4d0414cc6d3d54ff0ba2bdfa33c835244b}', 'Ada <a@example.com>', '2026-11-28 09:13:37+00', 'Raise the version', '25215f901a516764c10ba7b8a42a9ec192037ea103f2e3e79376e431ac030fec', '294d2f51c9ac4da6c3e5e464822b0a9c99f3a079375067148c63ab86da0d463c', 0, 1, 0, '2026-11-28 09:13:37.822354+00', '2026-11-28 09:13:37.880647+00', 'super', NULL, '{"apiVersion":"toolreg/v1","kind":"Registry","metadata":{"name":"acme","title":"Acme tools","description":"The tools that Acme''s assistants call to serve customers of the shop.","owner":"platform"},"spec":{"limits":{"maxResources":10000}}}', '{}', 0, NULL, NULL);
INSERT INTO registry.services VALUES ('20e01426-d0f5-4a52-9750-02baa58f1e5d', '{"apiVersion":"toolreg/v1","kind":"Service","metadata":{"name":"authentication-api","title":"Authentication API","description":"Issues and checks the tokens of customers, staff and programs.","owner":"identity","tags":["authentication","security"],"labels":{"tier":"critical","data-class":"secret"}},"spec":{"type":"api","version":"4.0.1","endpoint":"https://login.acme.example/api/v4","protocol":"REST","auth":{"type":"http","scheme":"basic","credentials":{"username":"env:AUTHENTICATION_CLIENT_ID","password":"vault:identity/introspection#client_secret"}},"capabilities":["token-issuing","token-validation"],"communicationPatterns":["REQUEST_RESPONSE"],"recommendedTools":["validate_token"],"orchestration":{"discovery":{"method":"STATIC","keywords":["token","login","session","permission"]},"routing":{"strategy":"ROUND_ROBIN","priority":200,"weight":10,"timeout":"1s","maxAttempts":2}}}}', 'registry/services/authentication-api.yaml', '79508b18b1c74c11eb3572f2cff7dd7231081bfa', 1, '9bcaf2ad02df012f10359723b5f0ec5935dbc324e5af5b1254ffbc579a3b0bdd', '2026-11-28 09:13:09.551045+00', DEFAULT, DEFAULT, DEFAULT, DEFAULT, DEFAULT, DEFAULT, DEFAULT, DEFAULT, DEFAULT);
INSERT INTO registry.services VALUES ('4e135972-ad03-4348-a1e0-4361b25e314f', '{"apiVersion":"toolreg/v1","kind":"Service","metadata":{"name":"customer-data-api","title":"Customer data API","description":"Keeps the master data of customers - profiles, addresses and consent. Each read is written to an audit log.","owner":"customer-data","tags":["customers","personal-data"],"labels":{"tier":"critical","data-class":"personal"}},"spec":{"type":"api","version":"3.2.0","endpoint":"https://customers.api.acme.example/v3","protocol":"REST","auth":{"type":"oauth2","flows":{"clientCredentials":{"tokenUrl":"https://login.acme.example/oauth2/token","scopes":{"customers:read":"Read profiles and addresses.","customers:search":"Search for customers by name, email or phone."}}},"credentials":{"clientId":"env:CUSTOMER_DATA_CLIENT_ID","clientSecret":"vault:customer-data/api#client_secret"}},"capabilities":["customer-lookup","customer-search"],"communicationPatterns":["REQUEST_RESPONSE","PUBLISH_SUBSCRIBE"],"recommendedTools":["get_customer_profile","search_customers"],"orchestration":{"discovery":{"method":"OPENAPI","url":"https://customers.api.acme.example/v3/openapi.json","keywords":["customer","profile","address","loyalty"],"refreshInterval":"1h"},"routing":{"strategy":"ROUND_ROBIN","priority":100,"weight":10,"timeout":"5s","maxAttempts":3}}}}', 'registry/services/customer-data-api.yaml', '9e9d8e5d07dc411bf1deefb41e94b369b73b16cc', 1, '6a7ca03f9b33f71f95f224a05380180b0f6c35dd906dcf311375dc284309048c', '2026-11-28 09:13:09.551045+00', DEFAULT, DEFAULT, DEFAULT, DEFAULT, DEFAULT, DEFAULT, DEFAULT, DEFAULT, DEFAULT);
INSERT INTO registry.services VALUES ('bb8d9f70-0f55-4c94-bfe4-aef196a650db', '{"apiVersion":"toolreg/v1","kind":"Service","metadata":{"name":"inventory-management-api","title":"Inventory management API","description":"Knows what lies in which warehouse, what is reserved and when more arrives.","owner":"logistics","tags":["inventory","warehouse"],"labels":{"tier":"standard","data-class":"internal"}},"spec":{"type":"api","version":"1.8.2","endpoint":"grpcs://inventory.api.acme.example:8443","protocol":"GRPC","auth":{"type":"mutualTLS","credentials":{"certificate":"vault:logistics/inventory#certificate","privateKey":"vault:logistics/inventory#private_key"}},"capabilities":["stock-lookup","stock-reservation"],"communicationPatterns":["REQUEST_RESPONSE","STREAMING"],"recommendedTools":["check_inventory"],"orchestration":{"discovery":{"method":"DNS","keywords":["stock","inventory","warehouse","availability"],"refreshInterval":"1m"},"routing":{"strategy":"LEAST_LOADED","priority":50,"weight":10,"timeout":"3s","maxAttempts":3}}}}', 'registry/services/inventory-management-api.yaml', '6dc742806aa4afeb970ae434927add0d175115af', 1, 'f83358700f8c3b772a82c20503ab24f678987f30d558ea503994f0841c2413f7', '2026-11-28 09:13:09.551045+00', DEFAULT, DEFAULT, DEFAULT, DEFAULT, DEFAULT, DEFAULT, DEFAULT, DEFAULT, DEFAULT);
INSERT INTO registry.services VALUES ('fa674fb6-cf6a-4601-9a67-83325272ef15', '{"apiVersion":"toolreg/v1","kind":"Service","metadata":{"name":"payment-gateway-api","title":"Payment gateway API","description":"Charges cards, wallets and direct debits. It stores no card numbers, only the tokens of the payment provider.","owner":"payments","tags":["payments","checkout"],"labels":{"tier":"critical","data-class":"financial"}},"spec":{"type":"api","version":"2.1.0","endpoint":"https://payments.api.acme.example/v2","protocol":"REST","auth":{"type":"apiKey","in":"header","name":"X-API-Key","credentials":{"apiKey":"vault:payments/gateway#api_key"}},"capabilities":["payment-processing","fraud-screening"],"communicationPatterns":["REQUEST_RESPONSE","WEBHOOK"],"recommendedTools":["process_payment"],"usesTools":["validate_token"],"orchestration":{"discovery":{"method":"OPENAPI","url":"https://payments.api.acme.example/v2/openapi.json","keywords":["payment","charge","card","checkout"],"refreshInterval":"1h"},"routing":{"strategy":"LEAST_LOADED","priority":100,"weight":10,"timeout":"30s","maxAttempts":1}}}}', 'registry/services/payment-gateway-api.yaml', 'fb3896da400d5c3413370f8cc4df83da6367db82', 1, '64e6dec0fdcaa611d2b03021739b620c9e0463204a48e58ca034afd9e7b301fc', '2026-11-28 09:13:09.551045+00', DEFAULT, DEFAULT, DEFAULT, DEFAULT, DEFAULT, DEFAULT, DEFAULT, DEFAULT, DEFAULT);
INSERT INTO registry.services VALUES ('8efd55ee-0094-465c-a528-c8e594b15c6a', '{"apiVersion":"toolreg/v1","kind":"Service","metadata":{"name":"personal-assistant","title":"Personal assistant","description":"An agent that serves customers in the shop''s chat: it finds their account, answers questions about stock, reads the files that they send and takes payments after they have confirmed them.","owner":"assistants","tags":["agent","customer-facing"],"labels":{"tier":"critical","data-class":"personal"}},"spec":{"type":"agent","version":"1.4.0","endpoint":"https://assistant.acme.example/a2a","protocol":"A2A","auth":{"type":"oauth2","flows":{"authorizationCode":{"authorizationUrl":"https://login.acme.example/oauth2/authorize","tokenUrl":"https://login.acme.example/oauth2/token","scopes":{"assistant:ask":"Ask the assistant.","assistant:pay":"Let the assistant pay after a confirmation."}},"clientCredentials":{"tokenUrl":"https://login.acme.example/oauth2/token","scopes":{"assistant:ask":"Ask the assistant."}}},"credentials":{"clientId":"env:ASSISTANT_CLIENT_ID","clientSecret":"vault:assistants/personal-assistant#client_secret"}},"capabilities":["conversation","task-planning","customer-support","document-understanding","tool-use"],"communicationPatterns":["REQUEST_RESPONSE","STREAMING","PUBLISH_SUBSCRIBE"],"recommendedTools":["get_customer_profile","check_inventory","analyze_file"],"usesTools":["validate_token","search_customers","get_customer_profile","check_inventory","process_payment","analyze_file"],"orchestration":{"discovery":{"method":"AGENT_CARD","url":"https://assistant.acme.example/.well-known/agent-card.json","keywords":["help","order","where is my parcel","refund","question"],"refreshInterval":"5m"},"routing":{"strategy":"STICKY","priority":100,"weight":10,"timeout":"60s","maxAttempts":2}}}}', 'registry/services/agents/personal-assistant.yaml', '3b236ba02c4827c6e7904504c53b67b0cd445ec6', 4, 'd64ae4b4cd79968cd077decbc0c7ec46172f40826e4cfbddfabbfd29fc5a0281', '2026-11-28 09:13:37.437895+00', DEFAULT, DEFAULT, DEFAULT, DEFAULT, DEFAULT, DEFAULT, DEFAULT, DEFAULT, DEFAULT);
INSERT INTO registry.suspensions OVERRIDING SYSTEM VALUE VALUES (1, 'x', NULL, 'super', '2026-11-28 09:13:38.218681+00', 'super', '2026-11-28 09:13:38.482803+00');
INSERT INTO registry.tool_tags VALUES ('9feb3109-7a1d-4eef-b5c0-32fd81a8796c', 'customers');
INSERT INTO registry.tool_tags VALUES ('9feb3109-7a1d-4eef-b5c0-32fd81a8796c', 'personal-data');
INSERT INTO registry.tool_tags VALUES ('9feb3109-7a1d-4eef-b5c0-32fd81a8796c', 'read');
INSERT INTO registry.tool_tags VALUES ('fb757f18-8852-478e-8d28-1a6b5fa99bd0', 'payments');
INSERT INTO registry.tool_tags VALUES ('fb757f18-8852-478e-8d28-1a6b5fa99bd0', 'checkout');
INSERT INTO registry.tool_tags VALUES ('fb757f18-8852-478e-8d28-1a6b5fa99bd0', 'write');
INSERT INTO registry.tool_tags VALUES ('d6baba3a-08fa-4929-b0b5-4900eb1ce4b6', 'customers');
INSERT INTO registry.tool_tags VALUES ('d6baba3a-08fa-4929-b0b5-4900eb1ce4b6', 'personal-data');
INSERT INTO registry.tool_tags VALUES ('d6baba3a-08fa-4929-b0b5-4900eb1ce4b6', 'read');
INSERT INTO registry.tool_tags VALUES ('d6baba3a-08fa-4929-b0b5-4900eb1ce4b6', 'search');
INSERT INTO registry.tool_tags VALUES ('f26cd769-8676-4c77-af8e-1dbac26e4686', 'authentication');
INSERT INTO registry.tool_tags VALUES ('f26cd769-8676-4c77-af8e-1dbac26e4686', 'security');
INSERT INTO registry.tool_tags VALUES ('f26cd769-8676-4c77-af8e-1dbac26e4686', 'read');
INSERT INTO registry.tool_tags VALUES ('615aa71f-711a-42ec-a531-96e47fc33e40', 'files');
INSERT INTO registry.tool_tags VALUES ('615aa71f-711a-42ec-a531-96e47fc33e40', 'documents');
INSERT INTO registry.tool_tags VALUES ('615aa71f-711a-42ec-a531-96e47fc33e40', 'read');
INSERT INTO registry.tool_tags VALUES ('8cdc9345-f3a2-4545-a723-f2d45d3f9482', 'inventory');
INSERT INTO registry.tool_tags VALUES ('8cdc9345-f3a2-4545-a723-f2d45d3f9482', 'warehouse');
INSERT INTO registry.tool_tags VALUES ('8cdc9345-f3a2-4545-a723-f2d45d3f9482', 'read');
INSERT INTO registry.tools VALUES ('9feb3109-7a1d-4eef-b5c0-32fd81a8796c', '{"apiVersion":"toolreg/v1","kind":"Tool","metadata":{"name":"get_customer_profile","title":"Get customer profile","description":"Return the profile of one customer: name, contact data, loyalty tier and, if asked for, addresses and recent orders. Needs the customer''s id; use search_customers to find it.","owner":"customer-data","tags":["customers","personal-data","read"],"labels":{"tier":"critical","data-class":"personal"}},"spec":{"version":"3.1.0","category":"CUSTOMER_DATA","lifecycle":"active","service":"customer-data-api","node":"worker-1","inputSchema":{"type":"object","additionalProperties":false,"required":["customer_id"],"properties":{"customer_id":{"description":"The id of the customer, such as cus_7Hq2LmZ9.","type":"string","pattern":"^cus_[A-Za-z0-9]{8,32}$"},"include":{"description":"The parts to return beside the master data.","type":"array","uniqueItems":true,"default":[],"items":{"enum":["addresses","recent_orders","consent"]}},"recent_orders_limit":{"description":"How many recent orders to return, newest first.","type":"integer","minimum":1,"maximum":50,"default":10}}},"outputSchema":{"type":"object","additionalProperties":false,"required":["customer_id","name","email","loyalty_tier","created_at"],"properties":{"customer_id":{"description":"The id of the customer.","type":"string","pattern":"^cus_[A-Za-z0-9]{8,32}$"},"name":{"description":"The full name.","type":"string"},"email":{"description":"The confirmed email address.","type":"string","format":"email"},"phone":{"description":"The phone number, as E.164 writes it; null if none is known.","type":["string","null"],"pattern":"^\\+[1-9][0-9]{6,14}$"},"loyalty_tier":{"description":"The tier in the loyalty program.","enum":["none","silver","gold","platinum"]},"created_at":{"description":"When the account was opened.","type":"string","format":"date-time"},"addresses":{"description":"The addresses, the default one first.","type":"array","items":{"$ref":"#/$defs/address"}},"recent_orders":{"description":"The latest orders, newest first.","type":"array","maxItems":50,"items":{"$ref":"#/$defs/order"}},"consent":{"description":"What the customer agreed to.","type":"object","additionalProperties":false,"required":["marketing","analytics"],"properties":{"marketing":{"type":"boolean","description":"May be sent advertising."},"analytics":{"type":"boolean","description":"May be counted in analyses."}}}},"$defs":{"address":{"type":"object","additionalProperties":false,"required":["street","city","postal_code","country"],"properties":{"street":{"type":"string","description":"Street and number."},"city":{"type":"string","description":"The town."},"postal_code":{"type":"string","description":"The postal code."},"country":{"type":"string","description":"The country, as ISO 3166-1 alpha-2 writes it.","pattern":"^[A-Z]{2}$"}}},"order":{"type":"object","additionalProperties":false,"required":["order_id","placed_at","total","currency","status"],"properties":{"order_id":{"type":"string","description":"The id of the order."},"placed_at":{"type":"string","format":"date-time","description":"When it was placed."},"total":{"type":"integer","minimum":0,"description":"The total in the smallest unit of the currency."},"currency":{"type":"string","pattern":"^[A-Z]{3}$","description":"The currency, as ISO 4217 writes it."},"status":{"enum":["open","shipped","delivered","returned","cancelled"],"description":"How far the order is."}}}}},"annotations":{"title":"Get customer profile","readOnlyHint":true,"openWorldHint":false},"examples":[{"description":"The master data alone.","input":{"customer_id":"cus_7Hq2LmZ9"},"output":{"customer_id":"cus_7Hq2LmZ9","name":"Ada Brenner","email":"ada.brenner@mail.example","phone":"+4969123456","loyalty_tier":"gold","created_at":"2021-03-14T09:26:53Z"}},{"description":"With addresses and the latest order.","input":{"customer_id":"cus_7Hq2LmZ9","include":["addresses","recent_orders"],"recent_orders_limit":1},"output":{"customer_id":"cus_7Hq2LmZ9","name":"Ada Brenner","email":"ada.brenner@mail.example","phone":null,"loyalty_tier":"gold","created_at":"2021-03-14T09:26:53Z","addresses":[{"street":"Lindenweg 4","city":"Frankfurt am Main","postal_code":"60311","country":"DE"}],"recent_orders":[{"order_id":"ord_20418","placed_at":"2026-10-30T17:05:11Z","total":12980,"currency":"EUR","status":"shipped"}]}}],"errors":[{"code":"CUSTOMER_NOT_FOUND","description":"There is no customer with this id. Search by name or email instead.","retryable":false},{"code":"ACCESS_DENIED","description":"The caller may not read this customer. Ask the customer to log in.","retryable":false},{"code":"RATE_LIMITED","description":"Too many calls were made. Wait a minute.","retryable":true}],"limits":{"timeout":"5s","concurrency":50,"rate":{"requests":600,"per":"1m"}},"objectives":{"successRate":0.995,"p95LatencyMs":250}}}', 'registry/tools/customers/get_customer_profile.yaml', '74bec1b43ce4f38c8360f28376765c1d41f45603', 1, 'df3e3e65257ec0b0aa23d09b411fa9d029ee70d14ec8c1d26696af0a69b37f04', '2026-11-28 09:13:09.551045+00', DEFAULT, DEFAULT, DEFAULT, DEFAULT, DEFAULT, DEFAULT, DEFAULT, DEFAULT, DEFAULT, DEFAULT, DEFAULT, DEFAULT);
INSERT INTO registry.tools VALUES ('fb757f18-8852-478e-8d28-1a6b5fa99bd0', '{"apiVersion":"toolreg/v1","kind":"Tool","metadata":{"name":"process_payment","title":"Process payment","description":"Charge a customer''s stored payment method once. Ask the customer to confirm the amount before each call. Calls with the same idempotency key charge at most once.","owner":"payments","tags":["payments","checkout","write"],"labels":{"tier":"critical","data-class":"financial"}},"spec":{"version":"2.1.0","category":"PAYMENT","lifecycle":"active","service":"payment-gateway-api","node":"worker-1","toolName":"ProcessPayment","inputSchema":{"type":"object","additionalProperties":false,"required":["customer_id","amount","currency","payment_method_id","idempotency_key"],"properties":{"customer_id":{"description":"The id of the customer who pays.","type":"string","pattern":"^cus_[A-Za-z0-9]{8,32}$"},"amount":{"description":"The amount in the smallest unit of the currency; 4990 with EUR is 49.90 euros.","type":"integer","minimum":1,"maximum":100000000},"currency":{"description":"The currency, as ISO 4217 writes it.","enum":["EUR","USD","GBP","CHF"]},"payment_method_id":{"description":"The id of a payment method that the customer has stored.","type":"string","pattern":"^pm_[A-Za-z0-9]{8,32}$"},"idempotency_key":{"description":"A key that is new for each intended charge, such as a UUID.","type":"string","minLength":16,"maxLength":64},"order_id":{"description":"The order that is paid, if there is one.","type":"string","pattern":"^ord_[0-9]{1,12}$"},"statement_text":{"description":"What the customer reads on the bank statement.","type":"string","maxLength":22}}},"outputSchema":{"type":"object","additionalProperties":false,"required":["payment_id","status","amount","currency","processed_at"],"properties":{"payment_id":{"description":"The id of the payment.","type":"string","pattern":"^pay_[A-Za-z0-9]{8,32}$"},"status":{"description":"succeeded is final; pending is decided by the bank within a day; action_required needs the customer.","enum":["succeeded","pending","action_required"]},"amount":{"description":"The amount that was charged, in the smallest unit of the currency.","type":"integer","minimum":1},"currency":{"description":"The currency, as ISO 4217 writes it.","enum":["EUR","USD","GBP","CHF"]},"processed_at":{"description":"When the payment was made.","type":"string","format":"date-time"},"action_url":{"description":"Where the customer confirms the payment; present only with action_required.","type":"string","format":"uri"}},"if":{"properties":{"status":{"const":"action_required"}}},"then":{"required":["action_url"]}},"annotations":{"title":"Process payment","readOnlyHint":false,"destructiveHint":true,"idempotentHint":true,"openWorldHint":true},"examples":[{"description":"Charge 49.90 euros for an order.","input":{"customer_id":"cus_7Hq2LmZ9","amount":4990,"currency":"EUR","payment_method_id":"pm_1Jx8TtQe","idempotency_key":"0d9c1c9e-5b7a-4c55-9b3e-0f2f4f1f8a51","order_id":"ord_20418","statement_text":"ACME ORDER 20418"},"output":{"payment_id":"pay_8f2k1Zq7","status":"succeeded","amount":4990,"currency":"EUR","processed_at":"2026-11-02T10:15:30Z"}},{"description":"The bank wants the customer to confirm.","input":{"customer_id":"cus_p04XkW3t","amount":129900,"currency":"CHF","payment_method_id":"pm_9KaPz03w","idempotency_key":"5a1e6c0b-3c44-4d0e-8a57-93cb2d1a77f0"},"output":{"payment_id":"pay_c40Tn5xR","status":"action_required","amount":129900,"currency":"CHF","processed_at":"2026-11-02T10:17:02Z","action_url":"https://payments.acme.example/confirm/pay_c40Tn5xR"}}],"errors":[{"code":"CARD_DECLINED","description":"The bank refused the card. Ask the customer for another payment method.","retryable":false},{"code":"INSUFFICIENT_FUNDS","description":"The account does not hold the amount. Ask the customer for another payment method.","retryable":false},{"code":"IDEMPOTENCY_CONFLICT","description":"The key was used before with other arguments. Use a new key for a new charge.","retryable":false},{"code":"GATEWAY_TIMEOUT","description":"The bank did not answer in time. Call again with the same idempotency key.","retryable":true}],"limits":{"timeout":"30s","concurrency":10,"rate":{"requests":100,"per":"1m"}},"objectives":{"successRate":0.99,"p95LatencyMs":800}}}', 'registry/tools/payments/process_payment.yaml', 'f01f09b7cd9658eb100b8f341c95d3a9e2a54cab', 1, '125bffbef743ffe60f07de8d192a0e715f86eedd14a67357b31765107ecb7e25', '2026-11-28 09:13:09.551045+00', DEFAULT, DEFAULT, DEFAULT, DEFAULT, DEFAULT, DEFAULT, DEFAULT, DEFAULT, DEFAULT, DEFAULT, DEFAULT, DEFAULT);
INSERT INTO registry.tools VALUES ('d6baba3a-08fa-4929-b0b5-4900eb1ce4b6', '{"apiVersion":"toolreg/v1","kind":"Tool","metadata":{"name":"search_customers","title":"Search customers","description":"Find customers by a part of their name, by email or by phone number. Returns at most 100 matches per page, best first, with just enough data to choose one; get_customer_profile returns the rest.","owner":"customer-data","tags":["customers","personal-data","read","search"],"labels":{"tier":"standard","data-class":"personal"}},"spec":{"version":"2.4.1","category":"CUSTOMER_DATA","lifecycle":"active","service":"customer-data-api","node":"worker-1","inputSchema":{"type":"object","additionalProperties":false,"required":["query"],"properties":{"query":{"description":"A part of a name, an email address or a phone number.","type":"string","minLength":2,"maxLength":200},"loyalty_tier":{"description":"Return only customers of this tier.","enum":["none","silver","gold","platinum"]},"limit":{"description":"How many matches to return.","type":"integer","minimum":1,"maximum":100,"default":20},"cursor":{"description":"The next_cursor of the page before; leave it out for the first page.","type":"string","maxLength":256}}},"outputSchema":{"type":"object","additionalProperties":false,"required":["matches","next_cursor"],"properties":{"matches":{"description":"The customers that were found, best match first.","type":"array","maxItems":100,"items":{"type":"object","additionalProperties":false,"required":["customer_id","name","email","score"],"properties":{"customer_id":{"description":"The id of the customer.","type":"string","pattern":"^cus_[A-Za-z0-9]{8,32}$"},"name":{"description":"The full name.","type":"string"},"email":{"description":"The email address, with all but its first letter and its domain hidden.","type":"string"},"score":{"description":"How well the customer matches, from 0 to 1.","type":"number","minimum":0,"maximum":1}}}},"next_cursor":{"description":"The cursor of the next page; null if this is the last one.","type":["string","null"]}}},"annotations":{"title":"Search customers","readOnlyHint":true,"openWorldHint":false},"examples":[{"description":"Search by a part of a name.","input":{"query":"brenner","limit":2},"output":{"matches":[{"customer_id":"cus_7Hq2LmZ9","name":"Ada Brenner","email":"a***@mail.example","score":0.97},{"customer_id":"cus_p04XkW3t","name":"Jonas Brennert","email":"j***@post.example","score":0.81}],"next_cursor":"eyJvZmZzZXQiOjJ9"}},{"description":"Nothing is found.","input":{"query":"+49301234567","loyalty_tier":"platinum"},"output":{"matches":[],"next_cursor":null}}],"errors":[{"code":"QUERY_TOO_BROAD","description":"The query matches more than 10,000 customers. Ask for a longer part of the name.","retryable":false},{"code":"CURSOR_EXPIRED","description":"The cursor is older than ten minutes. Start again with the first page.","retryable":false},{"code":"INDEX_UNAVAILABLE","description":"The search index is being rebuilt. Try again in a minute.","retryable":true}],"limits":{"timeout":"10s","concurrency":20,"rate":{"requests":120,"per":"1m"}},"objectives":{"successRate":0.99,"p95LatencyMs":600}}}', 'registry/tools/customers/search_customers.yaml', '8db5fecc6138672e13d5e0017a22c51523186361', 1, '5ac39538461d1eb25c71d262a6ae8c18181eac9fd2b5a60aa7e48ad6a6bd7f85', '2026-11-28 09:13:09.551045+00', DEFAULT, DEFAULT, DEFAULT, DEFAULT, DEFAULT, DEFAULT, DEFAULT, DEFAULT, DEFAULT, DEFAULT, DEFAULT, DEFAULT);
INSERT INTO registry.tools VALUES ('8cdc9345-f3a2-4545-a723-f2d45d3f9482', '{"apiVersion":"toolreg/v1","kind":"Tool","metadata":{"name":"check_inventory","title":"Check inventory","description":"Say how many pieces of up to 50 products can be sold now, by warehouse, and when more arrive. The numbers are at most ten seconds old; nothing is reserved.","owner":"logistics","tags":["inventory","warehouse","read"],"labels":{"tier":"standard","data-class":"internal"}},"spec":{"version":"9.9.9","category":"INVENTORY","lifecycle":"active","service":"inventory-management-api","node":"worker-1","inputSchema":{"type":"object","additionalProperties":false,"required":["skus"],"properties":{"skus":{"description":"The stock-keeping units of the products.","type":"array","minItems":1,"maxItems":50,"uniqueItems":true,"items":{"type":"string","pattern":"^[A-Z]{3}-[0-9]{4,8}$"}},"warehouse":{"description":"Look only in this warehouse; leave it out for all of them.","enum":["FRA","HAM","VIE","ZRH"]},"quantity":{"description":"How many pieces of each product are wanted.","type":"integer","minimum":1,"maximum":10000,"default":1}}},"outputSchema":{"type":"object","additionalProperties":false,"required":["items","checked_at"],"properties":{"items":{"description":"One entry for each product, in the order of the request.","type":"array","maxItems":50,"items":{"type":"object","additionalProperties":false,"required":["sku","available","total","warehouses"],"properties":{"sku":{"description":"The stock-keeping unit.","type":"string"},"available":{"description":"Whether the wanted quantity can be sold now.","type":"boolean"},"total":{"description":"How many pieces can be sold, over all warehouses that were looked in.","type":"integer","minimum":0},"warehouses":{"description":"How many pieces each warehouse can sell.","type":"object","propertyNames":{"enum":["FRA","HAM","VIE","ZRH"]},"additionalProperties":{"type":"integer","minimum":0}},"restock_on":{"description":"The day on which more arrive; null if none are ordered.","type":["string","null"],"format":"date"}}}},"checked_at":{"description":"How fresh the numbers are.","type":"string","format":"date-time"}}},"annotations":{"title":"Check inventory","readOnlyHint":true,"openWorldHint":false},"examples":[{"description":"Two products, one of them sold out.","input":{"skus":["KET-1004","MUG-20017"],"quantity":2},"output":{"items":[{"sku":"KET-1004","available":true,"total":37,"warehouses":{"FRA":25,"HAM":0,"VIE":12}},{"sku":"MUG-20017","available":false,"total":0,"warehouses":{},"restock_on":"2026-12-04"}],"checked_at":"2026-11-02T10:20:00Z"}}],"errors":[{"code":"UNKNOWN_SKU","description":"A product does not exist. The message names it.","retryable":false},{"code":"WAREHOUSE_OFFLINE","description":"A warehouse does not answer, and its numbers would be too old. Try again in a few seconds.","retryable":true}],"limits":{"timeout":"3s","concurrency":100,"rate":{"requests":1200,"per":"1m"}},"objectives":{"successRate":0.998,"p95LatencyMs":150}}}', 'registry/tools/check_inventory.yaml', '1337def54066ad98705b96e08df795437eaf3209', 5, '08ddf65f7fa4082e2ba641dc65f9445f9e3baf6638af73497c2c899ec5eb2499', '2026-11-28 09:13:37.833003+00', DEFAULT, DEFAULT, DEFAULT, DEFAULT, DEFAULT, DEFAULT, DEFAULT, DEFAULT, DEFAULT, DEFAULT, DEFAULT, DEFAULT);
INSERT INTO registry.tools VALUES ('f26cd769-8676-4c77-af8e-1dbac26e4686', '{"apiVersion":"toolreg/v1","kind":"Tool","metadata":{"name":"validate_token","title":"Validate token","description":"Check an access token: whether it is valid, whom it stands for, what it allows and when it ends. The authentication API answers by itself, without a node.","owner":"identity","tags":["authentication","security","read"],"labels":{"tier":"critical","data-class":"secret"}},"spec":{"version":"4.0.0","category":"AUTHENTICATION","lifecycle":"active","service":"authentication-api","toolName":"token.validate","inputSchema":{"type":"object","additionalProperties":false,"required":["token"],"properties":{"token":{"description":"The access token, without the word Bearer.","type":"string","minLength":16,"maxLength":8192,"writeOnly":true},"required_scopes":{"description":"Scopes that the token must hold to count as valid.","type":"array","maxItems":32,"uniqueItems":true,"default":[],"items":{"type":"string","pattern":"^[a-z]+:[a-z]+$"}}}},"outputSchema":{"type":"object","additionalProperties":false,"required":["active"],"properties":{"active":{"description":"Whether the token is valid and holds the required scopes.","type":"boolean"},"subject":{"description":"Whom the token stands for.","type":"string"},"scopes":{"description":"What the token allows.","type":"array","items":{"type":"string"}},"expires_at":{"description":"When the token ends.","type":"string","format":"date-time"},"reason":{"description":"Why the token is not valid.","enum":["expired","revoked","malformed","missing_scope"]}},"if":{"properties":{"active":{"const":true}}},"then":{"required":["subject","scopes","expires_at"]},"else":{"required":["reason"]}},"annotations":{"title":"Validate token","readOnlyHint":true,"openWorldHint":false},"examples":[{"description":"A valid token.","input":{"token":"example-token-0001","required_scopes":["customers:read"]},"output":{"active":true,"subject":"cus_7Hq2LmZ9","scopes":["customers:read","assistant:ask"],"expires_at":"2026-11-02T11:00:00Z"}},{"description":"A token that has ended.","input":{"token":"example-token-0002"},"output":{"active":false,"reason":"expired"}}],"errors":[{"code":"ISSUER_UNAVAILABLE","description":"The keys of the issuer could not be read. Try again; do not treat the token as valid.","retryable":true}],"limits":{"timeout":"1s","concurrency":200,"rate":{"requests":6000,"per":"1m"}},"objectives":{"successRate":0.9995,"p95LatencyMs":40}}}', 'registry/tools/validate_token.yaml', 'd05570b295738b6e86d38afe911a6125d4e82746', 1, '3b72a46d10ace12c6899555fe1ca922da870549b10a3b2898daf8cb06ba93fb3', '2026-11-28 09:13:09.551045+00', DEFAULT, DEFAULT, DEFAULT, DEFAULT, DEFAULT, DEFAULT, DEFAULT, DEFAULT, DEFAULT, DEFAULT, DEFAULT, DEFAULT);
INSERT INTO registry.tools VALUES ('615aa71f-711a-42ec-a531-96e47fc33e40', '{"apiVersion":"toolreg/v1","kind":"Tool","metadata":{"name":"analyze_file","title":"File analyzer","description":"Read a file that a customer has sent - a document, a table or an image - and return its type, its language, a summary and, if asked for, its text and its tables. Files may be up to 25 MiB.","owner":"assistants","tags":["files","documents","read"],"labels":{"tier":"standard","data-class":"personal"}},"spec":{"version":"0.9.0-beta.2","category":"FILE_ANALYSIS","lifecycle":"experimental","service":"personal-assistant","node":"model-server-1","inputSchema":{"type":"object","additionalProperties":false,"required":["file_id"],"properties":{"file_id":{"description":"The id that the upload returned.","type":"string","pattern":"^file_[A-Za-z0-9]{8,32}$"},"extract":{"description":"What to return beside the summary.","type":"array","uniqueItems":true,"default":[],"items":{"enum":["text","tables","entities"]}},"language":{"description":"The language of the summary, as BCP 47 writes it.","type":"string","pattern":"^[a-z]{2,3}(-[A-Z]{2})?$","default":"en"},"max_pages":{"description":"How many pages to read at most.","type":"integer","minimum":1,"maximum":500,"default":50}}},"outputSchema":{"type":"object","additionalProperties":false,"required":["file_id","media_type","size_bytes","summary","truncated"],"properties":{"file_id":{"description":"The id of the file.","type":"string"},"media_type":{"description":"What the file is, found from its content.","type":"string","pattern":"^[a-z]+/[a-z0-9.+-]+$"},"size_bytes":{"description":"The size of the file.","type":"integer","minimum":0,"maximum":26214400},"pages":{"description":"How many pages the file has; null if it has none.","type":["integer","null"],"minimum":1},"language":{"description":"The language of the file, as BCP 47 writes it; null if it was not recognised.","type":["string","null"]},"summary":{"description":"A summary of a few sentences.","type":"string","maxLength":4000},"text":{"description":"The text, page after page.","type":"string"},"tables":{"description":"The tables, each a list of rows of cells.","type":"array","items":{"type":"array","items":{"type":"array","items":{"type":"string"}}}},"entities":{"description":"The names, dates and amounts in the text.","type":"array","items":{"type":"object","additionalProperties":false,"required":["type","value"],"properties":{"type":{"enum":["person","organization","date","amount","address"],"description":"What was found."},"value":{"type":"string","description":"The words in the text."},"page":{"type":"integer","minimum":1,"description":"Where it was found."}}}},"truncated":{"description":"Whether pages were left out because of max_pages.","type":"boolean"}}},"annotations":{"title":"File analyzer","readOnlyHint":true,"openWorldHint":false},"examples":[{"description":"Read an invoice and its tables.","input":{"file_id":"file_Zk81mQwe","extract":["tables","entities"],"max_pages":5},"output":{"file_id":"file_Zk81mQwe","media_type":"application/pdf","size_bytes":184320,"pages":1,"language":"de","summary":"An invoice of 30 October 2026 for a kettle and two mugs, 129.80 euros in total.","tables":[[["Product","Quantity","Price"],["Kettle","1","89.90"],["Mug","2","39.90"]]],"entities":[{"type":"organization","value":"Acme GmbH","page":1},{"type":"amount","value":"129.80 EUR","page":1}],"truncated":false}},{"description":"Describe a photo.","input":{"file_id":"file_0aPq77Lr"},"output":{"file_id":"file_0aPq77Lr","media_type":"image/jpeg","size_bytes":2411724,"pages":null,"language":null,"summary":"A kettle with a cracked handle on a kitchen table.","truncated":false}}],"errors":[{"code":"FILE_NOT_FOUND","description":"There is no file with this id, or it was deleted after 30 days. Ask for a new upload.","retryable":false},{"code":"UNSUPPORTED_TYPE","description":"Files of this type are not read. Ask for PDF, Office, CSV, plain text, PNG or JPEG.","retryable":false},{"code":"FILE_ENCRYPTED","description":"The file is protected by a password. Ask for a copy without one.","retryable":false},{"code":"MODEL_OVERLOADED","description":"All graphics cards are busy. Try again in some seconds.","retryable":true}],"limits":{"timeout":"2m","concurrency":8,"rate":{"requests":30,"per":"1m"}},"objectives":{"successRate":0.95,"p95LatencyMs":20000}}}', 'registry/tools/analyze_file.yaml', '47555522a8a94580fb7e5ebaa012ba1ff762d46c', 4, 'fc545db7306f877084cd4c37eb61c95b0f2b9336a1c7075083d288495095ccc0', '2026-11-28 09:13:37.437895+00', DEFAULT, DEFAULT, DEFAULT, DEFAULT, DEFAULT, DEFAULT, DEFAULT, DEFAULT, DEFAULT, DEFAULT, DEFAULT, DEFAULT);
INSERT INTO runtime.artifacts VALUES ('6546a609-99aa-49bb-a454-f6feb90dcd3a', '615aa71f-711a-42ec-a531-96e47fc33e40', NULL, NULL, 's3://bucket/report.pdf', 'application/pdf', 1234, NULL, NULL, 'super', '2026-11-28 09:13:52.79339+00', NULL);
INSERT INTO runtime.invocation_logs_default VALUES (1, '2026-11-28 09:13:52.772792+00', 12.5, '2026-11-28 09:13:52.790042+00', 1314, NULL, NULL, '615aa71f-711a-42ec-a531-96e47fc33e40', '8efd55ee-0094-465c-a528-c8e594b15c6a', 'b83d3d85-097c-4c3a-afc9-7e8f8d0e9ab7', 1, 'analyze_file', '0.9.0-beta.2', 'planner', NULL, NULL, 'success', NULL, NULL, NULL, NULL, NULL, 'super', NULL, NULL, NULL);
INSERT INTO runtime.invocation_logs_default VALUES (2, '2026-11-28 09:13:52.542214+00', 250, '2026-11-28 09:13:52.792732+00', 1315, NULL, NULL, '8cdc9345-f3a2-4545-a723-f2d45d3f9482', 'bb8d9f70-0f55-4c94-bfe4-aef196a650db', '60478e0c-dcc4-429e-b87b-ac543f45a266', 1, 'check_inventory', '9.9.9', 'planner', NULL, NULL, 'failure', NULL, NULL, NULL, NULL, NULL, 'super', NULL, NULL, NULL);
INSERT INTO runtime.maintenance_tasks VALUES ('ensure_partitions', 1, '06:00:00');
INSERT INTO runtime.maintenance_tasks VALUES ('rollup_invocations', 2, '00:01:00');
INSERT INTO runtime.maintenance_tasks VALUES ('update_tool_status', 3, '00:01:00');
INSERT INTO runtime.maintenance_tasks VALUES ('drop_expired_partitions', 4, '1 day');
INSERT INTO runtime.maintenance_tasks VALUES ('expire_artifacts', 5, '01:00:00');
INSERT INTO runtime.maintenance_tasks VALUES ('cleanup_orphaned_artifacts', 6, '1 day');
INSERT INTO runtime.maintenance_tasks VALUES ('purge_history', 7, '1 day');
INSERT INTO runtime.maintenance_tasks VALUES ('refresh_statistics', 8, '1 day');
INSERT INTO runtime.maintenance_tasks VALUES ('reindex_bloated', 9, '7 days');
INSERT INTO runtime.node_heartbeats VALUES ('60478e0c-dcc4-429e-b87b-ac543f45a266', '2026-11-28 09:13:52.799474+00', 0.5, 3, NULL, 'super');
INSERT INTO runtime.settings VALUES (true, '90 days', NULL, 7, 65536, '7 days', '00:01:00', '00:05:00');
INSERT INTO runtime.tool_overrides OVERRIDING SYSTEM VALUE VALUES (1, '8cdc9345-f3a2-4545-a723-f2d45d3f9482', 'unavailable', 'broken', NULL, 'super', '2026-11-28 09:13:52.797124+00', NULL, NULL, NULL);
INSERT INTO yoyo._yoyo_migrations VALUES ('69bdbb1888c5b2282244641110d22d6ed06c859cba81c4cfe4334de2f91b7178', '0001_create_registry', '2026-11-28 09:13:08.827879');
INSERT INTO yoyo._yoyo_migrations VALUES ('e7e3fa834172e580b4402ced1bf527ad07dc416de296580b2b75f511737d344e', '0002_create_nodes', '2026-11-28 09:13:08.836284');
INSERT INTO yoyo._yoyo_migrations VALUES ('64fb2b326c6c930bbf8ff83fe3ecc7b31138f43583102020cab74ae7b29cf12e', '0003_create_services', '2026-11-28 09:13:08.843073');
INSERT INTO yoyo._yoyo_migrations VALUES ('d71b2adbb92dcde8fe34a360fb23cba899ab6f804749fafe9ed8bec1055b8372', '0004_create_tools', '2026-11-28 09:13:08.857042');
INSERT INTO yoyo._yoyo_migrations VALUES ('f4ba0f6106c0246f51c0990852136fac6e0901464bfd99c0ec146fb9f2f6e4d9', '0005_create_roles', '2026-11-28 09:13:08.860999');
INSERT INTO yoyo._yoyo_migrations VALUES ('f0ec0d0f3b5a0b1e30b5082b97672e36673debb474863e73443390c2fc8393b8', '0006_create_invocations', '2026-11-28 09:13:08.877143');
INSERT INTO yoyo._yoyo_migrations VALUES ('7aad5d892a024911b19c6582e0065de0f63375d2a2d6e78e14dcd5748fc38f22', '0007_create_rollups', '2026-11-28 09:13:08.89187');
INSERT INTO yoyo._yoyo_migrations VALUES ('1d52ebe5d3cabbcc639cdcfb8b1bfcb1e635bf6d223f39bdb15f952b503ab928', '0008_create_artifacts', '2026-11-28 09:13:08.897719');
INSERT INTO yoyo._yoyo_migrations VALUES ('f84bfcd2cdead6420f6f0a3c89ad8c6937e2fbf9dad705740e588163a7e81b6b', '0009_create_health', '2026-11-28 09:13:08.910037');
INSERT INTO yoyo._yoyo_migrations VALUES ('3f5c4201899335d714d62799bb59069b2f2c1cdda1aab9fc7b5c426c52db0852', '0010_create_maintenance', '2026-11-28 09:13:08.918798');
INSERT INTO yoyo._yoyo_migrations VALUES ('5044cdfacd55a51d3dedfef13f859d2a47cb711a409b2424fbcec828be7ed39d', '0011_grant_runtime', '2026-11-28 09:13:08.921078');
INSERT INTO yoyo._yoyo_migrations VALUES ('5c48313314a1ca0d401dedcca3385be2f8372ce0c4e72e799cab4aeb412d7820', '0012_index_tools_for_search', '2026-11-28 09:13:08.933187');
INSERT INTO yoyo._yoyo_migrations VALUES ('41fc156d42862a37ec793297b9d55559c4bef5d88779548ced8fe820ef010c24', '0013_purge_history', '2026-11-28 09:13:08.934745');
INSERT INTO yoyo._yoyo_migrations VALUES ('77bd884e662684658b5d8c1ccad023cb201604b41e57957aa5c4eebb9fe2d3c5', '0014_guard_revisions', '2026-11-28 09:13:08.93971');
INSERT INTO yoyo._yoyo_migrations VALUES ('4558bf076b1b50ab5aee99a8660b32b4808a951760fdf60d1e6de0cb6c0206e2', '0015_record_hand_changes', '2026-11-28 09:13:08.94762');
INSERT INTO yoyo._yoyo_migrations VALUES ('4ee334e07ca1e089dbfa7968631b9f6c1ea62ab95861a04b801c48ca72bb4408', '0016_keep_past_states', '2026-11-28 09:13:08.956093');
INSERT INTO yoyo._yoyo_migrations VALUES ('1ea3bec0c38954920da1cccde5636340b7d521e178b70bb5ea36b4253dbe49dc', '0017_create_suspensions', '2026-11-28 09:13:08.961124');
INSERT INTO yoyo._yoyo_version VALUES (2, '2026-11-28 09:13:08.698393');
INSERT INTO yoyo.checksums VALUES ('0001_create_registry', '6e1df4f1c90940a1f13b5e133699a990f29d6a317e4d02f774c922f0dc56fdc7', '2026-11-28 09:13:08.633591+00');
INSERT INTO yoyo.checksums VALUES ('0002_create_nodes', 'de98ca145afff579af92fec3a2b1613fb3d604b935c3cb44e844d9f9b5ec6c17', '2026-11-28 09:13:08.633591+00');
INSERT INTO yoyo.checksums VALUES ('0003_create_services', 'a8a78b4cd2ed4c4b11d728ddef347cead586b658a6eb2ab3fe104d14daad167f', '2026-11-28 09:13:08.633591+00');
INSERT INTO yoyo.checksums VALUES ('0004_create_tools', 'e8032bc4108089d486245e844228bd72c1128fc7c97cf0f10543197243c201b9', '2026-11-28 09:13:08.633591+00');
INSERT INTO yoyo.checksums VALUES ('0005_create_roles', '20cef897038b37d4623e49479ed1d3c99659777342d7043ce45521ce0757c5fa', '2026-11-28 09:13:08.633591+00');
INSERT INTO yoyo.checksums VALUES ('0006_create_invocations', '13f74245e4d1b1728bcba54ec8573657690ed36ffcd5510fc2e5e689c06d31fc', '2026-11-28 09:13:08.633591+00');
INSERT INTO yoyo.checksums VALUES ('0007_create_rollups', '5eda92364d4cfe7403a02f919129c05426248cb37516e0f01b99c955b53a5b97', '2026-11-28 09:13:08.633591+00');
INSERT INTO yoyo.checksums VALUES ('0008_create_artifacts', 'f29bc4108a277ff39250ce0530cd7266cef5b8dc301c2a04c79a4ef462253022', '2026-11-28 09:13:08.633591+00');
INSERT INTO yoyo.checksums VALUES ('0009_create_health', '665964084aab1c11e7994d226ec8aa3c15be0ac6770e237b5f214c424fefe5a6', '2026-11-28 09:13:08.633591+00');
INSERT INTO yoyo.checksums VALUES ('0010_create_maintenance', 'edbdf8e10260d250240c61daf75e438b9802c2655760be1471e977a4578229fc', '2026-11-28 09:13:08.633591+00');
INSERT INTO yoyo.checksums VALUES ('0011_grant_runtime', '75cb6156ea4fa824962a493b2cae2aa3dffb9b0948e3044e843696fc3417ab96', '2026-11-28 09:13:08.633591+00');
INSERT INTO yoyo.checksums VALUES ('0012_index_tools_for_search', 'ca439f6bfce6af8cb99027112d5114b5366ab8ebdf8f373e037655e587fe81a5', '2026-11-28 09:13:08.633591+00');
INSERT INTO yoyo.checksums VALUES ('0013_purge_history', '65ef8cecd7ce641bc219e8414ae9b893957a959e180401676f604b871b41b278', '2026-11-28 09:13:08.633591+00');
INSERT INTO yoyo.checksums VALUES ('0014_guard_revisions', '92075e8977c1738ff53c0f910f2e19828a8cfebf264c53e559a21193d8ae593e', '2026-11-28 09:13:08.633591+00');
INSERT INTO yoyo.checksums VALUES ('0015_record_hand_changes', 'a93f2d750d5828c58076518acdf058f9c7fb961e065216128d84a5136a2453ca', '2026-11-28 09:13:08.633591+00');
INSERT INTO yoyo.checksums VALUES ('0016_keep_past_states', '66af3dfdfa00edd698306ea3eaa223fa47e62b721deabfd4371b1667d73bfca4', '2026-11-28 09:13:08.633591+00');
INSERT INTO yoyo.checksums VALUES ('0017_create_suspensions', 'b33c797bf52fa3cdff4810c5b4ff508c613ebf5a7d08289ebb1083cda6a15b66', '2026-11-28 09:13:08.633591+00');
SELECT pg_catalog.setval('registry.hand_changes_id_seq', 1, false);
SELECT pg_catalog.setval('registry.revisions_number_seq', 5, true);
SELECT pg_catalog.setval('registry.suspensions_id_seq', 1, true);
SELECT pg_catalog.setval('runtime.invocation_logs_id_seq', 2, true);
SELECT pg_catalog.setval('runtime.maintenance_runs_id_seq', 1, false);
SELECT pg_catalog.setval('runtime.series_id_seq', 1, false);
SELECT pg_catalog.setval('runtime.tool_overrides_id_seq', 1, true);
SELECT pg_catalog.setval('runtime.tool_status_changes_id_seq', 1, false);
ALTER TABLE ONLY registry.entities
    ADD CONSTRAINT entities_have_an_id PRIMARY KEY (id);
ALTER TABLE ONLY registry.hand_changes
    ADD CONSTRAINT hand_changes_have_an_id PRIMARY KEY (id);
ALTER TABLE ONLY registry.horizon
    ADD CONSTRAINT horizon_is_one_row PRIMARY KEY (only_row);
ALTER TABLE ONLY registry.entities
    ADD CONSTRAINT name_is_unique_in_its_kind EXCLUDE USING btree (kind WITH =, name WITH =) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY registry.nodes
    ADD CONSTRAINT node_name_is_unique UNIQUE (name);
ALTER TABLE ONLY registry.nodes
    ADD CONSTRAINT nodes_have_an_id PRIMARY KEY (id);
ALTER TABLE ONLY registry.relocations
    ADD CONSTRAINT one_place_per_revision PRIMARY KEY (entity_id, revision);
ALTER TABLE ONLY registry."references"
    ADD CONSTRAINT one_reference_per_place PRIMARY KEY (source_id, pointer);
ALTER TABLE ONLY registry.history
    ADD CONSTRAINT one_version_per_revision PRIMARY KEY (entity_id, revision);
ALTER TABLE ONLY registry.revisions
    ADD CONSTRAINT revisions_have_a_number UNIQUE (number);
ALTER TABLE ONLY registry.revisions
    ADD CONSTRAINT revisions_have_an_id PRIMARY KEY (id);
ALTER TABLE ONLY registry.services
    ADD CONSTRAINT service_name_is_unique UNIQUE (name);
ALTER TABLE ONLY registry.services
    ADD CONSTRAINT services_have_an_id PRIMARY KEY (id);
ALTER TABLE ONLY registry.suspensions
    ADD CONSTRAINT suspensions_have_an_id PRIMARY KEY (id);
ALTER TABLE ONLY registry.tool_tags
    ADD CONSTRAINT tool_has_a_tag_once PRIMARY KEY (tool_id, tag);
ALTER TABLE ONLY registry.tools
    ADD CONSTRAINT tool_name_is_unique UNIQUE (name);
ALTER TABLE ONLY registry.tools
    ADD CONSTRAINT tools_have_an_id PRIMARY KEY (id);
ALTER TABLE ONLY runtime.artifacts
    ADD CONSTRAINT artifact_is_registered_once UNIQUE (uri);
ALTER TABLE ONLY runtime.artifacts
    ADD CONSTRAINT artifacts_have_an_id PRIMARY KEY (id);
ALTER TABLE ONLY runtime.duration_histogram
    ADD CONSTRAINT bucket_is_counted_once_a_day PRIMARY KEY (day, series_id, bucket);
ALTER TABLE ONLY runtime.duration_histogram_total
    ADD CONSTRAINT bucket_of_all_is_counted_once_a_day PRIMARY KEY (day, bucket);
ALTER TABLE ONLY runtime.dropped_days
    ADD CONSTRAINT day_is_dropped_once PRIMARY KEY (day);
ALTER TABLE ONLY runtime.invocation_logs
    ADD CONSTRAINT invocations_have_an_id PRIMARY KEY (id, started_at);
ALTER TABLE ONLY runtime.invocation_logs_default
    ADD CONSTRAINT invocation_logs_default_pkey PRIMARY KEY (id, started_at);
ALTER TABLE ONLY runtime.node_heartbeats
    ADD CONSTRAINT node_has_one_last_heartbeat PRIMARY KEY (node_id);
ALTER TABLE ONLY runtime.tool_overrides
    ADD CONSTRAINT overrides_have_an_id PRIMARY KEY (id);
ALTER TABLE ONLY runtime.rollup_state
    ADD CONSTRAINT rollup_has_one_state PRIMARY KEY (only_row);
ALTER TABLE ONLY runtime.maintenance_runs
    ADD CONSTRAINT runs_have_an_id PRIMARY KEY (id);
ALTER TABLE ONLY runtime.series
    ADD CONSTRAINT series_are_told_apart UNIQUE NULLS NOT DISTINCT (tool_id, tool, tool_version, agent, service_id, service, node_id, node);
ALTER TABLE ONLY runtime.series
    ADD CONSTRAINT series_have_an_id PRIMARY KEY (id);
ALTER TABLE ONLY runtime.invocation_rollup_daily
    ADD CONSTRAINT series_is_counted_once_a_day PRIMARY KEY (day, series_id);
ALTER TABLE ONLY runtime.invocation_rollup
    ADD CONSTRAINT series_is_counted_once_an_hour PRIMARY KEY (hour, series_id);
ALTER TABLE ONLY runtime.tool_status_changes
    ADD CONSTRAINT status_changes_have_an_id PRIMARY KEY (id);
ALTER TABLE ONLY runtime.tool_successions
    ADD CONSTRAINT succession_is_counted_once PRIMARY KEY (tool, next_tool, agent);
ALTER TABLE ONLY runtime.maintenance_tasks
    ADD CONSTRAINT tasks_have_a_name PRIMARY KEY (task);
ALTER TABLE ONLY runtime.maintenance_tasks
    ADD CONSTRAINT tasks_take_turns UNIQUE (turn);
ALTER TABLE ONLY runtime.settings
    ADD CONSTRAINT there_is_one_row PRIMARY KEY (only_row);
ALTER TABLE ONLY runtime.tool_statuses
    ADD CONSTRAINT tool_has_one_status PRIMARY KEY (tool_id);
ALTER TABLE ONLY yoyo._yoyo_log
    ADD CONSTRAINT _yoyo_log_pkey PRIMARY KEY (id);
ALTER TABLE ONLY yoyo._yoyo_migrations
    ADD CONSTRAINT _yoyo_migrations_pkey PRIMARY KEY (migration_hash);
ALTER TABLE ONLY yoyo._yoyo_version
    ADD CONSTRAINT _yoyo_version_pkey PRIMARY KEY (version);
ALTER TABLE ONLY yoyo.checksums
    ADD CONSTRAINT migrations_are_applied_once PRIMARY KEY (migration_id);
CREATE INDEX hand_changes_by_entity ON registry.hand_changes USING btree (entity_id, id);
CREATE INDEX hand_changes_by_time ON registry.hand_changes USING btree (at);
CREATE INDEX history_by_name ON registry.history USING btree (name);
CREATE INDEX history_by_revision ON registry.history USING btree (revision);
CREATE INDEX nodes_by_path ON registry.nodes USING btree (path);
CREATE INDEX nodes_by_revision ON registry.nodes USING btree (revision);
CREATE INDEX nodes_drifted ON registry.nodes USING btree (id) WHERE (digest IS DISTINCT FROM applied_digest);
CREATE UNIQUE INDEX one_suspension_is_open ON registry.suspensions USING btree ((true)) WHERE (resumed_at IS NULL);
CREATE INDEX references_by_target ON registry."references" USING btree (target_kind, target_name);
CREATE INDEX relocations_by_revision ON registry.relocations USING btree (revision);
CREATE INDEX revisions_applied_from_commits ON registry.revisions USING btree (number DESC) WHERE ((outcome = 'applied'::text) AND (source <> 'history'::text) AND (commit IS NOT NULL));
CREATE INDEX revisions_by_outcome ON registry.revisions USING btree (outcome, number DESC);
CREATE INDEX services_by_path ON registry.services USING btree (path);
CREATE INDEX services_by_revision ON registry.services USING btree (revision);
CREATE INDEX services_drifted ON registry.services USING btree (id) WHERE (digest IS DISTINCT FROM applied_digest);
CREATE INDEX tool_tags_by_tag ON registry.tool_tags USING btree (tag);
CREATE INDEX tools_by_category ON registry.tools USING btree (category);
CREATE INDEX tools_by_input_schema ON registry.tools USING gin (input_schema jsonb_path_ops);
CREATE INDEX tools_by_node ON registry.tools USING btree (node);
CREATE INDEX tools_by_output_schema ON registry.tools USING gin (output_schema jsonb_path_ops);
CREATE INDEX tools_by_parameter ON registry.tools USING gin (registry.parameter_names(input_schema));
CREATE INDEX tools_by_path ON registry.tools USING btree (path);
CREATE INDEX tools_by_provided_name ON registry.tools USING btree (lower((manifest #>> '{spec,toolName}'::text[]))) WHERE ((manifest #>> '{spec,toolName}'::text[]) IS NOT NULL);
CREATE INDEX tools_by_required_parameter ON registry.tools USING gin (((input_schema -> 'required'::text)));
CREATE INDEX tools_by_revision ON registry.tools USING btree (revision);
CREATE INDEX tools_by_service ON registry.tools USING btree (service);
CREATE INDEX tools_by_words ON registry.tools USING gin (search);
CREATE INDEX tools_drifted ON registry.tools USING btree (id) WHERE (digest IS DISTINCT FROM applied_digest);
CREATE INDEX artifacts_by_creation ON runtime.artifacts USING btree (created_at);
CREATE INDEX artifacts_by_expiry ON runtime.artifacts USING btree (expires_at) WHERE (expires_at IS NOT NULL);
CREATE INDEX artifacts_by_invocation ON runtime.artifacts USING btree (invocation_id) WHERE (invocation_id IS NOT NULL);
CREATE INDEX artifacts_by_tool ON runtime.artifacts USING btree (tool_id, size_bytes);
CREATE INDEX daily_rollup_by_series ON runtime.invocation_rollup_daily USING btree (series_id, day);
CREATE INDEX histogram_by_series ON runtime.duration_histogram USING btree (series_id, day);
CREATE INDEX invocations_failed ON ONLY runtime.invocation_logs USING btree (started_at) WHERE (status <> 'success'::text);
CREATE INDEX invocation_logs_default_started_at_idx ON runtime.invocation_logs_default USING btree (started_at) WHERE (status <> 'success'::text);
CREATE INDEX invocations_by_time ON ONLY runtime.invocation_logs USING brin (started_at, recorded_xid) WITH (autosummarize='on');
CREATE INDEX invocation_logs_default_started_at_recorded_xid_idx ON runtime.invocation_logs_default USING brin (started_at, recorded_xid) WITH (autosummarize='on');
CREATE INDEX invocations_by_tool ON ONLY runtime.invocation_logs USING btree (tool_id, started_at) INCLUDE (duration_ms, status);
CREATE INDEX invocation_logs_default_tool_id_started_at_duration_ms_stat_idx ON runtime.invocation_logs_default USING btree (tool_id, started_at) INCLUDE (duration_ms, status);
CREATE INDEX invocations_by_trace ON ONLY runtime.invocation_logs USING btree (trace_id) WHERE (trace_id IS NOT NULL);
CREATE INDEX invocation_logs_default_trace_id_idx ON runtime.invocation_logs_default USING btree (trace_id) WHERE (trace_id IS NOT NULL);
CREATE INDEX overrides_by_tool ON runtime.tool_overrides USING btree (tool_id, set_at);
CREATE INDEX rollup_by_series ON runtime.invocation_rollup USING btree (series_id, hour);
CREATE INDEX runs_by_task ON runtime.maintenance_runs USING btree (task, started_at DESC);
CREATE INDEX status_changes_by_tool ON runtime.tool_status_changes USING btree (tool_id, changed_at);
CREATE UNIQUE INDEX tool_has_one_override ON runtime.tool_overrides USING btree (tool_id) WHERE (ended_at IS NULL);
ALTER INDEX runtime.invocations_have_an_id ATTACH PARTITION runtime.invocation_logs_default_pkey;
ALTER INDEX runtime.invocations_failed ATTACH PARTITION runtime.invocation_logs_default_started_at_idx;
ALTER INDEX runtime.invocations_by_time ATTACH PARTITION runtime.invocation_logs_default_started_at_recorded_xid_idx;
ALTER INDEX runtime.invocations_by_tool ATTACH PARTITION runtime.invocation_logs_default_tool_id_started_at_duration_ms_stat_idx;
ALTER INDEX runtime.invocations_by_trace ATTACH PARTITION runtime.invocation_logs_default_trace_id_idx;
CREATE TRIGGER entities_are_ours BEFORE DELETE OR UPDATE ON registry.entities FOR EACH ROW WHEN ((NOT registry.is_applying())) EXECUTE FUNCTION registry.refuse_by_hand();
CREATE TRIGGER entities_put_in_by_hand BEFORE INSERT ON registry.entities FOR EACH ROW WHEN ((NOT registry.is_applying())) EXECUTE FUNCTION registry.disown();
CREATE TRIGGER hand_changes_are_append_only BEFORE UPDATE OR TRUNCATE ON registry.hand_changes FOR EACH STATEMENT EXECUTE FUNCTION registry.refuse_rewriting();
CREATE TRIGGER hand_changes_are_purged_by_api_alone BEFORE DELETE ON registry.hand_changes FOR EACH STATEMENT WHEN ((NOT registry.is_purging())) EXECUTE FUNCTION registry.refuse_rewriting();
CREATE TRIGGER history_is_append_only BEFORE UPDATE OR TRUNCATE ON registry.history FOR EACH STATEMENT EXECUTE FUNCTION registry.refuse_rewriting();
CREATE TRIGGER history_is_purged_by_api_alone BEFORE DELETE ON registry.history FOR EACH STATEMENT WHEN ((NOT registry.is_purging())) EXECUTE FUNCTION registry.refuse_rewriting();
CREATE TRIGGER nodes_are_not_truncated BEFORE TRUNCATE ON registry.nodes FOR EACH STATEMENT EXECUTE FUNCTION registry.refuse_by_hand();
CREATE TRIGGER nodes_changed_by_hand AFTER INSERT OR DELETE OR UPDATE ON registry.nodes FOR EACH ROW WHEN ((NOT registry.is_applying())) EXECUTE FUNCTION registry.record_by_hand();
CREATE TRIGGER nodes_provenance_is_ours BEFORE UPDATE ON registry.nodes FOR EACH ROW WHEN (((((((old.id IS DISTINCT FROM new.id) OR (old.path IS DISTINCT FROM new.path)) OR (old.blob IS DISTINCT FROM new.blob)) OR (old.revision IS DISTINCT FROM new.revision)) OR (old.applied_digest IS DISTINCT FROM new.applied_digest)) AND (NOT registry.is_applying()))) EXECUTE FUNCTION registry.refuse_by_hand();
CREATE TRIGGER nodes_put_in_by_hand BEFORE INSERT ON registry.nodes FOR EACH ROW WHEN ((NOT registry.is_applying())) EXECUTE FUNCTION registry.disown();
CREATE TRIGGER nodes_updated_at BEFORE UPDATE ON registry.nodes FOR EACH ROW WHEN (((old.manifest)::text IS DISTINCT FROM (new.manifest)::text)) EXECUTE FUNCTION registry.touch();
CREATE TRIGGER references_are_not_truncated BEFORE TRUNCATE ON registry."references" FOR EACH STATEMENT EXECUTE FUNCTION registry.refuse_by_hand();
CREATE TRIGGER references_are_ours BEFORE INSERT OR DELETE OR UPDATE ON registry."references" FOR EACH ROW WHEN ((NOT registry.is_applying())) EXECUTE FUNCTION registry.refuse_by_hand();
CREATE TRIGGER relocations_are_append_only BEFORE UPDATE OR TRUNCATE ON registry.relocations FOR EACH STATEMENT EXECUTE FUNCTION registry.refuse_rewriting();
CREATE TRIGGER relocations_are_purged_by_api_alone BEFORE DELETE ON registry.relocations FOR EACH STATEMENT WHEN ((NOT registry.is_purging())) EXECUTE FUNCTION registry.refuse_rewriting();
CREATE TRIGGER revisions_are_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON registry.revisions FOR EACH STATEMENT EXECUTE FUNCTION registry.refuse_rewriting();
CREATE TRIGGER services_are_not_truncated BEFORE TRUNCATE ON registry.services FOR EACH STATEMENT EXECUTE FUNCTION registry.refuse_by_hand();
CREATE TRIGGER services_changed_by_hand AFTER INSERT OR DELETE OR UPDATE ON registry.services FOR EACH ROW WHEN ((NOT registry.is_applying())) EXECUTE FUNCTION registry.record_by_hand();
CREATE TRIGGER services_provenance_is_ours BEFORE UPDATE ON registry.services FOR EACH ROW WHEN (((((((old.id IS DISTINCT FROM new.id) OR (old.path IS DISTINCT FROM new.path)) OR (old.blob IS DISTINCT FROM new.blob)) OR (old.revision IS DISTINCT FROM new.revision)) OR (old.applied_digest IS DISTINCT FROM new.applied_digest)) AND (NOT registry.is_applying()))) EXECUTE FUNCTION registry.refuse_by_hand();
CREATE TRIGGER services_put_in_by_hand BEFORE INSERT ON registry.services FOR EACH ROW WHEN ((NOT registry.is_applying())) EXECUTE FUNCTION registry.disown();
CREATE TRIGGER services_updated_at BEFORE UPDATE ON registry.services FOR EACH ROW WHEN (((old.manifest)::text IS DISTINCT FROM (new.manifest)::text)) EXECUTE FUNCTION registry.touch();
CREATE TRIGGER suspensions_are_kept BEFORE DELETE OR TRUNCATE ON registry.suspensions FOR EACH STATEMENT EXECUTE FUNCTION registry.refuse_rewriting();
CREATE TRIGGER suspensions_only_end BEFORE UPDATE ON registry.suspensions FOR EACH ROW WHEN (((old.resumed_at IS NOT NULL) OR ((((old.reason IS DISTINCT FROM new.reason) OR (old.until IS DISTINCT FROM new.until)) OR (old.suspended_by IS DISTINCT FROM new.suspended_by)) OR (old.suspended_at IS DISTINCT FROM new.suspended_at)))) EXECUTE FUNCTION registry.refuse_rewriting();
CREATE TRIGGER tool_tags_are_not_truncated BEFORE TRUNCATE ON registry.tool_tags FOR EACH STATEMENT EXECUTE FUNCTION registry.refuse_by_hand();
CREATE TRIGGER tool_tags_are_ours BEFORE INSERT OR DELETE OR UPDATE ON registry.tool_tags FOR EACH ROW WHEN ((NOT registry.is_applying())) EXECUTE FUNCTION registry.refuse_by_hand();
CREATE TRIGGER tools_are_not_truncated BEFORE TRUNCATE ON registry.tools FOR EACH STATEMENT EXECUTE FUNCTION registry.refuse_by_hand();
CREATE TRIGGER tools_changed_by_hand AFTER INSERT OR DELETE OR UPDATE ON registry.tools FOR EACH ROW WHEN ((NOT registry.is_applying())) EXECUTE FUNCTION registry.record_by_hand();
CREATE TRIGGER tools_provenance_is_ours BEFORE UPDATE ON registry.tools FOR EACH ROW WHEN (((((((old.id IS DISTINCT FROM new.id) OR (old.path IS DISTINCT FROM new.path)) OR (old.blob IS DISTINCT FROM new.blob)) OR (old.revision IS DISTINCT FROM new.revision)) OR (old.applied_digest IS DISTINCT FROM new.applied_digest)) AND (NOT registry.is_applying()))) EXECUTE FUNCTION registry.refuse_by_hand();
CREATE TRIGGER tools_put_in_by_hand BEFORE INSERT ON registry.tools FOR EACH ROW WHEN ((NOT registry.is_applying())) EXECUTE FUNCTION registry.disown();
CREATE TRIGGER tools_updated_at BEFORE UPDATE ON registry.tools FOR EACH ROW WHEN (((old.manifest)::text IS DISTINCT FROM (new.manifest)::text)) EXECUTE FUNCTION registry.touch();
ALTER TABLE ONLY registry.hand_changes
    ADD CONSTRAINT changed_entity_exists FOREIGN KEY (entity_id) REFERENCES registry.entities(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY registry.history
    ADD CONSTRAINT entity_exists FOREIGN KEY (entity_id) REFERENCES registry.entities(id);
ALTER TABLE ONLY registry.nodes
    ADD CONSTRAINT node_has_an_identity FOREIGN KEY (id) REFERENCES registry.entities(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY registry.nodes
    ADD CONSTRAINT node_revision_exists FOREIGN KEY (revision) REFERENCES registry.revisions(number) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY registry.relocations
    ADD CONSTRAINT relocated_entity_exists FOREIGN KEY (entity_id) REFERENCES registry.entities(id);
ALTER TABLE ONLY registry.relocations
    ADD CONSTRAINT relocating_revision_exists FOREIGN KEY (revision) REFERENCES registry.revisions(number) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY registry.history
    ADD CONSTRAINT revision_exists FOREIGN KEY (revision) REFERENCES registry.revisions(number) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY registry.services
    ADD CONSTRAINT service_has_an_identity FOREIGN KEY (id) REFERENCES registry.entities(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY registry.services
    ADD CONSTRAINT service_revision_exists FOREIGN KEY (revision) REFERENCES registry.revisions(number) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY registry."references"
    ADD CONSTRAINT source_exists FOREIGN KEY (source_id) REFERENCES registry.entities(id);
ALTER TABLE ONLY registry.tool_tags
    ADD CONSTRAINT tagged_tool_exists FOREIGN KEY (tool_id) REFERENCES registry.tools(id) ON DELETE CASCADE;
ALTER TABLE ONLY registry.tools
    ADD CONSTRAINT tool_has_an_identity FOREIGN KEY (id) REFERENCES registry.entities(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY registry.tools
    ADD CONSTRAINT tool_node_exists FOREIGN KEY (node) REFERENCES registry.nodes(name) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY registry.tools
    ADD CONSTRAINT tool_revision_exists FOREIGN KEY (revision) REFERENCES registry.revisions(number) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY registry.tools
    ADD CONSTRAINT tool_service_exists FOREIGN KEY (service) REFERENCES registry.services(name) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY runtime.artifacts
    ADD CONSTRAINT artifact_tool_has_an_identity FOREIGN KEY (tool_id) REFERENCES registry.entities(id);
ALTER TABLE ONLY runtime.invocation_rollup
    ADD CONSTRAINT counted_series_exists FOREIGN KEY (series_id) REFERENCES runtime.series(id);
ALTER TABLE ONLY runtime.invocation_rollup_daily
    ADD CONSTRAINT daily_counted_series_exists FOREIGN KEY (series_id) REFERENCES runtime.series(id);
ALTER TABLE ONLY runtime.node_heartbeats
    ADD CONSTRAINT heard_node_has_an_identity FOREIGN KEY (node_id) REFERENCES registry.entities(id);
ALTER TABLE runtime.invocation_logs
    ADD CONSTRAINT invoked_node_has_an_identity FOREIGN KEY (node_id) REFERENCES registry.entities(id);
ALTER TABLE runtime.invocation_logs
    ADD CONSTRAINT invoked_service_has_an_identity FOREIGN KEY (service_id) REFERENCES registry.entities(id);
ALTER TABLE runtime.invocation_logs
    ADD CONSTRAINT invoked_tool_has_an_identity FOREIGN KEY (tool_id) REFERENCES registry.entities(id);
ALTER TABLE ONLY runtime.duration_histogram
    ADD CONSTRAINT measured_series_exists FOREIGN KEY (series_id) REFERENCES runtime.series(id);
ALTER TABLE ONLY runtime.tool_overrides
    ADD CONSTRAINT overridden_tool_has_an_identity FOREIGN KEY (tool_id) REFERENCES registry.entities(id);
ALTER TABLE ONLY runtime.series
    ADD CONSTRAINT series_node_has_an_identity FOREIGN KEY (node_id) REFERENCES registry.entities(id);
ALTER TABLE ONLY runtime.series
    ADD CONSTRAINT series_service_has_an_identity FOREIGN KEY (service_id) REFERENCES registry.entities(id);
ALTER TABLE ONLY runtime.series
    ADD CONSTRAINT series_tool_has_an_identity FOREIGN KEY (tool_id) REFERENCES registry.entities(id);
ALTER TABLE ONLY runtime.tool_status_changes
    ADD CONSTRAINT tool_of_change_has_an_identity FOREIGN KEY (tool_id) REFERENCES registry.entities(id);
ALTER TABLE ONLY runtime.tool_statuses
    ADD CONSTRAINT tool_of_status_has_an_identity FOREIGN KEY (tool_id) REFERENCES registry.entities(id);
