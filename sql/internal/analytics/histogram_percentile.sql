-- Computes a percentile from the buckets of a histogram.
CREATE FUNCTION internal.histogram_percentile(share double precision, buckets smallint[], calls bigint[])
RETURNS double precision
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
SELECT min(internal.bucket_duration(counted.bucket))
FROM (
    SELECT
        found.bucket,
        sum(found.calls) OVER (ORDER BY found.bucket) AS calls_up_to,
        sum(found.calls) OVER () AS calls
    FROM unnest(buckets, calls) AS found (bucket, calls)
) AS counted
WHERE counted.calls_up_to >= ceil(share * counted.calls::double precision)
$$;

COMMENT ON FUNCTION internal.histogram_percentile IS
'The smallest duration in ms that at least this share (0 to 1) of calls does not exceed, like percentile_disc, at most 4.9 '
'% off.';
