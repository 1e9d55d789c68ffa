-- Measures calls of a window as a time series, with a row for every bucket of time, including buckets without calls.
CREATE FUNCTION api.analytics_over_time(
    bucket interval DEFAULT '1 hour',
    since timestamptz DEFAULT now() - interval '1 day',
    until timestamptz DEFAULT now(),
    tool text DEFAULT NULL,
    agent text DEFAULT NULL,
    service text DEFAULT NULL,
    node text DEFAULT NULL,
    category text DEFAULT NULL
) RETURNS TABLE (
    bucket_start timestamptz,
    total bigint,
    successful bigint,
    failed bigint,
    timed_out bigint,
    cancelled bigint,
    success_percent numeric,
    failure_percent numeric,
    mean_ms numeric,
    p50_ms numeric,
    p95_ms numeric,
    p99_ms numeric,
    max_ms numeric
)
LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
DECLARE
    most CONSTANT bigint := 10000;
    -- Weeks are counted from this Monday.
    origin CONSTANT timestamptz := '2001-01-01 00:00:00+00';
    filter CONSTANT internal.call_filter := internal.filter_of(tool, agent, service, node, category);
    first_bucket timestamptz;
BEGIN
    IF bucket IS NULL OR bucket <= interval '0' OR extract(year FROM bucket) <> 0 OR extract(month FROM bucket) <> 0 THEN
        RAISE EXCEPTION 'bucket is %; expected a time without months, such as 1 hour, 1 day or 7 days',
            coalesce('"' || bucket || '"', 'NULL')
        USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF since IS NULL OR NOT isfinite(since) THEN
        RAISE EXCEPTION 'since is %; expected a time at which the series begins', coalesce('"' || since || '"', 'NULL')
        USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF until IS NULL OR NOT isfinite(until) THEN
        RAISE EXCEPTION 'until is %; expected a time at which the series ends', coalesce('"' || until || '"', 'NULL')
        USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF extract(epoch FROM until - since) / extract(epoch FROM bucket) > most THEN
        RAISE EXCEPTION 'bucket is "%", which makes more than % of this window; expected a longer one', bucket, most
        USING ERRCODE = 'invalid_parameter_value';
    END IF;
    first_bucket := date_bin(bucket, since, origin);
    RETURN QUERY
    SELECT
        series.at,
        coalesce(measured.total, 0),
        coalesce(measured.successful, 0),
        coalesce(measured.failed, 0),
        coalesce(measured.timed_out, 0),
        coalesce(measured.cancelled, 0),
        measured.success_percent,
        measured.failure_percent,
        measured.mean_ms,
        measured.p50_ms,
        measured.p95_ms,
        measured.p99_ms,
        measured.max_ms
    FROM (
        -- Multiples of the bucket's length: adding a day across a clock change in the session's time zone adds 23 hours.
        SELECT first_bucket + make_interval(secs => number * extract(epoch FROM bucket)::double precision) AS at
        -- Only buckets that begin before the end: later ones may exceed the range of timestamps.
        FROM generate_series(
            0, ceil(extract(epoch FROM until - first_bucket) / extract(epoch FROM bucket))::bigint - 1
        ) AS number
    ) AS series
    LEFT JOIN internal.measured_calls('all', since, until, bucket, filter) AS measured
        ON measured.at = series.at
    WHERE series.at < until
    ORDER BY series.at;
END
$$;

COMMENT ON FUNCTION api.analytics_over_time IS
'Calls from since to before until per bucket, 0 for a bucket without calls. Buckets are aligned in UTC, weeks to Monday. '
'NULL in a filter: all. Durations in ms; p50_ms, p95_ms and p99_ms: the smallest duration that at least 50, 95 or 99 % of '
'the calls did not exceed, within 5 %. For buckets shorter than a day, percentiles are computed from raw rows, and are NULL '
'after those were dropped.';
