-- The duration that a bucket of a histogram is shown as: its middle, so that it is wrong by 4.9 % at most.
CREATE FUNCTION internal.bucket_duration(bucket smallint) RETURNS double precision
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN power(1.1::double precision, bucket + 0.5::double precision);

COMMENT ON FUNCTION internal.bucket_duration IS
'The duration in ms that stands for a bucket of runtime.duration_histogram, 4.9 % off at most.';
