-- Describe tables, columns and functions by their facts: psql and the endpoints show these comments, and many of them named
-- neither subject nor verb. Comments alone: no lock on rows, no rewrite. The tables of days already made keep the comments of
-- their columns until they are dropped.

COMMENT ON SCHEMA registry IS
'Declared state, revisions and history. Only toolreg writes here, as a member of toolreg_reconciler.';
COMMENT ON SCHEMA runtime IS
'Invocations, artifacts, health and rollups. Only the functions of schema api write here; an operator updates settings and '
'maintenance_tasks.';
COMMENT ON SCHEMA yoyo IS 'The applied migrations. Only toolreg migrate writes here.';

-- ---- Declared state

COMMENT ON TABLE registry.entities IS
'The identity of every resource ever declared. An identity outlives its resource, which keeps logs and history connected.';
COMMENT ON COLUMN registry.entities.name IS
'The present or last name. NULL for a removed resource whose name a rename gave to another; registry.history keeps the name.';
COMMENT ON COLUMN registry.entities.present IS 'Whether the last applied revision declares the resource.';
COMMENT ON COLUMN registry.entities.created_at IS
'Time of the first declaration; a resource declared again keeps this time.';

COMMENT ON TABLE registry.resources IS
'The declared resources of all kinds. Holds no rows of its own: the table of each kind inherits from this table.';
COMMENT ON COLUMN registry.resources.manifest IS
'The manifest, with its keys in the order of the file; jsonb loses this order.';
COMMENT ON COLUMN registry.resources.path IS 'The path of the manifest''s file, relative to the top of the repository.';
COMMENT ON COLUMN registry.resources.blob IS
'The git blob of the file at path. A file with the same blob is not read again.';
COMMENT ON COLUMN registry.resources.revision IS 'The last revision that changed the manifest.';
COMMENT ON COLUMN registry.resources.applied_digest IS
'The digest at the last apply. A different value in digest means a change by hand since; NULL means a row inserted by hand.';
COMMENT ON COLUMN registry.resources.digest IS 'SHA-256 of the stored manifest, computed by PostgreSQL.';

COMMENT ON TABLE registry.tools IS 'The declared tools. Every typed column is derived from the manifest.';
COMMENT ON COLUMN registry.tools.input_schema IS
'The input schema for searches. The manifest has the same schema with its keys in order.';
COMMENT ON COLUMN registry.tools.search IS 'The words of the manifest by weight, searched by api.search_tools.';
COMMENT ON COLUMN registry.tools.tool_name IS
'The exact name of the tool at its provider: spec.toolName, else the name. Not unique: two providers may use the same name.';
COMMENT ON TABLE registry.nodes IS 'The declared nodes. Every typed column is derived from the manifest.';
COMMENT ON TABLE registry.services IS 'The declared services. Every typed column is derived from the manifest.';
COMMENT ON TABLE registry.tool_tags IS 'The tags of each tool, one per row. Written together with the tool.';

COMMENT ON TABLE registry.references IS 'The references between resources, indexed in both directions.';
COMMENT ON COLUMN registry.references.pointer IS 'JSON Pointer (RFC 6901) to the name, in the manifest of the source.';

-- ---- Revisions and history

COMMENT ON TABLE registry.revisions IS 'Every attempt to apply: applied, refused or failed. Append-only.';
COMMENT ON COLUMN registry.revisions.number IS 'Rises with each attempt. Numbers may be skipped; no number is used twice.';
COMMENT ON COLUMN registry.revisions.folder IS 'The folder of the registry, relative to the top of the repository.';
COMMENT ON COLUMN registry.revisions.commit IS
'For source commit, the applied commit. For worktree, the commit checked out at the time, if any. For history, the commit of '
'the restored revision.';
COMMENT ON COLUMN registry.revisions.contract IS
'Digest of the JSON Schemas that checked the manifests. While the digest stays the same, unchanged files are not read again.';
COMMENT ON COLUMN registry.revisions.policy IS
'The applied registry.yaml. This file judges the next revision, which therefore cannot loosen its own guards.';
COMMENT ON COLUMN registry.revisions.overridden IS 'The guards that refused the revision and were overridden by an option.';
COMMENT ON COLUMN registry.revisions.left_undeleted IS
'Number of resources no longer declared but kept by apply --no-delete. Above 0, the next apply compares all files.';
COMMENT ON COLUMN registry.revisions.restored IS
'For source history, the revision whose content was applied again; never a revision that itself restored another.';
COMMENT ON COLUMN registry.revisions.reason IS 'For source history, the reason given by the user.';

COMMENT ON TABLE registry.history IS
'Every version of every resource, with its revision. Append-only, except for api.purge_history, which removes versions replaced '
'long ago.';
COMMENT ON COLUMN registry.history.drifted IS 'Whether this version repaired a row changed by hand.';
COMMENT ON COLUMN registry.history.changed_commit IS
'The last commit of the revision that changed, moved or removed the file; the applied commit if git does not know. NULL for '
'files outside git, for changes outside commits, and for versions older than this column.';
COMMENT ON COLUMN registry.history.changed_author IS
'The author of changed_commit as Name <address>, cut after 300 characters.';

COMMENT ON TABLE registry.relocations IS
'New places of unchanged resources: from a revision on, the file has another path or other bytes. Append-only.';

COMMENT ON TABLE registry.former_names IS
'Names given up by a resource in a rename, including renames between two applied commits. Append-only, written by toolreg apply.';
COMMENT ON COLUMN registry.former_names.kind IS 'The kind of the resource, repeated here to find a name by a single index.';
COMMENT ON COLUMN registry.former_names.blob IS
'The git blob of the file before the rename; the same blob under this name takes the rename back. Empty if unknown.';
COMMENT ON COLUMN registry.former_names.revision IS
'The first revision after the rename. NULL for a name given up before this table existed.';

COMMENT ON TABLE registry.horizon IS
'The beginning of the complete history: one row, or none while no version was removed. Only api.purge_history writes here.';
COMMENT ON COLUMN registry.horizon.revision IS
'The declared state of this revision and all later ones is completely kept. Versions of earlier states may be missing.';

COMMENT ON TABLE registry.hand_changes IS
'Changes of resources outside of applying, with caller and time. Append-only, except for the purge of changes that explain no '
'present drift.';
COMMENT ON COLUMN registry.hand_changes.role IS 'The caller that changed the row, as returned by registry.caller().';
COMMENT ON COLUMN registry.hand_changes.name IS 'The name in the row before the change; for an insert, the inserted name.';
COMMENT ON COLUMN registry.hand_changes.revision IS
'The last version of the resource in registry.history at the time, NULL without a version. A later version replaced the change.';

COMMENT ON TABLE registry.suspensions IS
'Suspensions, which pause all applies: reason, caller, beginning and end. Ended suspensions stay.';
COMMENT ON COLUMN registry.suspensions.until IS 'Time at which the suspension expires. NULL: lasts until toolreg resume.';
COMMENT ON COLUMN registry.suspensions.resumed_by IS
'The caller that ended the suspension, by toolreg resume or a replacement. NULL for an expired suspension.';
COMMENT ON COLUMN registry.suspensions.resumed_at IS
'Time of the end. NULL for a suspension in effect, and for an expired suspension without a successor.';

-- ---- Invocations

COMMENT ON TABLE runtime.invocation_logs IS 'Every logged call of a tool, in one table per day (UTC).';
COMMENT ON COLUMN runtime.invocation_logs.recorded_xid IS
'The transaction that logged the call. A rollup has counted the call if its snapshot saw this transaction.';
COMMENT ON COLUMN runtime.invocation_logs.attempt IS '1 for the first try of a call, 2 for the first repetition.';
COMMENT ON COLUMN runtime.invocation_logs.tool IS
'The name used in the call. tool_id is NULL if no tool of this name was ever declared.';
COMMENT ON COLUMN runtime.invocation_logs.tool_version IS
'The logged version, else the declared version at the time of logging.';
COMMENT ON COLUMN runtime.invocation_logs.agent IS 'The name by which the calling agent identifies itself.';
COMMENT ON COLUMN runtime.invocation_logs.service IS
'The name of an undeclared service of the tool. NULL for a declared service: see service_id.';
COMMENT ON COLUMN runtime.invocation_logs.node IS
'The name of an undeclared node that ran the call. NULL for a declared node: see node_id.';
COMMENT ON COLUMN runtime.invocation_logs.recorded_by IS
'The caller that logged the call, as returned by registry.caller(). Only this caller may read arguments and result.';
COMMENT ON TABLE runtime.invocation_logs_default IS
'Calls of days without a table of their own. The maintenance task ensure_partitions moves them out.';

-- ---- Rollups

COMMENT ON TABLE runtime.rollup_state IS
'The progress of the rollups: a call is counted if this snapshot saw its transaction.';
COMMENT ON COLUMN runtime.rollup_state.cluster IS
'The server that numbers these transactions. After a dump is restored to another server, calls are counted again.';
COMMENT ON TABLE runtime.dropped_days IS 'Days (UTC) with dropped logs, all or some. Their rollups are never rebuilt.';
COMMENT ON COLUMN runtime.dropped_days.calls IS 'Number of calls of the day that only the rollups still contain.';
COMMENT ON TABLE runtime.duration_histogram IS 'Histogram of call durations by day (UTC) and series.';
COMMENT ON COLUMN runtime.duration_histogram.bucket IS
'Bucket b holds durations from 1.1^b ms up to but excluding 1.1^(b+1) ms, a width of 10 %; the lowest bucket also holds all '
'shorter durations.';
COMMENT ON TABLE runtime.duration_histogram_total IS
'Histogram of call durations by day (UTC) over all series, for queries without a filter.';
COMMENT ON TABLE runtime.invocation_rollup IS 'Number of calls by hour (UTC) and series.';
COMMENT ON TABLE runtime.invocation_rollup_daily IS 'Number of calls by day (UTC) and series.';
COMMENT ON TABLE runtime.series IS 'Each combination of caller, tool and place that was ever rolled up, once.';
COMMENT ON TABLE runtime.tool_successions IS 'Pairs of tools called in succession within a trace, and their number.';

-- ---- Operation

COMMENT ON TABLE runtime.settings IS 'Retention periods and size limits, in a single row. An operator updates this row.';
COMMENT ON COLUMN runtime.settings.keep_logs IS
'Retention of logs. The maintenance task drop_expired_partitions drops older days.';
COMMENT ON COLUMN runtime.settings.keep_history IS
'Retention of replaced versions. The maintenance task purge_history removes versions replaced earlier; NULL, the default, keeps '
'all.';
COMMENT ON COLUMN runtime.settings.partitions_ahead IS 'Number of days ahead for which ensure_partitions creates tables.';
COMMENT ON COLUMN runtime.settings.largest_payload IS
'Limit in bytes, as JSON text, of arguments, result, attributes and metadata each of a call or artifact.';
COMMENT ON COLUMN runtime.settings.orphan_grace IS 'Retention of artifacts after the removal of their tool.';
COMMENT ON COLUMN runtime.settings.late_after IS
'Age of the last heartbeat from which a node is late, if its manifest has no lateAfter.';
COMMENT ON COLUMN runtime.settings.silent_after IS
'Age of the last heartbeat from which a node is silent, if its manifest has no silentAfter.';
COMMENT ON COLUMN runtime.settings.caller_claim IS
'The claim in request.jwt.claims that names the caller, trusted for logins that are members of toolreg_gateway.';

COMMENT ON TABLE runtime.artifacts IS
'Artifacts stored by tools: place, size and expiry. An artifact may outlive its tool.';
COMMENT ON COLUMN runtime.artifacts.invocation_started_at IS
'Start of the call, which finds the call, together with its id, in the table of its day. No foreign key, since logs are dropped '
'by the day.';

COMMENT ON TABLE runtime.node_heartbeats IS 'The last heartbeat of each node, with its load.';
COMMENT ON COLUMN runtime.node_heartbeats.load IS 'Used share of the node''s capacity; 1 is the whole capacity.';
COMMENT ON COLUMN runtime.node_heartbeats.running IS 'Number of calls running on the node.';

COMMENT ON TABLE runtime.tool_overrides IS
'Overrides by operators, which take a tool out of service or keep it in service without a commit: caller, reason and end. '
'Ended overrides stay.';
COMMENT ON COLUMN runtime.tool_overrides.ending IS
'The way in which the override ended. NULL for an active override, and for an expired override without a successor.';
COMMENT ON TABLE runtime.tool_statuses IS
'Availability of tools, by the health of their nodes at the last run of api.update_tool_status. A tool without a row is '
'available.';
COMMENT ON TABLE runtime.tool_status_changes IS 'Changes of the availability of tools, with their reasons.';

COMMENT ON TABLE runtime.maintenance_tasks IS
'The files of sql/maintenance, with their intervals. An operator updates the intervals.';
COMMENT ON COLUMN runtime.maintenance_tasks.turn IS
'Position in a run of all tasks: calls are rolled up before their day is dropped.';
COMMENT ON COLUMN runtime.maintenance_tasks.every IS 'Interval after which the task is due. NULL: never due.';
COMMENT ON TABLE runtime.maintenance_runs IS 'Times and results of maintenance tasks, which decide the tasks due next.';
COMMENT ON COLUMN runtime.maintenance_runs.remaining IS 'Number of statements left by --limit for the next run.';

-- ---- Functions

COMMENT ON FUNCTION registry.acting_role() IS
'The role whose rights the caller has: the role of SET ROLE, else the login; the same inside SECURITY DEFINER functions.';
COMMENT ON FUNCTION registry.caller() IS
'The name under which actions are recorded: the claim of a trusted login, else the acting role.';
COMMENT ON FUNCTION registry.claimed_caller() IS
'The caller named by the claims of a request, if the login is a member of toolreg_gateway; else the acting role.';
COMMENT ON FUNCTION registry.described_words(text) IS 'The words of prose, as English stems.';
COMMENT ON FUNCTION registry.digest(json) IS 'SHA-256 of a manifest as stored, in hexadecimal.';
COMMENT ON FUNCTION registry.disown() IS 'Trigger: marks an identity or row inserted by hand as unmanaged.';
COMMENT ON FUNCTION registry.is_applying() IS 'Whether this transaction applies a revision.';
COMMENT ON FUNCTION registry.is_purging() IS 'Whether api.purge_history is running in this transaction.';
COMMENT ON FUNCTION registry.name_words(text) IS
'The words of a name, split at _ - . and at capitals: HTTPServer2 gives http, server, 2 and httpserver2.';
COMMENT ON FUNCTION registry.number_on() IS 'Trigger: continues the numbering of rows replicated from another database.';
COMMENT ON FUNCTION registry.parameter_names(jsonb) IS 'The names of the properties at the top of a JSON Schema.';
COMMENT ON FUNCTION registry.plain_words(text) IS
'The text without the punctuation of paths, hosts and addresses, so the parser of PostgreSQL finds each word.';
COMMENT ON FUNCTION registry.record_by_hand() IS 'Trigger: records changes of a resource by hand in registry.hand_changes.';
COMMENT ON FUNCTION registry.refuse_by_hand() IS 'Trigger: refuses changes by hand of data that toolreg derives or records.';
COMMENT ON FUNCTION registry.refuse_rewriting() IS 'Trigger: keeps a table append-only.';
COMMENT ON FUNCTION registry.required_parameters(jsonb) IS 'The names in the keyword required of a JSON Schema.';
COMMENT ON FUNCTION registry.resolved_schema(jsonb, jsonb) IS
'A part of a JSON Schema, with its $ref replaced by the target, if the $ref is a JSON Pointer into the root.';
COMMENT ON FUNCTION registry.search_text(json) IS
'The words of a manifest as English stems, by weight: A for names and title, B for tags, C for the description, D for parameters '
'and examples.';
COMMENT ON FUNCTION registry.touch() IS
'Trigger: sets updated_at. Each table calls the function only if the manifest changed.';
