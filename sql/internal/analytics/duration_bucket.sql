-- The bucket of a histogram that a duration falls into, as the comment of runtime.duration_histogram counts them.
CREATE FUNCTION internal.duration_bucket(duration_ms double precision) RETURNS smallint
-- Not STRICT, which least and greatest are not either: it would not be inlined.
LANGUAGE sql IMMUTABLE PARALLEL SAFE
-- From a microsecond to a million years; what is beyond belongs to the last one on its side.
RETURN floor(ln(least(greatest(duration_ms, 0.001), 3e16)) / ln(1.1::double precision))::smallint;

COMMENT ON FUNCTION internal.duration_bucket IS
'The bucket of runtime.duration_histogram that a duration falls into.';
