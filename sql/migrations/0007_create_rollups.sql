-- Rollups: counts per hour and durations per day, so that a month of calls is read in a moment.

CREATE TABLE runtime.series (
    id bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
    tool_id uuid,
    tool text NOT NULL,
    tool_version text,
    agent text NOT NULL,
    service_id uuid,
    service text,
    node_id uuid,
    node text,
    CONSTRAINT series_have_an_id PRIMARY KEY (id),
    CONSTRAINT series_tool_has_an_identity FOREIGN KEY (tool_id) REFERENCES registry.entities (id),
    CONSTRAINT series_service_has_an_identity FOREIGN KEY (service_id) REFERENCES registry.entities (id),
    CONSTRAINT series_node_has_an_identity FOREIGN KEY (node_id) REFERENCES registry.entities (id),
    CONSTRAINT series_are_told_apart UNIQUE NULLS NOT DISTINCT
    (tool_id, tool, tool_version, agent, service_id, service, node_id, node)
);
COMMENT ON TABLE runtime.series IS 'Who called what where: each combination that was ever rolled up, once.';

CREATE TABLE runtime.invocation_rollup (
    hour timestamptz NOT NULL,
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
    last_started_at timestamptz NOT NULL,
    CONSTRAINT series_is_counted_once_an_hour PRIMARY KEY (hour, series_id),
    CONSTRAINT counted_series_exists FOREIGN KEY (series_id) REFERENCES runtime.series (id),
    CONSTRAINT calls_are_those_of_each_status CHECK (calls = successes + failures + timeouts + cancellations)
);
COMMENT ON TABLE runtime.invocation_rollup IS 'Calls of each hour (UTC) and series, counted.';
CREATE INDEX rollup_by_series ON runtime.invocation_rollup (series_id, hour);

-- Hours alone would do, at five times the time for a month.
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
    last_started_at timestamptz NOT NULL,
    CONSTRAINT series_is_counted_once_a_day PRIMARY KEY (day, series_id),
    CONSTRAINT daily_counted_series_exists FOREIGN KEY (series_id) REFERENCES runtime.series (id),
    CONSTRAINT daily_calls_are_those_of_each_status CHECK (
        calls = successes + failures + timeouts + cancellations
    )
);
COMMENT ON TABLE runtime.invocation_rollup_daily IS 'Calls of each day (UTC) and series, counted.';
CREATE INDEX daily_rollup_by_series ON runtime.invocation_rollup_daily (series_id, day);

CREATE TABLE runtime.duration_histogram (
    day date NOT NULL,
    series_id bigint NOT NULL,
    -- squawk-ignore prefer-bigint-over-smallint
    bucket smallint NOT NULL,
    calls bigint NOT NULL,
    CONSTRAINT bucket_is_counted_once_a_day PRIMARY KEY (day, series_id, bucket),
    CONSTRAINT measured_series_exists FOREIGN KEY (series_id) REFERENCES runtime.series (id)
);
COMMENT ON TABLE runtime.duration_histogram IS 'Durations of each day (UTC) and series: how many calls fell into which bucket.';
COMMENT ON COLUMN runtime.duration_histogram.bucket IS
'Each is 10 % wide: bucket b holds durations from 1.1^b ms to below 1.1^(b+1) ms; the lowest one holds all below it.';
CREATE INDEX histogram_by_series ON runtime.duration_histogram (series_id, day);

CREATE TABLE runtime.duration_histogram_total (
    day date NOT NULL,
    -- squawk-ignore prefer-bigint-over-smallint
    bucket smallint NOT NULL,
    calls bigint NOT NULL,
    CONSTRAINT bucket_of_all_is_counted_once_a_day PRIMARY KEY (day, bucket)
);
COMMENT ON TABLE runtime.duration_histogram_total IS
'Durations of each day (UTC), of all series together: read where nothing is filtered.';

CREATE TABLE runtime.tool_successions (
    tool text NOT NULL,
    next_tool text NOT NULL,
    agent text NOT NULL,
    calls bigint NOT NULL,
    last_at timestamptz NOT NULL,
    CONSTRAINT succession_is_counted_once PRIMARY KEY (tool, next_tool, agent)
);
COMMENT ON TABLE runtime.tool_successions IS 'Which tool was called next after which in the same trace, and how often.';

CREATE TABLE runtime.rollup_state (
    only_row boolean NOT NULL DEFAULT true,
    counted pg_snapshot NOT NULL,
    cluster text NOT NULL,
    rolled_at timestamptz NOT NULL,
    CONSTRAINT rollup_has_one_state PRIMARY KEY (only_row),
    CONSTRAINT state_is_the_only_one CHECK (only_row)
);
COMMENT ON TABLE runtime.rollup_state IS 'How far the rollups are: a call is in them if this snapshot saw its transaction.';
COMMENT ON COLUMN runtime.rollup_state.cluster IS
'The server that counts these transactions: a dump that was restored elsewhere is counted anew.';
