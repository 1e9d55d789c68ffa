-- How often something happened, in words.
CREATE FUNCTION api.times(calls numeric) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN calls = 1 THEN 'once' ELSE to_char(calls, 'FM999,999,999,999,999') || ' times' END;

COMMENT ON FUNCTION api.times IS 'Internal to recommend_tools: how often something happened, in words.';
