-- Splits a window: one part is read from a rollup by the hour or by the day, the rest from raw rows.
-- Empty (first = beyond) if the rollup cannot help: before the first rollup, after a dump was restored on another server,
-- for buckets of time that cut its units, and on the last day of the range of timestamps, after which no unit begins.
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
-- In a plan for any window, PostgreSQL expects to find a later call soon, and reads all hours if none exists.
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
    -- The transactions invisible to this snapshot, in a form that an index finds even while one transaction takes very long.
    running := ARRAY(SELECT pg_snapshot_xip(counted)::text::bigint);
    next := pg_snapshot_xmax(counted)::text::bigint;
    -- A window that ends after the last counted call, such as a window until now, cuts no unit.
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
'The part of a window to read from a rollup, and the transactions not counted in it: those then running, and all from next '
'on.';
