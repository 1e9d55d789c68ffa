-- How often something happened, in words.
CREATE FUNCTION internal.times(calls numeric) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN calls = 1 THEN 'once' ELSE to_char(calls, 'FM999,999,999,999,999') || ' times' END;

COMMENT ON FUNCTION internal.times IS 'For recommend_tools: how often something happened, in words.';
