-- Returns the duration shown for a bucket of a histogram: its middle, at most 4.9 % off.
CREATE FUNCTION internal.bucket_duration(bucket smallint) RETURNS double precision
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN power(1.1::double precision, bucket + 0.5::double precision);

COMMENT ON FUNCTION internal.bucket_duration IS
'The duration in ms that represents a bucket of runtime.duration_histogram, at most 4.9 % off.';
