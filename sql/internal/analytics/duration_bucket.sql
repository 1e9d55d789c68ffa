-- Returns the bucket of a duration, as defined by the comment of runtime.duration_histogram.
CREATE FUNCTION internal.duration_bucket(duration_ms double precision) RETURNS smallint
-- Not STRICT: least and greatest are not strict, so the function would not be inlined.
LANGUAGE sql IMMUTABLE PARALLEL SAFE
-- From a microsecond to a million years; durations beyond belong to the first or last bucket.
RETURN floor(ln(least(greatest(duration_ms, 0.001), 3e16)) / ln(1.1::double precision))::smallint;

COMMENT ON FUNCTION internal.duration_bucket IS 'The bucket of runtime.duration_histogram for a duration in ms.';
