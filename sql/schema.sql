-- The whole database, as pg_dump writes it after all migrations and with schema api. Generated: do not edit.
-- To bring it up to date: pytest tests/test_schema_sql.py --write-golden

-- Name: api; Type: SCHEMA (-)

CREATE SCHEMA api;

-- Name: SCHEMA api; Type: COMMENT (-)

COMMENT ON SCHEMA api IS '{"digest": "97cb5b7eb0030e874f7fc60e9ee17d7d1943a9338b525267fdce45f5fdd00c4a", "objects": ["active_nodes", "active_tools_with_nodes", "history", "nodes", "revisions", "services", "system_summary", "tools", "tools_by_category_with_tags", "tools_without_nodes"]}';

-- Name: registry; Type: SCHEMA (-)

CREATE SCHEMA registry;

-- Name: SCHEMA registry; Type: COMMENT (-)

COMMENT ON SCHEMA registry IS 'Declared state, revisions and history. Written by the reconciler alone.';

-- Name: digest(json); Type: FUNCTION (registry)

CREATE FUNCTION registry.digest(manifest json) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN encode(sha256(convert_to((manifest)::text, 'UTF8'::name)), 'hex'::text);

-- Name: FUNCTION digest(manifest json); Type: COMMENT (registry)

COMMENT ON FUNCTION registry.digest(manifest json) IS 'SHA-256 of a manifest as it is stored, in hexadecimal.';

-- Name: disown(); Type: FUNCTION (registry)

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

-- Name: FUNCTION disown(); Type: COMMENT (registry)

COMMENT ON FUNCTION registry.disown() IS 'Trigger: a row that was put in by hand does not pass for one that was applied.';

-- Name: is_applying(); Type: FUNCTION (registry)

CREATE FUNCTION registry.is_applying() RETURNS boolean
    LANGUAGE sql STABLE
    RETURN (COALESCE(current_setting('toolreg.applying'::text, true), ''::text) = 'on'::text);

-- Name: FUNCTION is_applying(); Type: COMMENT (registry)

COMMENT ON FUNCTION registry.is_applying() IS 'Whether this transaction applies a revision.';

-- Name: refuse_by_hand(); Type: FUNCTION (registry)

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

-- Name: FUNCTION refuse_by_hand(); Type: COMMENT (registry)

COMMENT ON FUNCTION registry.refuse_by_hand() IS 'Trigger: keeps what toolreg derives or records from being changed by hand.';

-- Name: refuse_rewriting(); Type: FUNCTION (registry)

CREATE FUNCTION registry.refuse_rewriting() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    RAISE EXCEPTION '%.% is append-only: % is refused', TG_TABLE_SCHEMA, TG_TABLE_NAME, TG_OP
    USING ERRCODE = 'insufficient_privilege';
END
$$;

-- Name: FUNCTION refuse_rewriting(); Type: COMMENT (registry)

COMMENT ON FUNCTION registry.refuse_rewriting() IS 'Trigger: keeps a table append-only.';

-- Name: search_text(json); Type: FUNCTION (registry)

CREATE FUNCTION registry.search_text(manifest json) RETURNS tsvector
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN to_tsvector('english'::regconfig, "left"(((((((translate((manifest #>> '{metadata,name}'::text[]), '_.-'::text, '   '::text) || ' '::text) || COALESCE((manifest #>> '{metadata,title}'::text[]), ''::text)) || ' '::text) || COALESCE((manifest #>> '{metadata,description}'::text[]), ''::text)) || ' '::text) || translate(COALESCE((manifest #>> '{metadata,tags}'::text[]), ''::text), '_.-'::text, '   '::text)), 100000));

-- Name: FUNCTION search_text(manifest json); Type: COMMENT (registry)

COMMENT ON FUNCTION registry.search_text(manifest json) IS 'Words of the name, title, description and tags of a manifest, in English stems.';

-- Name: touch(); Type: FUNCTION (registry)

CREATE FUNCTION registry.touch() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    NEW.updated_at := now();
    RETURN NEW;
END
$$;

-- Name: FUNCTION touch(); Type: COMMENT (registry)

COMMENT ON FUNCTION registry.touch() IS 'Trigger: moves updated_at. Each table calls it only when the manifest differs.';

-- Name: resources; Type: TABLE (registry)

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

-- Name: TABLE resources; Type: COMMENT (registry)

COMMENT ON TABLE registry.resources IS 'What is declared now, of every kind. Empty itself: the table of each kind inherits.';

-- Name: COLUMN resources.manifest; Type: COMMENT (registry)

COMMENT ON COLUMN registry.resources.manifest IS 'The manifest in the order of its file; json, since jsonb forgets the order.';

-- Name: COLUMN resources.path; Type: COMMENT (registry)

COMMENT ON COLUMN registry.resources.path IS 'The file it was read from, relative to the top of its repository.';

-- Name: COLUMN resources.blob; Type: COMMENT (registry)

COMMENT ON COLUMN registry.resources.blob IS 'The git blob of that file: the same blob need not be read again.';

-- Name: COLUMN resources.revision; Type: COMMENT (registry)

COMMENT ON COLUMN registry.resources.revision IS 'The revision that last changed the manifest.';

-- Name: COLUMN resources.applied_digest; Type: COMMENT (registry)

COMMENT ON COLUMN registry.resources.applied_digest IS 'The digest when it was applied. Another one in digest means that somebody else changed the row.';

-- Name: COLUMN resources.digest; Type: COMMENT (registry)

COMMENT ON COLUMN registry.resources.digest IS 'SHA-256 of the manifest that is there, computed by the database.';

-- Name: nodes; Type: TABLE (registry)

CREATE TABLE registry.nodes (
    NOT NULL id,
    type text GENERATED ALWAYS AS ((manifest #>> '{spec,type}'::text[])) STORED NOT NULL,
    address text GENERATED ALWAYS AS ((manifest #>> '{spec,address}'::text[])) STORED NOT NULL,
    status text GENERATED ALWAYS AS ((manifest #>> '{spec,status}'::text[])) STORED NOT NULL,
    CONSTRAINT node_is_a_node CHECK ((kind = 'Node'::text)),
    CONSTRAINT node_status_is_known CHECK ((status = ANY (ARRAY['active'::text, 'maintenance'::text, 'inactive'::text])))
)
INHERITS (registry.resources);

-- Name: TABLE nodes; Type: COMMENT (registry)

COMMENT ON TABLE registry.nodes IS 'Nodes that are declared now. Every typed column is derived from the manifest.';

-- Name: tools; Type: TABLE (registry)

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
    CONSTRAINT tool_input_is_an_object CHECK (((input_schema ->> 'type'::text) = 'object'::text)),
    CONSTRAINT tool_is_a_tool CHECK ((kind = 'Tool'::text)),
    CONSTRAINT tool_lifecycle_is_known CHECK ((lifecycle = ANY (ARRAY['experimental'::text, 'active'::text, 'deprecated'::text, 'retired'::text])))
)
INHERITS (registry.resources);

-- Name: TABLE tools; Type: COMMENT (registry)

COMMENT ON TABLE registry.tools IS 'Tools that are declared now. Every typed column is derived from the manifest.';

-- Name: COLUMN tools.input_schema; Type: COMMENT (registry)

COMMENT ON COLUMN registry.tools.input_schema IS 'To be searched. To be shown, read it from the manifest, which keeps its order.';

-- Name: active_nodes; Type: VIEW (api)

CREATE VIEW api.active_nodes WITH (security_invoker='true') AS
 SELECT name,
    type,
    address,
    owner,
    ( SELECT count(*) AS count
           FROM registry.tools tool
          WHERE (tool.node = node.name)) AS tools
   FROM registry.nodes node
  WHERE (status = 'active'::text);

-- Name: VIEW active_nodes; Type: COMMENT (api)

COMMENT ON VIEW api.active_nodes IS 'Nodes whose status is active, with how many tools each runs.';

-- Name: active_tools_with_nodes; Type: VIEW (api)

CREATE VIEW api.active_tools_with_nodes WITH (security_invoker='true') AS
 SELECT tool.name,
    tool.version,
    tool.category,
    tool.lifecycle,
    tool.service,
    tool.node,
    node.type AS node_type,
    node.address AS node_address,
    node.status AS node_status
   FROM (registry.tools tool
     LEFT JOIN registry.nodes node ON ((node.name = tool.node)))
  WHERE (tool.lifecycle = ANY (ARRAY['active'::text, 'deprecated'::text]));

-- Name: VIEW active_tools_with_nodes; Type: COMMENT (api)

COMMENT ON VIEW api.active_tools_with_nodes IS 'Tools that may be called (active or deprecated), with the node that each runs on, if it names one.';

-- Name: entities; Type: TABLE (registry)

CREATE TABLE registry.entities (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    kind text NOT NULL,
    name text,
    present boolean DEFAULT true NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT present_entity_has_a_name CHECK (((name IS NOT NULL) OR (NOT present)))
);

-- Name: TABLE entities; Type: COMMENT (registry)

COMMENT ON TABLE registry.entities IS 'Every identity there ever was. It outlives its resource, so that logs and history always point somewhere.';

-- Name: COLUMN entities.name; Type: COMMENT (registry)

COMMENT ON COLUMN registry.entities.name IS 'NULL only for a removed resource whose name was given to another by a rename; history still has it.';

-- Name: COLUMN entities.present; Type: COMMENT (registry)

COMMENT ON COLUMN registry.entities.present IS 'Whether the last applied revision declares it.';

-- Name: COLUMN entities.created_at; Type: COMMENT (registry)

COMMENT ON COLUMN registry.entities.created_at IS 'When the resource was first declared; a restored one keeps it.';

-- Name: history; Type: TABLE (registry)

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

-- Name: TABLE history; Type: COMMENT (registry)

COMMENT ON TABLE registry.history IS 'Every version of every resource, with the revision that made it. Append-only.';

-- Name: COLUMN history.drifted; Type: COMMENT (registry)

COMMENT ON COLUMN registry.history.drifted IS 'Whether this version repaired a row that had been changed by hand.';

-- Name: revisions; Type: TABLE (registry)

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
    CONSTRAINT commit_is_an_object_id CHECK ((commit ~ '^([0-9a-f]{40}|[0-9a-f]{64})$'::text)),
    CONSTRAINT commit_source_has_a_commit CHECK (((source <> 'commit'::text) OR (commit IS NOT NULL))),
    CONSTRAINT only_an_applied_revision_has_no_error CHECK (((outcome = 'applied'::text) = (error IS NULL))),
    CONSTRAINT outcome_is_known CHECK ((outcome = ANY (ARRAY['applied'::text, 'refused'::text, 'failed'::text]))),
    CONSTRAINT source_is_known CHECK ((source = ANY (ARRAY['commit'::text, 'worktree'::text]))),
    CONSTRAINT times_are_finite CHECK ((isfinite(started_at) AND isfinite(finished_at) AND isfinite(committed_at)))
);

-- Name: TABLE revisions; Type: COMMENT (registry)

COMMENT ON TABLE registry.revisions IS 'Every attempt to apply, whether it succeeded or not. Append-only.';

-- Name: COLUMN revisions.number; Type: COMMENT (registry)

COMMENT ON COLUMN registry.revisions.number IS 'Rises with each attempt; a number may be missing, never used twice.';

-- Name: COLUMN revisions.folder; Type: COMMENT (registry)

COMMENT ON COLUMN registry.revisions.folder IS 'The registry''s folder, relative to the top of its repository.';

-- Name: COLUMN revisions.commit; Type: COMMENT (registry)

COMMENT ON COLUMN registry.revisions.commit IS 'The commit applied; for source worktree, the commit that was checked out, if any.';

-- Name: COLUMN revisions.contract; Type: COMMENT (registry)

COMMENT ON COLUMN registry.revisions.contract IS 'Digest of the JSON Schemas it was checked against: with the same one, an unchanged file need not be read again.';

-- Name: history; Type: VIEW (api)

CREATE VIEW api.history WITH (security_invoker='true') AS
 SELECT entity.kind,
    version.name,
    version.revision,
    version.action,
    version.drifted,
    revision.commit,
    revision.author,
    revision.subject,
    revision.finished_at AS applied_at,
    revision.applied_by,
    version.path,
    version.digest,
    version.manifest,
    version.entity_id
   FROM ((registry.history version
     JOIN registry.entities entity ON ((entity.id = version.entity_id)))
     JOIN registry.revisions revision ON ((revision.number = version.revision)));

-- Name: VIEW history; Type: COMMENT (api)

COMMENT ON VIEW api.history IS 'Every version of every resource: what was done, by which commit and author, and the manifest since then.';

-- Name: nodes; Type: VIEW (api)

CREATE VIEW api.nodes WITH (security_invoker='true') AS
 SELECT node.id,
    node.name,
    (node.manifest #>> '{metadata,title}'::text[]) AS title,
    (node.manifest #>> '{metadata,description}'::text[]) AS description,
    node.owner,
    ((node.manifest #> '{metadata,tags}'::text[]))::jsonb AS tags,
    ((node.manifest #> '{metadata,labels}'::text[]))::jsonb AS labels,
    node.type,
    node.address,
    node.status,
    ((node.manifest #> '{spec,protocols}'::text[]))::jsonb AS protocols,
    ((node.manifest #> '{spec,capacity}'::text[]))::jsonb AS capacity,
    ((node.manifest #> '{spec,location}'::text[]))::jsonb AS location,
    ((node.manifest #> '{spec,healthCheck}'::text[]))::jsonb AS health_check,
    node.manifest,
    entity.created_at,
    node.updated_at,
    node.revision,
    revision.commit,
    revision.author,
    node.path,
    revision.finished_at AS applied_at
   FROM ((registry.nodes node
     JOIN registry.entities entity ON ((entity.id = node.id)))
     LEFT JOIN registry.revisions revision ON ((revision.number = node.revision)));

-- Name: VIEW nodes; Type: COMMENT (api)

COMMENT ON VIEW api.nodes IS 'Nodes that are declared, with the commit, path and author that put each there.';

-- Name: revisions; Type: VIEW (api)

CREATE VIEW api.revisions WITH (security_invoker='true') AS
 SELECT number,
    outcome,
    registry,
    source,
    folder,
    commit,
    parents,
    author,
    committed_at,
    subject,
    plan_digest,
    created,
    updated,
    deleted,
    started_at,
    finished_at,
    (finished_at - started_at) AS duration,
    applied_by,
    error
   FROM registry.revisions revision;

-- Name: VIEW revisions; Type: COMMENT (api)

COMMENT ON VIEW api.revisions IS 'Every attempt to apply a registry: applied, refused by a guard, or failed, and why.';

-- Name: services; Type: TABLE (registry)

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

-- Name: TABLE services; Type: COMMENT (registry)

COMMENT ON TABLE registry.services IS 'Services that are declared now. Every typed column is derived from the manifest.';

-- Name: services; Type: VIEW (api)

CREATE VIEW api.services WITH (security_invoker='true') AS
 SELECT service.id,
    service.name,
    (service.manifest #>> '{metadata,title}'::text[]) AS title,
    (service.manifest #>> '{metadata,description}'::text[]) AS description,
    service.owner,
    ((service.manifest #> '{metadata,tags}'::text[]))::jsonb AS tags,
    ((service.manifest #> '{metadata,labels}'::text[]))::jsonb AS labels,
    service.type,
    service.endpoint,
    service.version,
    service.protocol,
    service.auth_type,
    ((service.manifest #> '{spec,auth}'::text[]))::jsonb AS auth_config,
    ((service.manifest #> '{spec,recommendedTools}'::text[]))::jsonb AS recommended_tools,
    ((service.manifest #> '{spec,usesTools}'::text[]))::jsonb AS uses_tools,
    ((service.manifest #> '{spec,capabilities}'::text[]))::jsonb AS capabilities,
    ((service.manifest #> '{spec,communicationPatterns}'::text[]))::jsonb AS communication_patterns,
    ((service.manifest #> '{spec,orchestration}'::text[]))::jsonb AS orchestration,
    service.manifest,
    entity.created_at,
    service.updated_at,
    service.revision,
    revision.commit,
    revision.author,
    service.path,
    revision.finished_at AS applied_at
   FROM ((registry.services service
     JOIN registry.entities entity ON ((entity.id = service.id)))
     LEFT JOIN registry.revisions revision ON ((revision.number = service.revision)));

-- Name: VIEW services; Type: COMMENT (api)

COMMENT ON VIEW api.services IS 'Services that are declared, with their seven orchestration facts, and the commit, path and author that put each there.';

-- Name: tool_tags; Type: TABLE (registry)

CREATE TABLE registry.tool_tags (
    tool_id uuid NOT NULL,
    tag text NOT NULL
);

-- Name: TABLE tool_tags; Type: COMMENT (registry)

COMMENT ON TABLE registry.tool_tags IS 'The tags of each tool, one per row. Written together with the tool.';

-- Name: system_summary; Type: VIEW (api)

CREATE VIEW api.system_summary WITH (security_invoker='true') AS
 SELECT ( SELECT count(*) AS count
           FROM registry.tools) AS tools,
    ( SELECT count(*) AS count
           FROM registry.tools
          WHERE (tools.lifecycle = ANY (ARRAY['active'::text, 'deprecated'::text]))) AS active_tools,
    ( SELECT count(*) AS count
           FROM registry.tools
          WHERE (tools.node IS NULL)) AS tools_without_nodes,
    ( SELECT count(DISTINCT tools.category) AS count
           FROM registry.tools) AS categories,
    ( SELECT count(DISTINCT tool_tags.tag) AS count
           FROM registry.tool_tags) AS tags,
    ( SELECT count(*) AS count
           FROM registry.nodes) AS nodes,
    ( SELECT count(*) AS count
           FROM registry.nodes
          WHERE (nodes.status = 'active'::text)) AS active_nodes,
    ( SELECT count(*) AS count
           FROM registry.services) AS services,
    ( SELECT count(*) AS count
           FROM registry.services
          WHERE (services.type = 'agent'::text)) AS agents,
    applied.number AS revision,
    applied.commit,
    applied.finished_at AS applied_at
   FROM (( SELECT) one
     LEFT JOIN LATERAL ( SELECT revision.number,
            revision.commit,
            revision.finished_at
           FROM registry.revisions revision
          WHERE (revision.outcome = 'applied'::text)
          ORDER BY revision.number DESC
         LIMIT 1) applied ON (true));

-- Name: VIEW system_summary; Type: COMMENT (api)

COMMENT ON VIEW api.system_summary IS 'The whole registry in one row: how many of each, and the revision that is applied.';

-- Name: tools; Type: VIEW (api)

CREATE VIEW api.tools WITH (security_invoker='true') AS
 SELECT tool.id,
    tool.name,
    COALESCE((tool.manifest #>> '{spec,toolName}'::text[]), tool.name) AS tool_name,
    (tool.manifest #>> '{metadata,title}'::text[]) AS title,
    (tool.manifest #>> '{metadata,description}'::text[]) AS description,
    tool.owner,
    ARRAY( SELECT tag.tag
           FROM registry.tool_tags tag
          WHERE (tag.tool_id = tool.id)
          ORDER BY tag.tag) AS tags,
    ((tool.manifest #> '{metadata,labels}'::text[]))::jsonb AS labels,
    tool.version,
    tool.category,
    tool.lifecycle,
    tool.service,
    tool.node,
    (tool.manifest #> '{spec,inputSchema}'::text[]) AS input_schema,
    (tool.manifest #> '{spec,outputSchema}'::text[]) AS output_schema,
    ((tool.manifest #> '{spec,annotations}'::text[]))::jsonb AS annotations,
    (tool.manifest #> '{spec,examples}'::text[]) AS examples,
    ((tool.manifest #> '{spec,errors}'::text[]))::jsonb AS errors,
    ((tool.manifest #> '{spec,limits}'::text[]))::jsonb AS limits,
    ((tool.manifest #> '{spec,objectives}'::text[]))::jsonb AS objectives,
    tool.manifest,
    entity.created_at,
    tool.updated_at,
    tool.revision,
    revision.commit,
    revision.author,
    tool.path,
    revision.finished_at AS applied_at
   FROM ((registry.tools tool
     JOIN registry.entities entity ON ((entity.id = tool.id)))
     LEFT JOIN registry.revisions revision ON ((revision.number = tool.revision)));

-- Name: VIEW tools; Type: COMMENT (api)

COMMENT ON VIEW api.tools IS 'Tools that are declared, with the commit, path and author that put each there.';

-- Name: tools_by_category_with_tags; Type: VIEW (api)

CREATE VIEW api.tools_by_category_with_tags WITH (security_invoker='true') AS
 SELECT tool.category,
    count(DISTINCT tool.id) AS tools,
    array_agg(DISTINCT tool.name ORDER BY tool.name) AS names,
    array_agg(DISTINCT tag.tag ORDER BY tag.tag) FILTER (WHERE (tag.tag IS NOT NULL)) AS tags
   FROM (registry.tools tool
     LEFT JOIN registry.tool_tags tag ON ((tag.tool_id = tool.id)))
  GROUP BY tool.category;

-- Name: VIEW tools_by_category_with_tags; Type: COMMENT (api)

COMMENT ON VIEW api.tools_by_category_with_tags IS 'Each category: how many tools, their names, and the tags that they carry.';

-- Name: tools_without_nodes; Type: VIEW (api)

CREATE VIEW api.tools_without_nodes WITH (security_invoker='true') AS
 SELECT name,
    version,
    category,
    lifecycle,
    service,
    owner,
    path
   FROM registry.tools tool
  WHERE (node IS NULL);

-- Name: VIEW tools_without_nodes; Type: COMMENT (api)

COMMENT ON VIEW api.tools_without_nodes IS 'Tools that name no node to run on.';

-- Name: references; Type: TABLE (registry)

CREATE TABLE registry."references" (
    source_id uuid NOT NULL,
    pointer text NOT NULL,
    target_kind text NOT NULL,
    target_name text NOT NULL
);

-- Name: TABLE "references"; Type: COMMENT (registry)

COMMENT ON TABLE registry."references" IS 'Which resource names which other one, and where. Followed both ways.';

-- Name: COLUMN "references".pointer; Type: COMMENT (registry)

COMMENT ON COLUMN registry."references".pointer IS 'JSON Pointer (RFC 6901) of the name in the manifest of the source.';

-- Name: revisions_number_seq; Type: SEQUENCE (registry)

ALTER TABLE registry.revisions ALTER COLUMN number ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME registry.revisions_number_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

-- Name: nodes updated_at; Type: DEFAULT (registry)

ALTER TABLE ONLY registry.nodes ALTER COLUMN updated_at SET DEFAULT now();

-- Name: services updated_at; Type: DEFAULT (registry)

ALTER TABLE ONLY registry.services ALTER COLUMN updated_at SET DEFAULT now();

-- Name: tools updated_at; Type: DEFAULT (registry)

ALTER TABLE ONLY registry.tools ALTER COLUMN updated_at SET DEFAULT now();

-- Name: entities entities_have_an_id; Type: CONSTRAINT (registry)

ALTER TABLE ONLY registry.entities
    ADD CONSTRAINT entities_have_an_id PRIMARY KEY (id);

-- Name: entities name_is_unique_in_its_kind; Type: CONSTRAINT (registry)

ALTER TABLE ONLY registry.entities
    ADD CONSTRAINT name_is_unique_in_its_kind UNIQUE (kind, name) DEFERRABLE INITIALLY DEFERRED;

-- Name: nodes node_name_is_unique; Type: CONSTRAINT (registry)

ALTER TABLE ONLY registry.nodes
    ADD CONSTRAINT node_name_is_unique UNIQUE (name);

-- Name: nodes nodes_have_an_id; Type: CONSTRAINT (registry)

ALTER TABLE ONLY registry.nodes
    ADD CONSTRAINT nodes_have_an_id PRIMARY KEY (id);

-- Name: references one_reference_per_place; Type: CONSTRAINT (registry)

ALTER TABLE ONLY registry."references"
    ADD CONSTRAINT one_reference_per_place PRIMARY KEY (source_id, pointer);

-- Name: history one_version_per_revision; Type: CONSTRAINT (registry)

ALTER TABLE ONLY registry.history
    ADD CONSTRAINT one_version_per_revision PRIMARY KEY (entity_id, revision);

-- Name: revisions revisions_have_a_number; Type: CONSTRAINT (registry)

ALTER TABLE ONLY registry.revisions
    ADD CONSTRAINT revisions_have_a_number UNIQUE (number);

-- Name: revisions revisions_have_an_id; Type: CONSTRAINT (registry)

ALTER TABLE ONLY registry.revisions
    ADD CONSTRAINT revisions_have_an_id PRIMARY KEY (id);

-- Name: services service_name_is_unique; Type: CONSTRAINT (registry)

ALTER TABLE ONLY registry.services
    ADD CONSTRAINT service_name_is_unique UNIQUE (name);

-- Name: services services_have_an_id; Type: CONSTRAINT (registry)

ALTER TABLE ONLY registry.services
    ADD CONSTRAINT services_have_an_id PRIMARY KEY (id);

-- Name: tool_tags tool_has_a_tag_once; Type: CONSTRAINT (registry)

ALTER TABLE ONLY registry.tool_tags
    ADD CONSTRAINT tool_has_a_tag_once PRIMARY KEY (tool_id, tag);

-- Name: tools tool_name_is_unique; Type: CONSTRAINT (registry)

ALTER TABLE ONLY registry.tools
    ADD CONSTRAINT tool_name_is_unique UNIQUE (name);

-- Name: tools tools_have_an_id; Type: CONSTRAINT (registry)

ALTER TABLE ONLY registry.tools
    ADD CONSTRAINT tools_have_an_id PRIMARY KEY (id);

-- Name: history_by_revision; Type: INDEX (registry)

CREATE INDEX history_by_revision ON registry.history USING btree (revision);

-- Name: nodes_by_path; Type: INDEX (registry)

CREATE INDEX nodes_by_path ON registry.nodes USING btree (path);

-- Name: nodes_by_revision; Type: INDEX (registry)

CREATE INDEX nodes_by_revision ON registry.nodes USING btree (revision);

-- Name: nodes_drifted; Type: INDEX (registry)

CREATE INDEX nodes_drifted ON registry.nodes USING btree (id) WHERE (digest IS DISTINCT FROM applied_digest);

-- Name: references_by_target; Type: INDEX (registry)

CREATE INDEX references_by_target ON registry."references" USING btree (target_kind, target_name);

-- Name: revisions_by_outcome; Type: INDEX (registry)

CREATE INDEX revisions_by_outcome ON registry.revisions USING btree (outcome, number DESC);

-- Name: services_by_path; Type: INDEX (registry)

CREATE INDEX services_by_path ON registry.services USING btree (path);

-- Name: services_by_revision; Type: INDEX (registry)

CREATE INDEX services_by_revision ON registry.services USING btree (revision);

-- Name: services_drifted; Type: INDEX (registry)

CREATE INDEX services_drifted ON registry.services USING btree (id) WHERE (digest IS DISTINCT FROM applied_digest);

-- Name: tool_tags_by_tag; Type: INDEX (registry)

CREATE INDEX tool_tags_by_tag ON registry.tool_tags USING btree (tag);

-- Name: tools_by_category; Type: INDEX (registry)

CREATE INDEX tools_by_category ON registry.tools USING btree (category);

-- Name: tools_by_input_schema; Type: INDEX (registry)

CREATE INDEX tools_by_input_schema ON registry.tools USING gin (input_schema jsonb_path_ops);

-- Name: tools_by_node; Type: INDEX (registry)

CREATE INDEX tools_by_node ON registry.tools USING btree (node);

-- Name: tools_by_output_schema; Type: INDEX (registry)

CREATE INDEX tools_by_output_schema ON registry.tools USING gin (output_schema jsonb_path_ops);

-- Name: tools_by_path; Type: INDEX (registry)

CREATE INDEX tools_by_path ON registry.tools USING btree (path);

-- Name: tools_by_revision; Type: INDEX (registry)

CREATE INDEX tools_by_revision ON registry.tools USING btree (revision);

-- Name: tools_by_service; Type: INDEX (registry)

CREATE INDEX tools_by_service ON registry.tools USING btree (service);

-- Name: tools_by_words; Type: INDEX (registry)

CREATE INDEX tools_by_words ON registry.tools USING gin (search);

-- Name: tools_drifted; Type: INDEX (registry)

CREATE INDEX tools_drifted ON registry.tools USING btree (id) WHERE (digest IS DISTINCT FROM applied_digest);

-- Name: entities entities_are_ours; Type: TRIGGER (registry)

CREATE TRIGGER entities_are_ours BEFORE DELETE OR UPDATE ON registry.entities FOR EACH ROW WHEN ((NOT registry.is_applying())) EXECUTE FUNCTION registry.refuse_by_hand();

-- Name: entities entities_put_in_by_hand; Type: TRIGGER (registry)

CREATE TRIGGER entities_put_in_by_hand BEFORE INSERT ON registry.entities FOR EACH ROW WHEN ((NOT registry.is_applying())) EXECUTE FUNCTION registry.disown();

-- Name: history history_is_append_only; Type: TRIGGER (registry)

CREATE TRIGGER history_is_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON registry.history FOR EACH STATEMENT EXECUTE FUNCTION registry.refuse_rewriting();

-- Name: nodes nodes_provenance_is_ours; Type: TRIGGER (registry)

CREATE TRIGGER nodes_provenance_is_ours BEFORE UPDATE ON registry.nodes FOR EACH ROW WHEN (((((((old.id IS DISTINCT FROM new.id) OR (old.path IS DISTINCT FROM new.path)) OR (old.blob IS DISTINCT FROM new.blob)) OR (old.revision IS DISTINCT FROM new.revision)) OR (old.applied_digest IS DISTINCT FROM new.applied_digest)) AND (NOT registry.is_applying()))) EXECUTE FUNCTION registry.refuse_by_hand();

-- Name: nodes nodes_put_in_by_hand; Type: TRIGGER (registry)

CREATE TRIGGER nodes_put_in_by_hand BEFORE INSERT ON registry.nodes FOR EACH ROW WHEN ((NOT registry.is_applying())) EXECUTE FUNCTION registry.disown();

-- Name: nodes nodes_updated_at; Type: TRIGGER (registry)

CREATE TRIGGER nodes_updated_at BEFORE UPDATE ON registry.nodes FOR EACH ROW WHEN (((old.manifest)::text IS DISTINCT FROM (new.manifest)::text)) EXECUTE FUNCTION registry.touch();

-- Name: references references_are_ours; Type: TRIGGER (registry)

CREATE TRIGGER references_are_ours BEFORE INSERT OR DELETE OR UPDATE ON registry."references" FOR EACH ROW WHEN ((NOT registry.is_applying())) EXECUTE FUNCTION registry.refuse_by_hand();

-- Name: revisions revisions_are_append_only; Type: TRIGGER (registry)

CREATE TRIGGER revisions_are_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON registry.revisions FOR EACH STATEMENT EXECUTE FUNCTION registry.refuse_rewriting();

-- Name: services services_provenance_is_ours; Type: TRIGGER (registry)

CREATE TRIGGER services_provenance_is_ours BEFORE UPDATE ON registry.services FOR EACH ROW WHEN (((((((old.id IS DISTINCT FROM new.id) OR (old.path IS DISTINCT FROM new.path)) OR (old.blob IS DISTINCT FROM new.blob)) OR (old.revision IS DISTINCT FROM new.revision)) OR (old.applied_digest IS DISTINCT FROM new.applied_digest)) AND (NOT registry.is_applying()))) EXECUTE FUNCTION registry.refuse_by_hand();

-- Name: services services_put_in_by_hand; Type: TRIGGER (registry)

CREATE TRIGGER services_put_in_by_hand BEFORE INSERT ON registry.services FOR EACH ROW WHEN ((NOT registry.is_applying())) EXECUTE FUNCTION registry.disown();

-- Name: services services_updated_at; Type: TRIGGER (registry)

CREATE TRIGGER services_updated_at BEFORE UPDATE ON registry.services FOR EACH ROW WHEN (((old.manifest)::text IS DISTINCT FROM (new.manifest)::text)) EXECUTE FUNCTION registry.touch();

-- Name: tool_tags tool_tags_are_ours; Type: TRIGGER (registry)

CREATE TRIGGER tool_tags_are_ours BEFORE INSERT OR DELETE OR UPDATE ON registry.tool_tags FOR EACH ROW WHEN ((NOT registry.is_applying())) EXECUTE FUNCTION registry.refuse_by_hand();

-- Name: tools tools_provenance_is_ours; Type: TRIGGER (registry)

CREATE TRIGGER tools_provenance_is_ours BEFORE UPDATE ON registry.tools FOR EACH ROW WHEN (((((((old.id IS DISTINCT FROM new.id) OR (old.path IS DISTINCT FROM new.path)) OR (old.blob IS DISTINCT FROM new.blob)) OR (old.revision IS DISTINCT FROM new.revision)) OR (old.applied_digest IS DISTINCT FROM new.applied_digest)) AND (NOT registry.is_applying()))) EXECUTE FUNCTION registry.refuse_by_hand();

-- Name: tools tools_put_in_by_hand; Type: TRIGGER (registry)

CREATE TRIGGER tools_put_in_by_hand BEFORE INSERT ON registry.tools FOR EACH ROW WHEN ((NOT registry.is_applying())) EXECUTE FUNCTION registry.disown();

-- Name: tools tools_updated_at; Type: TRIGGER (registry)

CREATE TRIGGER tools_updated_at BEFORE UPDATE ON registry.tools FOR EACH ROW WHEN (((old.manifest)::text IS DISTINCT FROM (new.manifest)::text)) EXECUTE FUNCTION registry.touch();

-- Name: history entity_exists; Type: FK CONSTRAINT (registry)

ALTER TABLE ONLY registry.history
    ADD CONSTRAINT entity_exists FOREIGN KEY (entity_id) REFERENCES registry.entities(id);

-- Name: nodes node_has_an_identity; Type: FK CONSTRAINT (registry)

ALTER TABLE ONLY registry.nodes
    ADD CONSTRAINT node_has_an_identity FOREIGN KEY (id) REFERENCES registry.entities(id) DEFERRABLE INITIALLY DEFERRED;

-- Name: nodes node_revision_exists; Type: FK CONSTRAINT (registry)

ALTER TABLE ONLY registry.nodes
    ADD CONSTRAINT node_revision_exists FOREIGN KEY (revision) REFERENCES registry.revisions(number) DEFERRABLE INITIALLY DEFERRED;

-- Name: history revision_exists; Type: FK CONSTRAINT (registry)

ALTER TABLE ONLY registry.history
    ADD CONSTRAINT revision_exists FOREIGN KEY (revision) REFERENCES registry.revisions(number) DEFERRABLE INITIALLY DEFERRED;

-- Name: services service_has_an_identity; Type: FK CONSTRAINT (registry)

ALTER TABLE ONLY registry.services
    ADD CONSTRAINT service_has_an_identity FOREIGN KEY (id) REFERENCES registry.entities(id) DEFERRABLE INITIALLY DEFERRED;

-- Name: services service_revision_exists; Type: FK CONSTRAINT (registry)

ALTER TABLE ONLY registry.services
    ADD CONSTRAINT service_revision_exists FOREIGN KEY (revision) REFERENCES registry.revisions(number) DEFERRABLE INITIALLY DEFERRED;

-- Name: references source_exists; Type: FK CONSTRAINT (registry)

ALTER TABLE ONLY registry."references"
    ADD CONSTRAINT source_exists FOREIGN KEY (source_id) REFERENCES registry.entities(id);

-- Name: tool_tags tagged_tool_exists; Type: FK CONSTRAINT (registry)

ALTER TABLE ONLY registry.tool_tags
    ADD CONSTRAINT tagged_tool_exists FOREIGN KEY (tool_id) REFERENCES registry.tools(id) ON DELETE CASCADE;

-- Name: tools tool_has_an_identity; Type: FK CONSTRAINT (registry)

ALTER TABLE ONLY registry.tools
    ADD CONSTRAINT tool_has_an_identity FOREIGN KEY (id) REFERENCES registry.entities(id) DEFERRABLE INITIALLY DEFERRED;

-- Name: tools tool_node_exists; Type: FK CONSTRAINT (registry)

ALTER TABLE ONLY registry.tools
    ADD CONSTRAINT tool_node_exists FOREIGN KEY (node) REFERENCES registry.nodes(name) DEFERRABLE INITIALLY DEFERRED;

-- Name: tools tool_revision_exists; Type: FK CONSTRAINT (registry)

ALTER TABLE ONLY registry.tools
    ADD CONSTRAINT tool_revision_exists FOREIGN KEY (revision) REFERENCES registry.revisions(number) DEFERRABLE INITIALLY DEFERRED;

-- Name: tools tool_service_exists; Type: FK CONSTRAINT (registry)

ALTER TABLE ONLY registry.tools
    ADD CONSTRAINT tool_service_exists FOREIGN KEY (service) REFERENCES registry.services(name) DEFERRABLE INITIALLY DEFERRED;

-- Name: SCHEMA api; Type: ACL (-)

GRANT USAGE ON SCHEMA api TO toolreg_reader;
GRANT USAGE ON SCHEMA api TO toolreg_agent;
GRANT USAGE ON SCHEMA api TO toolreg_reconciler;

-- Name: SCHEMA registry; Type: ACL (-)

GRANT USAGE ON SCHEMA registry TO toolreg_reader;
GRANT USAGE ON SCHEMA registry TO toolreg_agent;
GRANT USAGE ON SCHEMA registry TO toolreg_reconciler;

-- Name: FUNCTION digest(manifest json); Type: ACL (registry)

REVOKE ALL ON FUNCTION registry.digest(manifest json) FROM PUBLIC;
GRANT ALL ON FUNCTION registry.digest(manifest json) TO toolreg_reconciler;

-- Name: FUNCTION disown(); Type: ACL (registry)

REVOKE ALL ON FUNCTION registry.disown() FROM PUBLIC;

-- Name: FUNCTION is_applying(); Type: ACL (registry)

REVOKE ALL ON FUNCTION registry.is_applying() FROM PUBLIC;
GRANT ALL ON FUNCTION registry.is_applying() TO toolreg_reconciler;

-- Name: FUNCTION refuse_by_hand(); Type: ACL (registry)

REVOKE ALL ON FUNCTION registry.refuse_by_hand() FROM PUBLIC;

-- Name: FUNCTION refuse_rewriting(); Type: ACL (registry)

REVOKE ALL ON FUNCTION registry.refuse_rewriting() FROM PUBLIC;

-- Name: FUNCTION search_text(manifest json); Type: ACL (registry)

REVOKE ALL ON FUNCTION registry.search_text(manifest json) FROM PUBLIC;
GRANT ALL ON FUNCTION registry.search_text(manifest json) TO toolreg_reconciler;

-- Name: FUNCTION touch(); Type: ACL (registry)

REVOKE ALL ON FUNCTION registry.touch() FROM PUBLIC;

-- Name: TABLE resources; Type: ACL (registry)

GRANT SELECT ON TABLE registry.resources TO toolreg_reader;
GRANT SELECT ON TABLE registry.resources TO toolreg_agent;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE registry.resources TO toolreg_reconciler;

-- Name: TABLE nodes; Type: ACL (registry)

GRANT SELECT ON TABLE registry.nodes TO toolreg_reader;
GRANT SELECT ON TABLE registry.nodes TO toolreg_agent;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE registry.nodes TO toolreg_reconciler;

-- Name: TABLE tools; Type: ACL (registry)

GRANT SELECT ON TABLE registry.tools TO toolreg_reader;
GRANT SELECT ON TABLE registry.tools TO toolreg_agent;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE registry.tools TO toolreg_reconciler;

-- Name: TABLE active_nodes; Type: ACL (api)

GRANT SELECT ON TABLE api.active_nodes TO toolreg_reader;
GRANT SELECT ON TABLE api.active_nodes TO toolreg_agent;
GRANT SELECT ON TABLE api.active_nodes TO toolreg_reconciler;

-- Name: TABLE active_tools_with_nodes; Type: ACL (api)

GRANT SELECT ON TABLE api.active_tools_with_nodes TO toolreg_reader;
GRANT SELECT ON TABLE api.active_tools_with_nodes TO toolreg_agent;
GRANT SELECT ON TABLE api.active_tools_with_nodes TO toolreg_reconciler;

-- Name: TABLE entities; Type: ACL (registry)

GRANT SELECT ON TABLE registry.entities TO toolreg_reader;
GRANT SELECT ON TABLE registry.entities TO toolreg_agent;
GRANT SELECT,INSERT,UPDATE ON TABLE registry.entities TO toolreg_reconciler;

-- Name: TABLE history; Type: ACL (registry)

GRANT SELECT ON TABLE registry.history TO toolreg_reader;
GRANT SELECT ON TABLE registry.history TO toolreg_agent;
GRANT SELECT,INSERT ON TABLE registry.history TO toolreg_reconciler;

-- Name: TABLE revisions; Type: ACL (registry)

GRANT SELECT ON TABLE registry.revisions TO toolreg_reader;
GRANT SELECT ON TABLE registry.revisions TO toolreg_agent;
GRANT SELECT,INSERT ON TABLE registry.revisions TO toolreg_reconciler;

-- Name: TABLE history; Type: ACL (api)

GRANT SELECT ON TABLE api.history TO toolreg_reader;
GRANT SELECT ON TABLE api.history TO toolreg_agent;
GRANT SELECT ON TABLE api.history TO toolreg_reconciler;

-- Name: TABLE nodes; Type: ACL (api)

GRANT SELECT ON TABLE api.nodes TO toolreg_reader;
GRANT SELECT ON TABLE api.nodes TO toolreg_agent;
GRANT SELECT ON TABLE api.nodes TO toolreg_reconciler;

-- Name: TABLE revisions; Type: ACL (api)

GRANT SELECT ON TABLE api.revisions TO toolreg_reader;
GRANT SELECT ON TABLE api.revisions TO toolreg_agent;
GRANT SELECT ON TABLE api.revisions TO toolreg_reconciler;

-- Name: TABLE services; Type: ACL (registry)

GRANT SELECT ON TABLE registry.services TO toolreg_reader;
GRANT SELECT ON TABLE registry.services TO toolreg_agent;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE registry.services TO toolreg_reconciler;

-- Name: TABLE services; Type: ACL (api)

GRANT SELECT ON TABLE api.services TO toolreg_reader;
GRANT SELECT ON TABLE api.services TO toolreg_agent;
GRANT SELECT ON TABLE api.services TO toolreg_reconciler;

-- Name: TABLE tool_tags; Type: ACL (registry)

GRANT SELECT ON TABLE registry.tool_tags TO toolreg_reader;
GRANT SELECT ON TABLE registry.tool_tags TO toolreg_agent;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE registry.tool_tags TO toolreg_reconciler;

-- Name: TABLE system_summary; Type: ACL (api)

GRANT SELECT ON TABLE api.system_summary TO toolreg_reader;
GRANT SELECT ON TABLE api.system_summary TO toolreg_agent;
GRANT SELECT ON TABLE api.system_summary TO toolreg_reconciler;

-- Name: TABLE tools; Type: ACL (api)

GRANT SELECT ON TABLE api.tools TO toolreg_reader;
GRANT SELECT ON TABLE api.tools TO toolreg_agent;
GRANT SELECT ON TABLE api.tools TO toolreg_reconciler;

-- Name: TABLE tools_by_category_with_tags; Type: ACL (api)

GRANT SELECT ON TABLE api.tools_by_category_with_tags TO toolreg_reader;
GRANT SELECT ON TABLE api.tools_by_category_with_tags TO toolreg_agent;
GRANT SELECT ON TABLE api.tools_by_category_with_tags TO toolreg_reconciler;

-- Name: TABLE tools_without_nodes; Type: ACL (api)

GRANT SELECT ON TABLE api.tools_without_nodes TO toolreg_reader;
GRANT SELECT ON TABLE api.tools_without_nodes TO toolreg_agent;
GRANT SELECT ON TABLE api.tools_without_nodes TO toolreg_reconciler;

-- Name: TABLE "references"; Type: ACL (registry)

GRANT SELECT ON TABLE registry."references" TO toolreg_reader;
GRANT SELECT ON TABLE registry."references" TO toolreg_agent;
GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE registry."references" TO toolreg_reconciler;

-- Name: SEQUENCE revisions_number_seq; Type: ACL (registry)

GRANT USAGE ON SEQUENCE registry.revisions_number_seq TO toolreg_reconciler;
