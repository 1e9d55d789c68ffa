-- Which part of a window is read from a rollup that counts by the hour or by the day; the rest is read from raw rows.
-- Empty (first = beyond) where the rollup cannot help: before the first one, after a dump was restored on another server,
-- for buckets of time that cut its units, and on the last day that a timestamp can hold, which has no next one.
CREATE FUNCTION internal.rolled_part(
    since timestamptz,
    until timestamptz,
    bucket interval,
    unit text,
    OUT first timestamptz,
    OUT beyond timestamptz,
    OUT running bigint[],
    OUT next bigint
)
LANGUAGE plpgsql STABLE
-- For any window alike, PostgreSQL would expect to find a later call soon, and read all hours where there is none.
SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    counted CONSTANT pg_snapshot := internal.counted_snapshot();
    step CONSTANT interval := format('1 %s', unit)::interval;
BEGIN
    first := until;
    beyond := until;
    IF counted IS NULL
        OR extract(epoch FROM bucket)::numeric % extract(epoch FROM step)::numeric <> 0
        OR since >= '294276-12-31 00:00:00+00'
    THEN
        RETURN;
    END IF;
    -- What this snapshot does not see: said like this, an index finds it, also when one transaction takes very long.
    running := ARRAY(SELECT pg_snapshot_xip(counted)::text::bigint);
    next := pg_snapshot_xmax(counted)::text::bigint;
    -- A window that ends after the last call that was counted, such as one until now, cuts nothing.
    IF EXISTS (
        SELECT
        FROM runtime.invocation_rollup AS rolled
        WHERE rolled.hour >= date_trunc('hour', until, 'UTC') AND rolled.last_started_at >= until
    ) THEN
        beyond := date_trunc(unit, until, 'UTC');
    ELSE
        beyond := 'infinity';
    END IF;
    first := date_trunc(unit, since, 'UTC');
    IF first < since THEN
        first := first + step;
    END IF;
    -- A window may also end before its first whole unit begins.
    IF first >= least(beyond, until) THEN
        first := until;
        beyond := until;
    END IF;
END
$$;

COMMENT ON FUNCTION internal.rolled_part IS
'Which part of a window is read from a rollup, and the transactions that are not in it: those that ran, and all from the next one on.';
