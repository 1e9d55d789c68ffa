-- Converts a duration of a manifest to an interval: 500ms, 30s, 5m, 2h, 7d.
CREATE FUNCTION internal.interval_of(duration text) RETURNS interval
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN make_interval(
    secs => substring(duration FROM '^([1-9][0-9]{0,5})(?:ms|s|m|h|d)$')::double precision
    * CASE substring(duration FROM '[a-z]+$')
        WHEN 'ms' THEN 0.001
        WHEN 's' THEN 1
        WHEN 'm' THEN 60
        WHEN 'h' THEN 3600
        ELSE 86400
    END
);

COMMENT ON FUNCTION internal.interval_of IS
'The interval of a duration of a manifest, such as 30s; NULL for an invalid duration.';
