-- The complete list of rights. Any other right belongs to the owner alone; toolreg migrate makes the database equal to this
-- list. Rights of other roles are out of its scope: grants of an administrator to other roles stay. A table of a kind (it
-- inherits registry.resources) has the rights of registry.resources; the table of a day of calls has none.
WITH list (kind, place, names, privileges, roles) AS (
    VALUES
    -- Group roles: no login, no attributes, no memberships in other roles.
    ('role', '', 'reader agent reconciler', '', ''),
    -- A login that acts for others: its claims are trusted. No right comes with it.
    ('role', '', 'gateway', '', ''),

    ('schema', '', 'api internal registry runtime yoyo', 'USAGE', 'reader agent reconciler'),
    ('table', 'yoyo', 'checksums', 'SELECT', 'reader agent reconciler'),
    -- LOCK TABLE requires this right of every writer. The table is always empty.
    ('table', 'yoyo', 'writer', 'UPDATE', 'reconciler'),

    -- Declared state.
    (
        'table',
        'registry',
        'entities former_names hand_changes history horizon reconcilers references registries relocations resources revisions '
        || 'suspensions tool_tags',
        'SELECT',
        'reader agent reconciler'
    ),
    ('table', 'registry', 'reconcilers references resources tool_tags', 'INSERT UPDATE DELETE', 'reconciler'),
    ('table', 'registry', 'entities registries', 'INSERT UPDATE', 'reconciler'),
    ('table', 'registry', 'former_names history relocations revisions', 'INSERT', 'reconciler'),
    ('sequence', 'registry', 'revisions_number_seq', 'USAGE', 'reconciler'),
    -- The database records the role: a suspension cannot name another role.
    ('column', 'registry.suspensions', 'reason registry_id until', 'INSERT', 'reconciler'),
    ('column', 'registry.suspensions', 'resumed_at resumed_by', 'UPDATE', 'reconciler'),
    ('function', 'registry', 'digest is_applying search_text', 'EXECUTE', 'reconciler'),
    ('function', 'registry', 'acting_role caller claimed_caller', 'EXECUTE', 'reader agent reconciler'),
    (
        'function',
        'registry',
        'described_words name_words parameter_names plain_words required_parameters resolved_schema',
        'EXECUTE',
        'reader agent reconciler'
    ),

    -- Runtime state, written by functions of api.
    (
        'table',
        'runtime',
        'artifacts dropped_days duration_histogram duration_histogram_total exported_days invocation_rollup '
        || 'invocation_rollup_daily maintenance_runs maintenance_tasks node_heartbeats rollup_state series settings tool_overrides '
        || 'tool_status_changes tool_statuses tool_successions',
        'SELECT',
        'reader agent reconciler'
    ),
    -- All columns but arguments, result and attributes: the caller that logged a call reads these by api.invocation_payload.
    (
        'column',
        'runtime.invocation_logs',
        'agent attempt duration_ms error_code error_message id node node_id parent_span_id recorded_at recorded_by '
        || 'recorded_xid request_bytes response_bytes service service_id span_id started_at status tool tool_id '
        || 'tool_version trace_id',
        'SELECT',
        'reader agent reconciler'
    ),
    -- For the days of calls in the default partition.
    ('column', 'runtime.invocation_logs_default', 'recorded_xid started_at', 'SELECT', 'reader agent reconciler'),
    ('table', 'runtime', 'settings', 'UPDATE', 'reconciler'),
    ('column', 'runtime.maintenance_tasks', 'every', 'UPDATE', 'reconciler'),

    -- Parts of schema api.
    ('table', 'internal', 'declaration_problems revision_records runtime_problems storage_problems', 'SELECT', 'reader agent reconciler'),
    (
        'function',
        'internal',
        'applied_revision bucket_duration call_counts call_durations callers_of counted_snapshot '
        || 'duration_bucket filter_of filtered_tools '
        || 'histogram_percentile identities integrity_problems interval_of is_exported log_cutoff matching_calls matching_series '
        || 'measured_calls named_calls named_series parameter_types plain_blanks rank_tools rolled_part search_words '
        || 'times uncounted_calls uncounted_use unrolled_calls value_fits version_fits version_key',
        'EXECUTE',
        'reader agent reconciler'
    ),

    -- Public views and functions.
    (
        'table',
        'api',
        'active_nodes active_tools active_tools_with_nodes artifacts bloated_indexes data_integrity exported_days hand_changes history '
        || 'invocations log_partitions maintenance_tasks node_health_status nodes orphaned_artifacts reconcilers replaced_versions '
        || 'revisions services settled_hand_changes slow_tools storage_usage_by_category suspensions system_summary '
        || 'table_health tool_auth tool_availability tool_overrides tool_status_changes tool_usage_statistics tools '
        || 'tools_by_category_with_tags tools_without_nodes',
        'SELECT',
        'reader agent reconciler'
    ),
    (
        'function',
        'api',
        'analytics_by analytics_over_time changes_since error_breakdown impact invocation_payload large_artifacts_by_tool '
        || 'latest_invocations objectives orchestration_analytics recommend_tools registry_at search_tools search_tools_by_schema '
        || 'tools_accepting tools_fed_by tools_with_parameter week_over_week',
        'EXECUTE',
        'reader agent reconciler'
    ),
    ('function', 'api', 'heartbeat log_invocation log_invocations register_artifact', 'EXECUTE', 'agent'),
    ('function', 'api', 'delete_artifact', 'EXECUTE', 'agent reconciler'),
    (
        'function',
        'api',
        'create_partition delete_expired_calls drop_partition purge_history rebuild_rollup record_export record_maintenance '
        || 'refresh_statistics remove_expired_artifacts remove_orphaned_artifacts remove_tool_override rollup_invocations '
        || 'set_tool_override update_tool_status',
        'EXECUTE',
        'reconciler'
    )
)

SELECT
    list.kind,
    concat_ws('.', nullif(list.place, ''), name.name) AS name,
    privilege.name AS privilege,
    'toolreg_' || role.name AS role
FROM list
CROSS JOIN unnest(string_to_array(list.names, ' ')) AS name (name)
LEFT JOIN unnest(string_to_array(list.privileges, ' ')) AS privilege (name) ON true
LEFT JOIN unnest(string_to_array(list.roles, ' ')) AS role (name) ON true
