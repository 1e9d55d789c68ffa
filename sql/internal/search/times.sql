-- Formats a number of calls in words.
CREATE FUNCTION internal.times(calls numeric) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN calls = 1 THEN 'once' ELSE to_char(calls, 'FM999,999,999,999,999') || ' times' END;

COMMENT ON FUNCTION internal.times IS 'A number of calls in words: once, 2 times. For api.recommend_tools.';
